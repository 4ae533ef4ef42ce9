import assert from "node:assert/strict";
import { test } from "node:test";
import { JwksClient, JwkSet, Verifier } from "verijot";
import { AUDIENCE, fetching, ISSUER, jwks, KEYS_URL, POLICY, signer } from "./issuing.mjs";

const one = signer("one");

test("every option is read once, whatever its getters give next", async () => {
  const { fetch } = fetching(() => jwks(one));
  const reads = new Map();
  const values = {
    ...POLICY,
    fetch,
    freshFor: 100,
    allowedHosts: ["issuer.example"],
    plainHttp: false,
    seed: undefined,
  };
  const options = new Proxy(values, {
    get(target, name) {
      reads.set(name, (reads.get(name) ?? 0) + 1);
      return reads.get(name) > 1 ? "another" : target[name];
    },
  });
  const client = JwksClient.fromUrl(KEYS_URL, options);
  assert.equal((await client.verify(one.token())).subject, "somebody");
  assert.deepEqual([...new Set(reads.values())], [1]);
});

test("a prototype's members are no options", async () => {
  const { fetch } = fetching(() => jwks(one));
  for (const name of ["fetch", "store", "seed", "waitUntil", "clock", "schema", "now", "revoked", "policy", "leeway"]) {
    Object.prototype[name] = () => assert.fail(name);
    try {
      const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, ...(name === "fetch" ? {} : { fetch }) });
      if (name !== "fetch") await client.verify(one.token());
      await JwksClient.fromKeys(JwkSet.from({ keys: [one.jwk] }), POLICY).verify(one.token());
    } finally {
      delete Object.prototype[name];
    }
  }
});

for (const [options, message] of [
  [{ freshForr: 1 }, /fresh_forr/],
  [{ fresh_for: 1 }, /fresh__for/],
  [{ audiance: "x" }, /audiance/],
  [{ freshFor: "soon" }, /fresh_for/],
  [{ freshFor: NaN }, /fresh_for/],
  [{ freshFor: -1 }, /fresh_for/],
  [{ freshFor: {} }, /fresh_for/],
  [{ plainHttp: "yes" }, /plain_http/],
  [{ discoveryOnly: 2 }, /discovery_only/],
  [{ url: "https://other.example" }, /either|url/i],
]) {
  test(`refuses the options ${Object.keys(options)[0]}: ${String(Object.values(options)[0])}`, () => {
    assert.throws(
      () => JwksClient.fromIssuer(ISSUER, { audience: AUDIENCE, ...options }),
      (error) => {
        assert.equal(error.code, "invalid_key_source");
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

for (const options of [
  { fetch: 1 },
  { store: {} },
  { store: null },
  { waitUntil: "x" },
  { clock: {} },
  { clock: null },
]) {
  test(`refuses what cannot be called: ${JSON.stringify(options)}`, () => {
    assert.throws(() => JwksClient.fromUrl(KEYS_URL, { ...POLICY, ...options }), TypeError);
  });
}

test("refuses sources that are none", () => {
  for (const source of [
    "",
    "http://issuer.example",
    "ftp://issuer.example",
    "no url",
    null,
    5,
    "https://issuer.example/\ud800",
  ]) {
    assert.throws(() => JwksClient.fromIssuer(source, { audience: AUDIENCE }), {
      name: /InvalidKeySourceError|InvalidPolicyError/,
    });
    assert.throws(() => JwksClient.fromUrl(source, POLICY), { code: "invalid_key_source" });
  }
  assert.throws(() => JwksClient.fromKeys({ keys: [] }, POLICY), TypeError);
});

test("the issuer is that of the policy, unless a document says otherwise", () => {
  const { policy } = JwksClient.fromIssuer(ISSUER, { audience: AUDIENCE }).verifier;
  assert.deepEqual(JSON.parse(policy).issuers, [ISSUER]);
  assert.throws(() => JwksClient.fromIssuer(ISSUER, { issuer: ISSUER, audience: AUDIENCE }), {
    code: "invalid_policy",
  });
  const document = new Verifier({ issuer: "https://another.example", audience: null }).policy;
  const client = JwksClient.fromIssuer(ISSUER, { policy: document, freshFor: 10 });
  assert.equal(client.verifier.policy, document);
  assert.throws(() => JwksClient.fromIssuer(ISSUER, { policy: document, audience: AUDIENCE }), {
    code: "invalid_policy",
  });
  assert.throws(() => JwksClient.fromIssuer(ISSUER, {}), { code: "invalid_policy" });
});

test("only hosts that are allowed are asked", () => {
  assert.throws(() => JwksClient.fromUrl(KEYS_URL, { ...POLICY, allowedHosts: [] }), { code: "invalid_key_source" });
  assert.throws(() => JwksClient.fromUrl(KEYS_URL, { ...POLICY, allowedHosts: ["other.example"] }), {
    code: "invalid_key_source",
  });
  JwksClient.fromUrl(KEYS_URL, { ...POLICY, allowedHosts: ["issuer.example"] });
  JwksClient.fromUrl("http://issuer.example/keys", { ...POLICY, plainHttp: true });
});
