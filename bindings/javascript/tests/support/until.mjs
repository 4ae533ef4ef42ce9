// Waiting for what happens in the background, however slow the machine is.

/** Waits until a condition holds. */
export async function until(condition, what = String(condition)) {
  const deadline = performance.now() + LONGEST;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Runs the garbage collection, and what was registered for it. Each turn of the event loop runs one cleanup, of one
 * FinalizationRegistry; a timer that is due leaves no turn in between.
 */
export async function collectGarbage() {
  globalThis.gc();
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Milliseconds after which waiting is given up. */
const LONGEST = 30_000;
