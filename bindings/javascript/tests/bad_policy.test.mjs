// What JSON does not have would be left out of a document, and the demand with it: each of it is an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  AccessTokenVerifier,
  guardRequest,
  IdTokenVerifier,
  InvalidDemandError,
  InvalidPolicyError,
  JwksClient,
  JwkSet,
  preset,
  Verifier,
  withoutNonce,
} from "verijot";
import { TestIssuer } from "verijot/testing";

const AUDIENCE = "https://api.example";
const issuer = new TestIssuer({ audience: AUDIENCE });
const keys = JwkSet.from(issuer.jwks);
const OPTIONS = { issuer: issuer.url, audience: AUDIENCE };

class Rules {
  tenant = "acme";
}
const NOT_JSON = [
  undefined,
  () => "acme",
  Symbol("acme"),
  NaN,
  Infinity,
  5n,
  new Map([["tenant", "acme"]]),
  new Set(["acme"]),
  new Date(0),
  new Rules(),
  Object.create({ tenant: "acme" }),
  new String("acme"),
  new Uint8Array(1),
  /acme/,
  Promise.resolve("acme"),
];
const invalid = (member) => (error) => {
  assert.ok(error instanceof InvalidPolicyError, String(error));
  assert.equal(error.member, member);
  assert.ok(error.message.includes(member), error.message);
  return true;
};

test("below an option of a policy", () => {
  for (const value of NOT_JSON) {
    for (const [options, member] of [
      [{ expectedClaims: { tenant: value } }, "expected_claims.tenant"],
      [{ expectedClaims: { a: [{ b: value }] } }, "expected_claims.a[0].b"],
      [{ rules: [{ path: ["tenant"], equals: value }] }, "rules[0].equals"],
      [{ rules: [{ path: ["tenant"], one_of: ["acme", value] }] }, "rules[0].one_of[1]"],
      [{ requiredScopes: ["a", value] }, "required_scopes[1]"],
      [{ requiredRoles: { path: ["roles"], roles: [value] } }, "required_roles.roles[0]"],
      [{ audience: ["a", value] }, "audiences[1]"],
      [{ maxLifetimeBy: { claim: "c", ceilings: { a: value }, default: 5 } }, "max_lifetime_by.ceilings.a"],
    ]) {
      if (typeof value === "number" && member.startsWith("max")) continue;
      assert.throws(() => new Verifier({ ...OPTIONS, ...options }), invalid(member));
      assert.throws(() => JwksClient.fromKeys(keys, { ...OPTIONS, ...options }), invalid(member));
      assert.throws(() => JwksClient.fromIssuer(issuer.url, { audience: AUDIENCE, ...options }), invalid(member));
    }
    if (value !== undefined) {
      assert.throws(() => new Verifier({ ...OPTIONS, expectedClaims: value }), invalidIn("expected_claims"));
    }
  }
  assert.throws(() => new Verifier({ ...OPTIONS, rules: [undefined] }), invalid("rules[0]"));
  assert.throws(() => new Verifier({ ...OPTIONS, expectedClaims: [,] }), invalid("expected_claims[0]"));
});

function invalidIn(member) {
  return (error) => error instanceof InvalidPolicyError && error.member.startsWith(member);
}

test("in documents of policies, settings and presets", () => {
  for (const value of NOT_JSON) {
    const policy = { issuers: [issuer.url], audiences: [AUDIENCE], expected_claims: { tenant: value } };
    assert.throws(() => new Verifier({ policy }), invalid("expected_claims.tenant"));
    const settings = { profile: "id-token", issuer: issuer.url, client_id: "c", trusted_audiences: [value] };
    assert.throws(() => new IdTokenVerifier({ settings }), invalid("trusted_audiences[0]"));
    assert.throws(() => preset("apple", { client_id: [value] }), invalid("client_id[0]"));
  }
  assert.throws(() => new Verifier({ policy: new Map([["issuers", null]]) }), InvalidPolicyError);
  assert.throws(() => preset("apple", new Map([["client_id", "c"]])), InvalidPolicyError);
});

test("plain objects of another realm and without a prototype are taken, and undefined options are not given", async () => {
  const raw = await issuer.token({ tenant: "acme" });
  for (const expectedClaims of [
    runInNewContext(`({ tenant: "acme" })`),
    Object.assign(Object.create(null), { tenant: "acme" }),
    JSON.parse(`{"tenant":"acme"}`),
  ]) {
    const verifier = new Verifier({ ...OPTIONS, expectedClaims, rules: undefined, requiredScopes: undefined });
    await verifier.verify(raw, keys);
    await assert.rejects(verifier.verify(await issuer.token({ tenant: "b" }), keys), { code: "wrong_claim" });
  }
});

test("in demands", () => {
  const client = JwksClient.fromKeys(keys, OPTIONS);
  for (const value of NOT_JSON) {
    for (const demand of [
      { allScopes: value, anyScope: ["a"] },
      { anyScope: ["a", value] },
      { allRoles: { at: "roles", roles: ["a", value] } },
      { acrValues: ["high", value] },
    ]) {
      assert.throws(() => guardRequest(client, { demand }), InvalidDemandError);
    }
  }
});

test("in what a login expects", async () => {
  const idTokens = new IdTokenVerifier({ issuer: issuer.url, clientId: AUDIENCE });
  const raw = await issuer.token({ sub: "alice", nonce: "n" });
  const begun = await idTokens.verify(raw, keys, { nonce: "n" });
  for (const [login, member] of [
    [{ nonce: undefined }, "nonce"],
    [{ nonce: undefined, refreshOf: begun }, "nonce"],
    [{ nonce: "n", refreshOf: undefined }, "refreshOf"],
    [{ nonce: "n", requiredState: undefined }, "requiredState"],
    [{ nonce: "n", accessToken: undefined }, "accessToken"],
    [{ nonce: "n", secondOf: undefined }, "secondOf"],
    [{ nonce: "n", acr: undefined }, "acr"],
    [{ nonce: "n", acr: ["high", undefined] }, "acr[1]"],
    [{ nonce: withoutNonce, maxAge: undefined }, "maxAge"],
    [{ refreshOf: { sub: undefined } }, "refresh_of.sub"],
    [{ nonce: "n", authTimeRequired: undefined }, "authTimeRequired"],
  ]) {
    await assert.rejects(idTokens.verify(raw, keys, login), invalid(member));
    assert.throws(() => idTokens.verifySync(raw, keys, login), invalid(member));
    await assert.rejects(idTokens.explain(raw, keys, login), invalid(member));
  }
  for (const login of [undefined, null, 5, "n", [], new Map([["nonce", "n"]]), () => "n", new Rules()]) {
    await assert.rejects(idTokens.verify(raw, keys, login), InvalidPolicyError);
  }
  // The options of the call itself are none of its expectations.
  await idTokens.verify(raw, keys, { nonce: "n", now: undefined, schema: undefined });
});

test("in what a request needs of a login", async () => {
  const accessTokens = new AccessTokenVerifier(OPTIONS);
  const header = { typ: "at+jwt" };
  const raw = await issuer.token({ sub: "alice", client_id: "c", jti: "1", acr: "low" }, { header });
  const stepUps = [
    { acr: undefined },
    { maxAuthenticationAge: undefined },
    { maxAuthenticationAge: NaN },
    null,
    5,
    "high",
    ["high"],
    new Map([["acr", "high"]]),
    () => "high",
    { __proto__: { acr: "high" } },
  ];
  for (const stepUp of stepUps) {
    await assert.rejects(accessTokens.verify(raw, keys, stepUp), InvalidPolicyError);
    assert.throws(() => accessTokens.withKeys(keys, stepUp), InvalidPolicyError);
  }
  await accessTokens.verify(raw, keys);
  await accessTokens.verify(raw, keys, {});
  await accessTokens.withKeys(keys).verify(raw);
});
