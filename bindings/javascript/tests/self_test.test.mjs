// The self-test of hosts: wrong ones are refused by name, and inability is no wrong answer.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startWorker } from "./hosts/workerd.mjs";
import { root } from "./hosts/runtimes.mjs";

const dist = (name) => pathToFileURL(join(root, "dist", name)).href;
const { ALGORITHMS } = await import(dist("host/algorithms.js"));
const { HostError, selfTest, selfTestSync } = await import(dist("host/self_test.js"));
const { host: node } = await import(dist("host/node.js"));
const { host: web } = await import(dist("host/web.js"));

const host = (verify) => ({
  name: "a host for tests",
  load: async (jwk, algorithm) => ({ verify: async (...given) => verify(algorithm, ...given) }),
  loadSync: (jwk, algorithm) => ({ verifySync: (...given) => verify(algorithm, ...given) }),
});

const isWrong = (error) =>
  error instanceof HostError && !error.isMissing && error.message.includes("a host for tests") && error.host !== "";

for (const [name, verify] of [
  ["says yes to everything", () => true],
  ["says no to everything", () => false],
  ["says neither true nor false", () => 1],
  ["looks only at the length", (_, __, signature) => signature.length > 63],
]) {
  test(`a host that ${name} is refused by name, for every algorithm`, async () => {
    for (const algorithm of ALGORITHMS) {
      await assert.rejects(selfTest(host(verify), algorithm), isWrong);
      assert.throws(() => selfTestSync(host(verify), algorithm), isWrong);
    }
  });
}

test("a host that takes PKCS#1 for PSS is refused for PSS", async () => {
  const pkcs1 = (algorithm) => ALGORITHMS.find(({ name }) => name === algorithm.name.replace("PS", "RS"));
  const confused = {
    ...node,
    name: "a host for tests",
    loadSync(jwk, algorithm) {
      const [right, other] = [node.loadSync(jwk, algorithm), node.loadSync(jwk, pkcs1(algorithm))];
      return { verifySync: (...given) => right.verifySync(...given) || other.verifySync(...given) };
    },
  };
  for (const algorithm of ALGORITHMS.filter(({ kind }) => kind === "PSS")) {
    assert.throws(() => selfTestSync(confused, algorithm), isWrong);
  }
});

test("a host without an algorithm says so", async () => {
  const lacking = { ...host(() => true), load: () => Promise.reject(new Error("no")) };
  for (const algorithm of ALGORITHMS) {
    await assert.rejects(selfTest(lacking, algorithm), (error) => error instanceof HostError && error.isMissing);
  }
});

test("a page without crypto.subtle says so, and skips no key for it", async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    for (const algorithm of ALGORITHMS) {
      const isPlain = (error) => error instanceof HostError && !error.isMissing && /only on https/.test(error.message);
      await assert.rejects(selfTest({ ...web }, algorithm), isPlain);
    }
  } finally {
    Object.defineProperty(globalThis, "crypto", before);
  }
});

test("node:crypto and WebCrypto of this platform pass", async () => {
  for (const algorithm of ALGORITHMS) {
    await selfTest(web, algorithm);
    selfTestSync(node, algorithm);
  }
});

test("a verdict by one host says nothing of another", async () => {
  const [algorithm] = ALGORITHMS;
  selfTestSync(node, algorithm);
  assert.throws(
    () =>
      selfTestSync(
        host(() => true),
        algorithm,
      ),
    isWrong,
  );
});

test("on workerd, node:crypto's verify is refused for PSS, and WebCrypto is not", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "verijot-self-test-"));
  const entry = join(folder, "worker.mjs");
  writeFileSync(
    entry,
    `import { constants, createPublicKey, verify } from "node:crypto";
import { ALGORITHMS } from ${JSON.stringify(join(root, "dist/host/algorithms.js"))};
import { HostError, selfTest, selfTestSync } from ${JSON.stringify(join(root, "dist/host/self_test.js"))};
import { host as node } from ${JSON.stringify(join(root, "dist/host/node.js"))};
import { host as web } from ${JSON.stringify(join(root, "dist/host/web.js"))};
// Keys as text, because workerd refuses key objects among options.
const oneShot = {
  name: "node:crypto, one-shot",
  loadSync(jwk, { digest, hashOctets }) {
    const key = createPublicKey({ key: jwk, format: "jwk" }).export({ format: "pem", type: "spki" });
    const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashOctets };
    return { verifySync: (message, signature) => verify(digest, message, options, signature) };
  },
};
const told = (error) => (error instanceof HostError ? error.message : String(error?.stack ?? error));
export default {
  async fetch() {
    const results = {};
    for (const algorithm of ALGORITHMS) {
      const result = { web: "passed", node: "passed" };
      try { await selfTest(web, algorithm); } catch (error) { result.web = told(error); }
      try { selfTestSync(node, algorithm); } catch (error) { result.node = told(error); }
      if (algorithm.kind === "PSS") {
        result.oneShot = "passed";
        try { selfTestSync(oneShot, algorithm); } catch (error) { result.oneShot = told(error); }
      }
      results[algorithm.name] = result;
    }
    return Response.json(results);
  },
};
`,
  );
  // nodejs_compat is the default of the compatibility date.
  const { url, stop } = await startWorker(entry);
  try {
    const results = await (await fetch(url)).json();
    for (const { name, kind } of ALGORITHMS) {
      assert.equal(results[name].web, "passed", name);
      if (kind === "PSS") {
        const wrong = `node:crypto, one-shot of this platform gives wrong answers for ${name}; it cannot be used for it`;
        assert.equal(results[name].oneShot, wrong);
        assert.match(results[name].node, /^node:crypto of this platform (gives wrong answers for|does not support) PS/);
      }
    }
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
