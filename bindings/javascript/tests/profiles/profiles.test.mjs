// Verifiers of one kind of token each: what the vectors do not show, such as stores, clients, and wrong calls.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  AccessTokenVerifier,
  anyNonce,
  IdToken,
  IdTokenVerifier,
  InvalidPolicyError,
  JwkSet,
  JwksClient,
  LogoutTokenVerifier,
  ReplayedTokenError,
  ReplayUnavailableError,
  ReplayWindow,
  VerificationError,
  Verifier,
  withoutNonce,
  withoutReplayCheck,
} from "verijot";

const read = (name) => JSON.parse(readFileSync(new URL(`../../../../testvectors/${name}.json`, import.meta.url)));
const [idTokens, logoutTokens] = [read("id-token"), read("logout-token")];
const find = (file, id) => file.cases.find((one) => one.id === id);
const login = find(idTokens, "id-token-nonce-same");
const logout = find(logoutTokens, "logout-token-type-logout");
const keysOf = (file, one) => JwkSet.from(file.key_sets[one.jwks]);
const now = Number(login.now);
const settings = { issuer: login.profile.issuer, clientId: login.profile.client_id };

test("an ID token belongs to its login", async () => {
  const keys = keysOf(idTokens, login);
  const verifier = new IdTokenVerifier(settings);
  const token = await verifier.verify(login.token, keys, { nonce: login.expectations.nonce, now });
  assert.ok(token instanceof IdToken);
  assert.equal(token.subject, "alice");
  assert.equal(verifier.verifySync(login.token, keys, { nonce: anyNonce, now }).issuer, settings.issuer);
  for (const nonce of ["another", withoutNonce]) {
    await assert.rejects(verifier.verify(login.token, keys, { nonce, now }), VerificationError);
    assert.throws(() => verifier.verifySync(login.token, keys, { nonce, now }), VerificationError);
    const { steps, error } = await verifier.explain(login.token, keys, { nonce, now });
    assert.equal(steps.find(({ check }) => check === "nonce").outcome, "failed");
    assert.ok(error instanceof VerificationError);
  }
  const again = await verifier.verify(login.token, keys, { refreshOf: token, now });
  assert.equal(again.subject, token.subject);
  assert.equal((await verifier.verify(login.token, keys, { refreshOf: token.token.claims, now })).kind, "id-token");
});

test("a word about the nonce is never missing, whatever the token", async () => {
  const keys = keysOf(idTokens, login);
  const verifier = new IdTokenVerifier(settings);
  for (const call of [
    {},
    { nonce: undefined },
    { nonce: null },
    { nonce: "" },
    { nonce: "n", refreshOf: {} },
    undefined,
  ]) {
    await assert.rejects(verifier.verify("no token", keys, call), (error) => !(error instanceof VerificationError));
    assert.throws(
      () => verifier.verifySync("no token", keys, call),
      (error) => !(error instanceof VerificationError),
    );
  }
  await assert.rejects(verifier.verify("no token", keys, { nonce: "n", maxAgee: 1 }), { member: "maxAgee" });
  assert.throws(() => new IdTokenVerifier({ ...settings, types: ["JWT"] }), InvalidPolicyError);
  assert.throws(() => new IdTokenVerifier({ ...settings, clientId: "" }), { member: "client_id" });
});

test("settings of one profile make no verifier of another", () => {
  const document = JSON.stringify(login.profile);
  assert.ok(new IdTokenVerifier({ settings: document }));
  for (const Other of [AccessTokenVerifier, LogoutTokenVerifier]) {
    assert.throws(() => new Other({ settings: document }), { code: "invalid_policy", member: "profile" });
  }
});

test("with the keys of an issuer's client, whose policy is not applied", async () => {
  const client = JwksClient.fromKeys(keysOf(idTokens, login), { issuer: "https://other.example", audience: "other" });
  const verifier = new IdTokenVerifier(settings);
  const call = { nonce: login.expectations.nonce, now };
  assert.equal((await verifier.verify(login.token, client, call)).issuer, settings.issuer);
  assert.equal(verifier.verifySync(login.token, client, call).issuer, settings.issuer);
});

test("a logout token is accepted once", async () => {
  const keys = keysOf(logoutTokens, logout);
  const verifier = new LogoutTokenVerifier({ issuer: logout.profile.issuer, clientId: logout.profile.client_id });
  const replay = new ReplayWindow(10);
  const call = { replay, now: Number(logout.now) };
  assert.equal((await verifier.verify(logout.token, keys, call)).session, "s1");
  await assert.rejects(verifier.verify(logout.token, keys, call), ReplayedTokenError);
  assert.throws(() => verifier.verifySync(logout.token, keys, call), ReplayedTokenError);
  await verifier.verify(logout.token, keys, { ...call, replay: withoutReplayCheck });
  for (const missing of [undefined, null, true, {}]) {
    await assert.rejects(verifier.verify(logout.token, keys, { ...call, replay: missing }), TypeError);
  }
});

test("a store that cannot say lets nothing in", async () => {
  const keys = keysOf(logoutTokens, logout);
  const verifier = new LogoutTokenVerifier({ issuer: logout.profile.issuer, clientId: logout.profile.client_id });
  const asked = [];
  const known = new Set();
  const store = async (replay) => {
    asked.push(replay);
    return known.size < known.add(replay.key).size;
  };
  const call = { replay: store, now: Number(logout.now) };
  assert.equal((await verifier.verify(logout.token, keys, call)).subject, "alice");
  await assert.rejects(verifier.verify(logout.token, keys, call), ReplayedTokenError);
  assert.match(asked[0].key, /^[0-9a-f]{64}$/);
  assert.ok(asked[0].until > new Date(Number(logout.now) * 1000));
  assert.throws(() => verifier.verifySync(logout.token, keys, call), ReplayUnavailableError);
  const down = () => Promise.reject(new Error("down"));
  for (const replay of [down, () => undefined, () => 1]) {
    await assert.rejects(verifier.verify(logout.token, keys, { ...call, replay }), ReplayUnavailableError);
  }
  // Nobody is asked about a token that is refused anyway.
  const before = asked.length;
  await assert.rejects(verifier.verify("no token", keys, call), { code: "malformed_token" });
  assert.equal(asked.length, before);
});

test("rules about claims are those of the document", async () => {
  const keys = keysOf(idTokens, login);
  const rules = [{ path: ["sub"], one_of: ["somebody-else"] }];
  const verifier = new Verifier({ issuer: null, audience: null, rules });
  await assert.rejects(verifier.verify(login.token, keys, { now }), { code: "wrong_claim", claim: "sub" });
  assert.throws(() => new Verifier({ issuer: null, audience: null, rules: [{ path: ["sub"] }] }), InvalidPolicyError);
});
