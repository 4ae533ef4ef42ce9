// Presets of providers: every one of the vectors, and clients that fetch the keys where the preset says they are.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import {
  AccessTokenVerifier,
  AlbVerifier,
  IdTokenVerifier,
  InvalidClaimError,
  InvalidKeySourceError,
  InvalidPolicyError,
  JwksClient,
  preset,
  Verifier,
} from "verijot";
import { signer } from "../client/issuing.mjs";

const file = new URL("../../../../testvectors/presets/presets.json", import.meta.url);
const { presets } = JSON.parse(readFileSync(file, "utf8"));

test("the presets of the vectors, accepted and refused", () => {
  let refused = 0;
  for (const { provider, options, preset: expected, error } of presets) {
    if (error !== undefined) {
      refused += 1;
      assert.throws(
        () => preset(provider, options),
        (thrown) =>
          thrown instanceof InvalidPolicyError && thrown.code === error.code && thrown.member === error.member,
        `${provider} ${JSON.stringify(options)}`,
      );
      continue;
    }
    const { key_source: source, ...document } = expected;
    const [[kind, content]] = Object.entries(document);
    const { keySource, ...made } = preset(provider, JSON.stringify(options));
    assert.deepEqual(preset(provider, options), { ...made, keySource }, provider);
    const name = kind === "load_balancer" ? "loadBalancer" : kind;
    assert.deepEqual(Object.keys(made), [name], provider);
    assert.deepEqual(JSON.parse(made[name]), content, provider);
    assert.deepEqual(keySource, inJavaScript(source), provider);
    assert.ok(verifierOf(made, content), provider);
  }
  assert.ok(refused > 0 && refused < presets.length);
});

test("a client of every provider whose tokens are for a policy", () => {
  for (const { provider, options, preset: expected } of presets) {
    if (expected === undefined) continue;
    const make = () => JwksClient.forProvider(provider, options);
    if (expected.policy === undefined) assert.throws(make, { code: "invalid_policy", member: "provider" });
    else if (expected.key_source.of_caller !== undefined) assert.throws(make, InvalidKeySourceError);
    else make().close();
  }
});

test("the document has the numbers that were given", () => {
  const options = `{"jwks_url":"https://id.example/keys","policy":{"rules":[{"path":["n"],"equals":9007199254740993}]}}`;
  assert.match(preset("kratos:accounts.example.com", options).policy, /9007199254740993/);
});

test("a client leaves to the preset what that decides", () => {
  const make = (clientOptions) =>
    JwksClient.forProvider("cognito:eu-west-1_AbCdEf123", { client_ids: ["web"] }, clientOptions);
  for (const name of ["policy", "purposes", "certificates", "audience"]) {
    assert.throws(() => make({ [name]: ["x"] }), { code: "invalid_policy", member: name });
  }
  assert.throws(() => make({ unknown: true }), InvalidKeySourceError);
  assert.throws(() => make({ allowedHosts: ["elsewhere.example"] }), InvalidKeySourceError);
});

const key = signer("1");
let server, url, paths;

before(async () => {
  server = createServer((request, response) => {
    paths.push(request.url);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [key.jwk] }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  paths = [];
});

after(() => server.close());

test("a client verifies what the preset says, with keys over HTTP", async () => {
  const options = { jwks_url: `${url}/keys`, policy: { leeway: "5" } };
  const client = JwksClient.forProvider("kratos:accounts.example.com", options, { freshFor: 60 });
  const claims = { iss: "https://accounts.example.com", sid: "1" };
  const token = await client.verify(key.token(claims));
  assert.equal(token.subject, "somebody");
  await assert.rejects(client.verify(key.token({ ...claims, sid: "" })), InvalidClaimError);
  assert.equal(JSON.parse(client.verifier.policy).leeway, "5");
  assert.deepEqual(paths, ["/keys"]);
  client.close();
});

test("an ID token of a provider", async () => {
  const options = { client_id: "client", jwks_url: `${url}/id-keys` };
  const { profile, keySource } = preset("oidc:id.example.com", options);
  const client = JwksClient.fromUrl(keySource.jwksUrl, { issuer: null, audience: null });
  const now = Math.floor(Date.now() / 1000);
  const raw = key.token({ iss: "https://id.example.com", aud: "client", iat: now, exp: now + 60, nonce: "n" });
  const token = await new IdTokenVerifier({ settings: profile }).verify(raw, client, { nonce: "n" });
  assert.equal(token.subject, "somebody");
  client.close();
});

function inJavaScript({ issuer, jwks_url, certificates_url, of_caller, ...others }) {
  const members = { issuer, jwksUrl: jwks_url, certificatesUrl: certificates_url, ofCaller: of_caller };
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...others };
}

function verifierOf({ policy, profile, loadBalancer }, content) {
  if (policy !== undefined) return new Verifier({ policy });
  if (loadBalancer !== undefined) return new AlbVerifier(loadBalancer);
  const Profile = content.profile === "id-token" ? IdTokenVerifier : AccessTokenVerifier;
  return new Profile({ settings: profile });
}
