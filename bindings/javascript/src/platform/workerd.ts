/** workerd, which ends a request's work with its answer, and has neither credentials nor caches to turn off. */
import * as workers from "cloudflare:workers";
import type { Platform } from "./platform.js";

/** workerd. */
export const platform: Platform = {
  // Older versions have none.
  ...(workers.waitUntil === undefined ? {} : { waitUntil: workers.waitUntil }),
  request: {},
  choosesCoding: false,
};
