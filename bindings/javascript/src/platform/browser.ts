/** Browsers, where a page cannot say how answers are encoded. */
import { platform as other } from "./default.js";
import type { Platform } from "./platform.js";

/** A browser. */
export const platform: Platform = { ...other, choosesCoding: true };
