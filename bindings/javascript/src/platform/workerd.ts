/** workerd, which ends a request's work with its answer, and has neither credentials nor caches to turn off. */
import { waitUntil } from "cloudflare:workers";
import type { Platform } from "./platform.js";

/** workerd. */
export const platform: Platform = { waitUntil, request: {}, choosesCoding: false };
