/** workerd, which ends a request's work with its answer, and has neither credentials nor caches to turn off. */
import type { Platform } from "./platform.js";

type WaitUntil = (work: Promise<unknown>) => void;

let waitUntil: WaitUntil | undefined;

/** workerd. */
export const platform: Platform = {
  get waitUntil() {
    return waitUntil;
  },
  request: {},
  choosesCoding: false,
};

// Not written as a literal, because a bundler without a list of workerd's own modules would look for this one. Older
// versions have no such module, or no such function.
const name = ["cloudflare", "workers"].join(":");
import(name).then(
  (workers: { waitUntil?: WaitUntil }) => {
    waitUntil = workers.waitUntil;
  },
  () => undefined,
);
