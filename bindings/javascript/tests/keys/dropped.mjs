// On WebCrypto: verifiers, sets and clients that nobody holds while the platform loads a key, which it cannot. Prints
// the outcome of each verification.
import { IdTokenVerifier, JwksClient, JwkSet, Verifier, withoutNonce } from "verijot";
import { TestIssuer } from "verijot/testing";
import { collectGarbage } from "../support/until.mjs";

const issuer = new TestIssuer({ audience: "https://api.example" });
const raw = await issuer.token({ sub: "alice" });
const policy = { issuer: issuer.url, audience: "https://api.example" };
const keys = () => JwkSet.from(issuer.jwks);
const fetched = () => JwksClient.fromIssuer(issuer.url, { audience: policy.audience, fetch: issuer.fetch });

const CALLS = {
  verify: () => new Verifier(policy).verify(raw, keys()),
  verifyJws: () => new Verifier(policy).verifyJws(raw, keys()),
  explain: () => new Verifier(policy).explain(raw, keys()),
  idToken: () =>
    new IdTokenVerifier({ issuer: issuer.url, clientId: policy.audience }).explain(raw, keys(), {
      nonce: withoutNonce,
    }),
  fixed: () => JwksClient.fromKeys(keys(), policy).explain(raw),
  fetched: () => fetched().explain(raw),
};

const [{ x }] = issuer.jwks.keys;
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
for (const [name, call] of Object.entries(CALLS)) {
  let asked;
  let fail;
  const isAsked = new Promise((resolve) => (asked = resolve));
  const failing = new Promise((_, reject) => (fail = reject));
  crypto.subtle.importKey = (...values) => {
    if (values[1].x !== x) return importKey(...values);
    asked();
    return failing;
  };
  const outcome = call().then(
    ({ error }) => error?.code ?? "accepted",
    (error) => error.code ?? String(error),
  );
  await isAsked;
  for (let count = 0; count < 3; count += 1) await collectGarbage();
  fail(new Error("cannot load it"));
  console.log(name, await outcome);
}
