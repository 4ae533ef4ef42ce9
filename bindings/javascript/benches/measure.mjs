// Times of functions from tokens to claims, in microseconds: the least of many short batches, so that what
// else runs on the machine counts little. Every call gets a string that was never used before, as a server does.
import { performance } from "node:perf_hooks";

const fresh = (token, count) => {
  const octets = Buffer.from(token);
  return Array.from({ length: count }, () => octets.latin1Slice(0, octets.length));
};

const countFor = (one) => Math.max(2, Math.min(500, Math.round(1500 / one)));

/** Several functions in turns, so that all of them see the same machine. */
export function measureSync(functions, token, { batches = 120, throws = false } = {}) {
  const times = new Map();
  for (let batch = 0; batch < batches + WARM; batch += 1) {
    for (const [name, verify] of functions) {
      const tokens = fresh(token, countFor(times.get(name) ?? 50));
      const start = performance.now();
      for (const each of tokens) {
        if (throws) {
          try {
            verify(each);
            throw new Error(`${name} accepts`);
          } catch (error) {
            if (error.message.endsWith(" accepts")) throw error;
          }
        } else verify(each);
      }
      const time = ((performance.now() - start) * 1000) / tokens.length;
      if (batch >= WARM || !times.has(name)) times.set(name, Math.min(time, times.get(name) ?? Infinity));
    }
  }
  return times;
}

/** The same for functions that must be waited for, one after the other. */
export async function measureAsync(functions, token, { batches = 120, throws = false } = {}) {
  const times = new Map();
  for (let batch = 0; batch < batches + WARM; batch += 1) {
    for (const [name, verify] of functions) {
      const tokens = fresh(token, countFor(times.get(name) ?? 100));
      const start = performance.now();
      for (const each of tokens) {
        if (throws)
          await verify(each).then(
            () => Promise.reject(new Error(`${name} accepts`)),
            () => undefined,
          );
        else await verify(each);
      }
      const time = ((performance.now() - start) * 1000) / tokens.length;
      if (batch >= WARM || !times.has(name)) times.set(name, Math.min(time, times.get(name) ?? Infinity));
    }
  }
  return times;
}

const WARM = 20;
