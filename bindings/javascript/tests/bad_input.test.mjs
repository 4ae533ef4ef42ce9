// Whatever callers hand over: each wrong input has a documented error, and no answer depends on a second read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { runInNewContext } from "node:vm";
import { Guard, InvalidJwksError, InvalidPolicyError, JwkSet, VerificationError, Verifier } from "verijot";

const example = (name) => readFileSync(new URL(`../../cli/examples/${name}`, import.meta.url), "utf8").trim();
const TOKEN = example("token.jwt");
const JWKS = JSON.parse(example("jwks.json"));
const OPTIONS = { issuer: "https://issuer.example", audience: "https://api.example" };
const keys = JwkSet.from(JWKS);
const verifier = new Verifier(OPTIONS);
const octets = (text) => new TextEncoder().encode(text);
const code = (name) => (error) => error instanceof VerificationError && error.code === name;

/** The same refusal in every way of verifying. */
async function refuses(token, name) {
  assert.throws(() => verifier.verifySync(token, keys), code(name));
  await assert.rejects(verifier.verify(token, keys), code(name));
  assert.equal((await verifier.explain(token, keys)).error?.code, name);
}

test("tokens with lone surrogates, NUL and other characters", async () => {
  const [header, payload, signature] = TOKEN.split(".");
  for (const bad of ["\ud800", "\udfff\ud800", "\0", "\u00e9", "\ufeff", "\u{1f600}"]) {
    for (const token of [bad, `${bad}${TOKEN}`, `${TOKEN}${bad}`, `${header}${bad}.${payload}.${signature}`]) {
      assert.throws(() => verifier.verifySync(token, keys), VerificationError);
      assert.throws(() => verifier.verifySync(octets(token), keys), VerificationError);
      await assert.rejects(verifier.verify(token, keys), VerificationError);
    }
  }
  assert.throws(() => verifier.verifySync(Uint8Array.of(0xff, 0xfe, 0x80), keys), VerificationError);
  await refuses("", "malformed_token");
});

test("an explanation names the probable cause", async () => {
  const other = new Verifier({ ...OPTIONS, issuer: "https://issuer.example/" });
  const { error, hint, text } = await other.explain(TOKEN, keys, { now: 1_800_000_000 });
  assert.equal(error?.code, "wrong_issuer");
  assert.match(hint, /slash/);
  assert.ok(text.endsWith(`\nhint: ${hint}`) && !error.message.includes(hint));
  assert.equal((await verifier.explain("a.b", keys)).hint, undefined);
});

test("policies and sets with lone surrogates and NUL", () => {
  assert.throws(() => new Verifier({ ...OPTIONS, issuer: "\ud800" }), InvalidPolicyError);
  assert.throws(() => new Verifier({ policy: "\ud800" }), InvalidPolicyError);
  assert.throws(() => JwkSet.from({ keys: [{ ...JWKS.keys[0], kid: "\ud800" }] }), InvalidJwksError);
  assert.throws(() => JwkSet.from("\0"), InvalidJwksError);
  assert.throws(() => JwkSet.from(Uint8Array.of(0xff)), InvalidJwksError);
});

test("tokens that are neither text nor octets", async () => {
  const wrong = [undefined, null, 5, 5n, true, {}, [], () => TOKEN, Symbol("token"), new String(TOKEN), [TOKEN]];
  const pretending = [
    Object.create(Uint8Array.prototype),
    new Proxy(octets(TOKEN), {}),
    { toString: () => TOKEN },
    new Uint16Array(4),
    new DataView(new ArrayBuffer(4)),
    octets(TOKEN).buffer,
  ];
  for (const token of [...wrong, ...pretending]) {
    assert.throws(() => verifier.verifySync(token, keys), TypeError);
    await assert.rejects(verifier.verify(token, keys), TypeError);
    await assert.rejects(verifier.explain(token, keys), TypeError);
    await assert.rejects(verifier.verifyJws(token, keys), TypeError);
  }
});

test("octets of another realm and of a subclass are octets", () => {
  const other = runInNewContext(`new Uint8Array([${[...octets(TOKEN)]}])`);
  assert.equal(verifier.verifySync(other, keys).subject, "alice");
  class Odd extends Uint8Array {
    static get [Symbol.species]() {
      throw new Error("asked for its species");
    }
    *[Symbol.iterator]() {
      yield 0;
    }
    get length() {
      return 1;
    }
    slice() {
      throw new Error("asked for a slice");
    }
  }
  assert.equal(verifier.verifySync(new Odd(octets(TOKEN)), keys).subject, "alice");
  assert.equal(JwkSet.from(new Odd(octets(JSON.stringify(JWKS)))).keys.length, 1);
});

test("octets that are changed while they are verified", async () => {
  const given = octets(TOKEN);
  const verified = verifier.verify(given, keys);
  given.fill(0x2e);
  assert.equal((await verified).subject, "alice");

  // Another thread flips them between two tokens, all the time.
  const shared = new Uint8Array(new SharedArrayBuffer(TOKEN.length));
  const source = `
    const { workerData } = require("node:worker_threads");
    const { shared, good } = workerData;
    for (let round = 0; ; round += 1) {
      for (let index = 0; index < good.length; index += 1) shared[index] = round % 2 ? good[index] : 0x41;
      if (Atomics.load(new Int32Array(workerData.stop), 0) === 1) break;
    }`;
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(source, { eval: true, workerData: { shared, good: octets(TOKEN), stop } });
  await new Promise((resolve) => worker.once("online", resolve));
  try {
    for (let round = 0; round < 3000; round += 1) {
      let token;
      try {
        token = verifier.verifySync(shared, keys);
      } catch (error) {
        assert.ok(error instanceof VerificationError, String(error));
        continue;
      }
      // What was accepted is what was signed, whatever has become of the memory since.
      assert.equal(token.subject, "alice");
      assert.equal(token.payload, Buffer.from(TOKEN.split(".")[1], "base64url").toString());
    }
  } finally {
    Atomics.store(new Int32Array(stop), 0, 1);
    await worker.terminate();
  }
});

test("sets and secrets in shared memory", () => {
  const share = (text) => {
    const shared = new Uint8Array(new SharedArrayBuffer(text.length));
    shared.set(octets(text));
    return shared;
  };
  assert.equal(JwkSet.from(share(JSON.stringify(JWKS))).keys.length, 1);
  assert.equal(JwkSet.fromSecret(share("s".repeat(64))).keys.length, 1);
});

test("objects that answer differently the second time are read once", () => {
  const reads = new Map();
  const once = (target) =>
    new Proxy(target, {
      get(object, name) {
        const count = (reads.get(name) ?? 0) + 1;
        if (Object.hasOwn(object, name) && !Array.isArray(object)) reads.set(name, count);
        const value = object[name];
        if (count > 1 && !Array.isArray(object)) return "another answer";
        return typeof value === "object" && value !== null ? once(value) : value;
      },
    });
  assert.deepEqual(JwkSet.from(once({ keys: [{ ...JWKS.keys[0] }] })).keys, keys.keys);
  assert.deepEqual(
    [...reads.values()],
    [...reads.values()].map(() => 1),
  );
  reads.clear();
  const policy = once({
    ...OPTIONS,
    leeway: 5,
    maxLifetimeBy: { claim: "track", ceilings: { a: 60 }, default: 30 },
    expectedClaims: { tenant: { id: 1 } },
  });
  const document = JSON.parse(new Verifier(policy).policy);
  assert.deepEqual([document.leeway, document.max_lifetime_by.claim], ["5", "track"]);
  assert.deepEqual(
    [...reads.values()],
    [...reads.values()].map(() => 1),
  );
});

test("getters that throw, and objects that contain themselves", () => {
  const boom = new Error("boom");
  const throwing = {
    get keys() {
      throw boom;
    },
  };
  assert.throws(() => JwkSet.from(throwing), boom);
  assert.throws(() => new Verifier({ ...OPTIONS, get leeway() { throw boom; } }), boom); // prettier-ignore
  const round = { keys: [] };
  round.keys.push(round);
  assert.throws(() => JwkSet.from(round), RangeError);
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  assert.throws(() => JwkSet.from(revoked.proxy), TypeError);
  assert.throws(() => new Verifier(revoked.proxy), TypeError);
});

test("prototypes that others have changed", async () => {
  const added = {
    ...{ issuer: "https://evil.example", audience: null, leeway: 600, allowMissingExpiry: true, now: 1, schema: {} },
    ...{ keys: [], kid: "evil", jwk: { kty: "oct" }, keyId: "evil", claim: "evil", expected: "evil", actual: "evil" },
    ...{ code: "evil", status: 200, retry_after: 1, member: "evil", symmetricKeys: true, isLimit: true, policy: "{}" },
    ...{
      padding: 1,
      saltLength: 0,
      dsaEncoding: "der",
      hash: "SHA-1",
      alg: "none",
      key_ops: [],
      use: "enc",
      d: "evil",
    },
    ...{ sub: 5, aud: "evil", typ: "evil", scope: "admin", revoked: () => true, tokenCache: 1, explanation: "evil" },
    toJSON: () => ({ keys: [] }),
  };
  const before = new Verifier(OPTIONS).policy;
  const refusal = await verifier.verify("x", keys).catch((error) => error);
  const described = { keys: keys.keys, skipped: keys.skipped };
  for (const [name, value] of Object.entries(added)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  }
  Array.prototype.toJSON = () => [];
  String.prototype.toJSON = () => "evil";
  try {
    const set = JwkSet.from(JWKS);
    const own = new Verifier(OPTIONS);
    assert.equal(own.policy, before);
    assert.equal(set.keys.length, 1);
    assert.equal(set.keys[0].keyId, described.keys[0].keyId);
    const token = await own.verify(TOKEN, set);
    assert.equal(token.subject, "alice");
    assert.equal(token.keyId, "2026-q4");
    assert.equal(token.id, undefined);
    assert.equal(token.notBefore, undefined);
    assert.equal(own.verifySync(TOKEN, set).algorithm, "EdDSA");
    const error = await own.verify("x", set).catch((each) => each);
    assert.equal(error.code, refusal.code);
    assert.equal(Object.getOwnPropertyDescriptor(error, "claim").value, undefined);
    assert.equal(error.httpStatus, refusal.httpStatus);
    assert.equal(error.retryAfter, undefined);
    assert.throws(() => new Verifier({ audience: null }), InvalidPolicyError);
    assert.equal((await own.explain(TOKEN, set)).error, undefined);
    assert.equal(new Guard().token("Bearer abc"), "abc");
  } finally {
    for (const name of Object.keys(added)) delete Object.prototype[name];
    delete Array.prototype.toJSON;
    delete String.prototype.toJSON;
  }
});

test("claims named as members of Object.prototype are claims and nothing else", () => {
  const named = JwkSet.from(`{"__proto__": {"keys": []}, "keys": [${JSON.stringify(JWKS.keys[0])}]}`);
  assert.equal(named.keys.length, 1);
  assert.equal({}.keys, undefined);
});

test("10 MB tokens and sets", { timeout: 30_000 }, async () => {
  const large = "a".repeat(10_000_000);
  for (const token of [large, `${large}.${large}.${large}`.slice(0, 10_000_000), octets(large), `${TOKEN}${large}`]) {
    await refuses(token, "token_too_large");
  }
  const set = `{"keys":[],"x":"${large}"}`;
  const tooLarge = (error) => error instanceof InvalidJwksError;
  assert.throws(() => JwkSet.from(set), tooLarge);
  assert.throws(() => JwkSet.from(octets(set)), tooLarge);
  assert.throws(() => JwkSet.from({ keys: [], x: large }), tooLarge);
  const many = JSON.stringify({ keys: Array.from({ length: 100_000 }, () => ({ kty: "oct" })) });
  assert.throws(() => JwkSet.from(many), tooLarge);
  // Nothing of it stays in the way of the next.
  assert.equal(verifier.verifySync(TOKEN, keys).subject, "alice");
});

test("absurd numbers in a policy", () => {
  for (const name of ["leeway", "maxAge", "maxLifetime", "maxTokenOctets", "maxJwksOctets", "maxJwksKeys"]) {
    for (const value of [
      NaN,
      Infinity,
      -Infinity,
      -1,
      1e300,
      -5n,
      "5 minutes",
      {},
      [],
      Symbol("s"),
      () => 1,
      true,
      null,
    ]) {
      // More octets than there can be are as many as there can be.
      if (value === 1e300 && name.endsWith("Octets")) continue;
      const fails = (error) =>
        error instanceof InvalidPolicyError || error instanceof RangeError || error instanceof TypeError;
      assert.throws(() => new Verifier({ ...OPTIONS, [name]: value }), fails, `${name}: ${String(value)}`);
    }
  }
  for (const tokenCache of [NaN, Infinity, 0, -1, 0.5, 1e300, 5n, "5"]) {
    if (tokenCache === 1e300) continue;
    assert.throws(() => new Verifier({ ...OPTIONS, tokenCache }), InvalidPolicyError);
  }
  for (const revoked of [true, "yes", {}, null]) {
    assert.throws(() => new Verifier({ ...OPTIONS, revoked }), InvalidPolicyError);
  }
});

test("absurd numbers for a set", () => {
  for (const name of ["maxOctets", "maxKeys"]) {
    for (const value of [NaN, Infinity, -1, 1e300, 0.5, 5n, "5", true, {}, null]) {
      assert.throws(() => JwkSet.from(JWKS, { [name]: value }), RangeError, `${name}: ${String(value)}`);
    }
  }
});

test("absurd times are never a time", async () => {
  for (const now of [NaN, Infinity, -Infinity, new Date(NaN)]) {
    assert.throws(() => verifier.verifySync(TOKEN, keys, { now }), RangeError);
    await assert.rejects(verifier.verify(TOKEN, keys, { now }), RangeError);
  }
  const wrong = [
    5n,
    "2026-01-01",
    "",
    null,
    true,
    {},
    [],
    () => 1,
    Symbol("s"),
    { getTime: () => 1 },
    { seconds: "1" },
  ];
  for (const now of [...wrong, Object.create(Date.prototype), { seconds: NaN, nanoseconds: 0 }]) {
    assert.throws(() => verifier.verifySync(TOKEN, keys, { now }), TypeError);
    await assert.rejects(verifier.verify(TOKEN, keys, { now }), TypeError);
    await assert.rejects(verifier.explain(TOKEN, keys, { now }), TypeError);
  }
  assert.throws(() => verifier.verifySync(TOKEN, keys, { now: 1e300 }), code("expired"));
  assert.throws(() => verifier.verifySync(TOKEN, keys, { now: -1e300 }), VerificationError);
  const other = runInNewContext("new Date(1800000000000)");
  assert.equal(verifier.verifySync(TOKEN, keys, { now: other }).subject, "alice");
});

test("unknown options are errors", async () => {
  assert.throws(() => new Verifier({ ...OPTIONS, audiance: "x" }), InvalidPolicyError);
  assert.throws(
    () => new Verifier({ ...OPTIONS, tokenCashe: 1 }),
    /known are issuer, .*revoked, revokedTimeout, tokenCache$/,
  );
  assert.throws(() => verifier.verifySync(TOKEN, keys, { clock: 5 }), TypeError);
  await assert.rejects(verifier.verify(TOKEN, keys, { clock: 5 }), TypeError);
  assert.throws(() => JwkSet.from(JWKS, { symmetric: true }), TypeError);
  assert.throws(() => new Guard({ scopes: [] }), TypeError);
});

test("wrong this, wrong keys, wrong options", async () => {
  const { verifySync, verify } = verifier;
  assert.throws(() => verifySync(TOKEN, keys), TypeError);
  await assert.rejects(async () => verify(TOKEN, keys), TypeError);
  const forged = { core: verifier.core, verifySyncWith: verifier.verifySyncWith };
  assert.throws(() => Verifier.prototype.verifySync.call(forged, TOKEN, keys), TypeError);
  for (const wrong of [
    undefined,
    null,
    {},
    JWKS,
    [],
    "keys",
    { loaded: keys.loaded },
    Object.create(JwkSet.prototype),
  ]) {
    assert.throws(() => verifier.verifySync(TOKEN, wrong), /JwkSet/);
    await assert.rejects(verifier.verify(TOKEN, wrong), /JwkSet/);
    await assert.rejects(verifier.explain(TOKEN, wrong), /JwkSet/);
    await assert.rejects(verifier.verifyJws(TOKEN, wrong), /JwkSet/);
  }
  for (const wrong of [undefined, null, 5, "policy", []]) {
    assert.throws(
      () => new Verifier(wrong),
      (error) => error instanceof TypeError || error instanceof InvalidPolicyError,
    );
  }
  for (const wrong of [undefined, null, 5, true, () => JWKS]) assert.throws(() => JwkSet.from(wrong), TypeError);
  for (const wrong of [[5], [null], [{}], 5, {}]) assert.throws(() => new Guard().token(wrong), TypeError);
});

test("a subject that is a number is that of the token, not of a claim within", async () => {
  const { createHmac } = await import("node:crypto");
  const secret = "s".repeat(32);
  const part = (text) => Buffer.from(text).toString("base64url");
  const set = JwkSet.fromSecret(secret, { algorithms: ["HS256"] });
  const policy = {
    issuer: null,
    audience: null,
    algorithms: ["HS256"],
    symmetricKeys: true,
    allowNumericSubject: true,
  };
  const numeric = new Verifier(policy);
  const subject = (payload) => {
    const message = `${part('{"alg":"HS256"}')}.${part(payload)}`;
    const token = `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
    return numeric.verifySync(token, set, { now: 1 }).subject;
  };
  const exp = '"exp":4102444800';
  assert.equal(subject(`{${exp},"sub":5}`), "5");
  assert.equal(subject(`{"act":{"sub":90071992547409999},${exp},"sub":90071992547409931}`), "90071992547409931");
  assert.equal(
    subject(`{"x":"\\"sub\\":90071992547409999","y":["sub",{"sub":1}],"\\u0073ub":90071992547409931,${exp}}`),
    "90071992547409931",
  );
});
