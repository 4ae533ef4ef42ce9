// What many requests of one isolate do with one client, on a worker that runs isolate_worker.mjs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { until } from "../support/until.mjs";
import { signer } from "./issuing.mjs";

/**
 * Checks that requests of one isolate share one fetch, also when its client hangs up.
 *
 * @param worker the URL of the worker.
 */
export async function checkIsolate(worker) {
  const one = signer("one");
  const state = { answer: () => undefined, requests: 0 };
  const issuer = createServer((_, response) => {
    state.requests += 1;
    state.answer(response);
  });
  await new Promise((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${issuer.address().port}`;
  const body = JSON.stringify({ keys: [one.jwk] });
  const served = (response) => setTimeout(() => response.end(body), 300);
  const verify = async (path, options = {}, signal = undefined) => {
    const written = JSON.stringify({ issuer: origin + path, token: one.token(), ...options });
    const answer = await fetch(worker, { method: "POST", body: written, signal });
    return answer.text();
  };
  try {
    state.answer = served;
    const answers = await Promise.all(Array.from({ length: 1000 }, () => verify("/all", { fetchTimeout: 60 })));
    assert.deepEqual([...new Set(answers)], ["somebody"]);
    assert.equal(state.requests, 1, "1,000 requests");

    state.requests = 0;
    const controller = new AbortController();
    const first = verify("/hangs-up", { fetchTimeout: 60 }, controller.signal);
    await until(() => state.requests === 1);
    const others = Array.from({ length: 1000 }, () => verify("/hangs-up", { fetchTimeout: 60 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await assert.rejects(first, { name: "AbortError" });
    assert.deepEqual([...new Set(await Promise.all(others))], ["somebody"]);
    assert.equal(state.requests, 1, "the first client hangs up");

    // An issuer that never answers: all are refused in time, and the next request finds it well again.
    state.requests = 0;
    state.answer = () => undefined;
    const start = performance.now();
    // One after the other they would take 100 s.
    const refused = await Promise.all(Array.from({ length: 200 }, () => verify("/silent", { fetchTimeout: 0.5 })));
    assert.deepEqual([...new Set(refused)], ["keys_unavailable"]);
    assert.ok(performance.now() - start < 30_000, "refused late");
    assert.equal(state.requests, 1, "an issuer that never answers");
    state.answer = served;
    // After its rest.
    await until(async () => (await verify("/silent")) === "somebody", "the issuer is found well again");
  } finally {
    issuer.close();
    issuer.closeAllConnections();
  }
}
