// Several policies over one issuer's keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JwksClient, JwkSet, KeysUnavailableError, UnknownKeyError } from "verijot";
import { AUDIENCE, fetching, ISSUER, jwks, KEYS_URL, POLICY, signer, TestClock } from "./issuing.mjs";

const one = signer("one");
const two = signer("two");
const ID_TOKENS = { issuer: ISSUER, audience: "client" };
const idToken = (by = one) => by.token({ aud: "client" });

function clients(answer = () => jwks(one), options = {}) {
  const { fetch, requests } = fetching(answer);
  const accessTokens = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, ...options });
  return { accessTokens, idTokens: JwksClient.fromKeys(accessTokens.keys, ID_TOKENS), requests };
}

test("each client has its policy, and both have one fetch", async () => {
  const { accessTokens, idTokens, requests } = clients(undefined, { clock: new TestClock() });
  const tokens = await Promise.all([
    ...Array.from({ length: 100 }, () => accessTokens.verify(one.token())),
    ...Array.from({ length: 100 }, () => idTokens.verify(idToken())),
  ]);
  assert.deepEqual([...new Set(tokens.map(({ audience }) => audience[0]))], [AUDIENCE, "client"]);
  await assert.rejects(accessTokens.verify(idToken()), { code: "wrong_audience" });
  await assert.rejects(idTokens.verify(one.token()), { code: "wrong_audience" });
  assert.equal(idTokens.verifySync(idToken()).subject, "somebody");
  assert.equal(requests.length, 1);
  assert.deepEqual(idTokens.health(), accessTokens.health());
  assert.deepEqual(idTokens.export(), accessTokens.export());
});

test("what one client notices of the keys, the other knows", async () => {
  const clock = new TestClock();
  let served = [one];
  const { accessTokens, idTokens, requests } = clients(() => jwks(...served), { clock });
  await accessTokens.ready();
  served = [one, two];
  clock.elapsed += 60;
  assert.equal((await idTokens.verify(idToken(two))).keyId, "two");
  assert.equal(accessTokens.verifySync(two.token()).keyId, "two");
  assert.equal(requests.length, 2);
  idTokens.purge("two");
  await assert.rejects(accessTokens.verify(two.token()), UnknownKeyError);
  assert.equal(accessTokens.restore("two"), true);
  clock.elapsed += 3_000_000_000;
  await assert.rejects(idTokens.verify(idToken(two)), { code: "expired" });
});

test("each client has its own revocation and its own remembered tokens", async () => {
  const { accessTokens } = clients(undefined, { tokenCache: 10 });
  const checking = JwksClient.fromKeys(accessTokens.keys, { ...POLICY, revoked: () => true, tokenCache: 10 });
  const token = one.token();
  for (let time = 0; time < 2; time += 1) {
    assert.equal((await accessTokens.verify(token)).subject, "somebody");
    await assert.rejects(checking.verify(token), { code: "revoked" });
  }
});

test("closing one client ends the fetches of all", async () => {
  const { accessTokens, idTokens } = clients(() => new Promise(() => undefined));
  const waiting = accessTokens.verify(one.token());
  idTokens.close();
  await assert.rejects(waiting, KeysUnavailableError);
  await assert.rejects(accessTokens.verify(one.token()), KeysUnavailableError);
});

test("keys that are never fetched, and keys of keys, are shared as well", async () => {
  const fixed = JwksClient.fromKeys(JwkSet.from({ keys: [one.jwk] }), POLICY);
  const idTokens = JwksClient.fromKeys(fixed.keys, ID_TOKENS);
  const third = JwksClient.fromKeys(idTokens.keys, { policy: idTokens.verifier.policy });
  assert.equal(third.keys, fixed.keys);
  assert.equal((await third.verify(idToken())).subject, "somebody");
  assert.equal(third.health().usableKeys, 1);
});

test("nothing else is keys, and a client of shared keys has no options of fetches", () => {
  const { keys } = clients().accessTokens;
  for (const wrong of [undefined, null, {}, [], "keys", Object.create(keys), new Proxy(keys, {})]) {
    assert.throws(() => JwksClient.fromKeys(wrong, POLICY), /neither a JwkSet/);
  }
  for (const options of [{ clock: new TestClock() }, { fetch }, { freshFor: 1 }]) {
    assert.throws(() => JwksClient.fromKeys(keys, { ...POLICY, ...options }), { code: "invalid_policy" });
  }
});
