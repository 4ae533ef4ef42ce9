/** Platforms whose work does not end with a request. */
import type { Platform } from "./platform.js";

/** Such a platform. */
export const platform: Platform = {
  request: { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" },
  choosesCoding: false,
};
