// A set with a key that workerd cannot load: ten verifications notice it at the same time, a client that fetches it at once.
import { JwksClient, JwkSet, Verifier } from "verijot";
import { TestIssuer } from "verijot/testing";
import { MODULUS } from "./modulus.mjs";

const encode = (value) => btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
const odd = { kty: "RSA", alg: "RS256", kid: "odd", n: MODULUS, e: "AQAD" };

export default {
  async fetch() {
    const issuer = new TestIssuer({ audience: "https://api.example" });
    const keys = JwkSet.from({ keys: [odd, ...issuer.jwks.keys] });
    const verifier = new Verifier({ issuer: issuer.url, audience: "https://api.example" });
    const claims = { iss: issuer.url, aud: "https://api.example", exp: Math.floor(Date.now() / 1000) + 60 };
    const token = `${encode({ alg: "RS256", kid: "odd" })}.${encode(claims)}.${"A".repeat(342)}`;
    const code = async () =>
      verifier.verify(token, keys).then(
        () => "accepted",
        ({ code }) => code,
      );
    const codes = await Promise.all(Array.from({ length: 10 }, code));
    const good = await verifier.verify(await issuer.token({ sub: "alice" }), keys);
    const skipped = keys.skipped.map(({ keyId, reason }) => [keyId, reason]);
    const client = JwksClient.fromUrl(`${issuer.url}/keys`, {
      issuer: issuer.url,
      audience: "https://api.example",
      fetch: async () => Response.json({ keys: [odd, { kty: "RSA", kid: "empty" }, ...issuer.jwks.keys] }),
    });
    await client.verify(await issuer.token());
    const { usableKeys, skippedKeys, skipped: named } = client.health();
    const health = { usableKeys, skippedKeys, skipped: named.map(({ keyId, reason }) => [keyId, reason]) };
    return Response.json({ codes: [...new Set(codes)], subject: good.subject, skipped, health });
  },
};
