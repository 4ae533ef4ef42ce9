// Tenants that come at run time: the caller says whether one is known.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AccessTokenVerifier,
  guardRequest,
  InvalidPolicyError,
  JwksClient,
  JwkSet,
  Verifier,
  WrongIssuerError,
} from "verijot";
import { TestIssuer } from "verijot/testing";

const AUDIENCE = "https://api.example";
const NAMED = "https://named.example";
const issuers = [NAMED, { template: "https://login.example/{tenant}/v2.0", claim: "tid", tenants: null }];
const policy = { issuers, audiences: [AUDIENCE] };
const issuer = new TestIssuer({ audience: AUDIENCE });
const keys = JwkSet.from(issuer.jwks);
const mint = (tenant, claims, options) =>
  issuer.token(
    { sub: "alice", tid: tenant, ...claims },
    { issuer: `https://login.example/${tenant}/v2.0`, ...options },
  );

/** The outcomes of both ways to verify, which must be the same. */
const outcome = async (verifier, raw) => {
  const asynchronous = await verifier.verify(raw, keys).then(
    () => "accepted",
    (error) => error.code ?? error,
  );
  try {
    verifier.verifySync(raw, keys);
    assert.equal(asynchronous, "accepted");
  } catch (error) {
    assert.equal(error.code ?? error, asynchronous);
  }
  return asynchronous;
};

test("a tenant that comes at run time is accepted only if it is known, each time", async () => {
  const [t1, t2, named] = [await mint("t1"), await mint("t2"), await mint("t2", {}, { issuer: NAMED })];
  for (const tokenCache of [undefined, 4]) {
    const asked = [];
    let known = "t1";
    const knownTenants = (tenant) => asked.push(tenant) > 0 && tenant === known;
    const verifier = new Verifier({ policy, knownTenants, tokenCache });
    for (let time = 0; time < 2; time += 1) {
      assert.equal(await outcome(verifier, t1), "accepted");
      assert.equal(await outcome(verifier, t2), "wrong_issuer");
    }
    assert.deepEqual(asked, ["t1", "t1", "t2", "t2", "t1", "t1", "t2", "t2"]);
    known = "t2";
    assert.equal(await outcome(verifier, t1), "wrong_issuer");
    assert.equal(await outcome(verifier, t2), "accepted");
    asked.length = 0;
    assert.equal(await outcome(verifier, named), "accepted");
    assert.equal(await outcome(verifier, await mint("t1", {}, { audience: "other" })), "wrong_audience");
    assert.equal(await outcome(verifier, `${t1.slice(0, -4)}AAAA`), "invalid_signature");
    assert.deepEqual(asked, []);
  }
});

test("the refusal is the core's, and names the template", async () => {
  const verifier = new Verifier({ policy, knownTenants: async () => false });
  await assert.rejects(verifier.verify(await mint("t2"), keys), (error) => {
    assert.ok(error instanceof WrongIssuerError && error.httpStatus === 401 && error.claim === "iss");
    return error.expected.includes("https://login.example/{tenant}/v2.0") && error.actual.includes("/t2/");
  });
});

test("what the function throws is thrown, and what is no boolean is a TypeError", async () => {
  const raw = await mint("t1");
  const fault = new RangeError("no database");
  const failing = () => {
    throw fault;
  };
  assert.equal(await outcome(new Verifier({ policy, knownTenants: failing }), raw), fault);
  await assert.rejects(new Verifier({ policy, knownTenants: () => Promise.reject(fault) }).verify(raw, keys), fault);
  for (const answer of [undefined, null, 1, "true", {}]) {
    const verifier = new Verifier({ policy, knownTenants: () => answer });
    assert.ok((await verifier.verify(raw, keys).catch((error) => error)) instanceof TypeError);
    assert.throws(() => verifier.verifySync(raw, keys), TypeError);
  }
  for (const knownTenants of [true, "t1", {}, null]) {
    assert.throws(
      () => new Verifier({ policy, knownTenants }),
      (error) => error instanceof InvalidPolicyError && error.member === "knownTenants",
    );
  }
});

test("an answer that must be waited for is none without waiting, and leaves no rejection unhandled", async () => {
  const raw = await mint("t1");
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    for (const knownTenants of [async () => true, () => Promise.reject(new Error("a fault"))]) {
      assert.throws(() => new Verifier({ policy, knownTenants }).verifySync(raw, keys), TypeError);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off("unhandledRejection", note);
  }
  assert.deepEqual(unhandled, []);
});

test("a client, a guard and the verifier of access tokens ask before revocation", async () => {
  const revoked = [];
  const asking = { knownTenants: async (tenant) => tenant === "t1", revoked: ({ issuer: of }) => revoked.push(of) > 0 };
  const client = JwksClient.fromKeys(keys, { policy, ...asking });
  const at = (tenant) => mint(tenant, { client_id: "app", jti: "one" }, { header: { typ: "at+jwt" } });
  const settings = JSON.stringify({ profile: "access-token", ...policy });
  const accessTokens = new AccessTokenVerifier({ settings, ...asking });
  const [t1, t2] = [await at("t1"), await at("t2")];
  for (const verify of [
    (raw) => client.verify(raw),
    (raw) => accessTokens.verify(raw, keys),
    (raw) => accessTokens.withKeys(keys).verify(raw),
  ]) {
    await assert.rejects(verify(t2), { code: "wrong_issuer" });
    assert.deepEqual(revoked, []);
    await assert.rejects(verify(t1), { code: "revoked" });
    assert.equal(revoked.splice(0).length, 1);
  }
  for (const admitting of [client, accessTokens.withKeys(keys)]) {
    const guard = guardRequest(admitting, { demand: { allScopes: ["notes:read"] } });
    const answered = async (raw) =>
      (await guard(new Request(AUDIENCE, { headers: { Authorization: `Bearer ${raw}` } }))).status;
    assert.equal(await answered(t2), 401);
    assert.equal(await answered(t1), 403);
    assert.deepEqual(revoked, []);
  }
});

test("an answer about a tenant that never comes ends in time, and accepts nothing", async () => {
  const knownTenants = () => new Promise(() => undefined);
  const verifier = new Verifier({ policy, knownTenants, revokedTimeout: 0.05 });
  await assert.rejects(verifier.verify(await mint("t1"), keys), /knownTenants did not answer within 0.05 s/);
});
