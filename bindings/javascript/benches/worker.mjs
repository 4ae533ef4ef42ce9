// Measures on workerd, whose clock stands still while a request computes: the caller measures.
import { createLocalJWKSet, importJWK, jwtVerify } from "jose";
import { JwkSet, Verifier } from "verijot";

let verify = {};

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("ready");
    const { jwks, token, issuer, audience, library, count } = await request.json();
    if (jwks !== undefined) {
      const keys = JwkSet.from(jwks, { symmetricKeys: true });
      const algorithms = JSON.parse(jwks).keys.map(({ alg }) => alg);
      const verifier = new Verifier({ issuer, audience, algorithms, symmetricKeys: true });
      // A set of secrets jose does not take.
      const all = JSON.parse(jwks).keys;
      const set = createLocalJWKSet({ keys: all.filter(({ kty }) => kty !== "oct") });
      const secret = await importJWK(all.find(({ kty }) => kty === "oct"));
      const keyOf = (header, token) => (header.alg === "HS256" ? secret : set(header, token));
      verify = {
        verijot: async (token) => (await verifier.verify(token, keys)).claims,
        jose: async (token) => (await jwtVerify(token, keyOf, { issuer, audience })).payload,
      };
      return new Response("ready");
    }
    // Another string each time, as requests bring them.
    const half = token.length >> 1;
    for (let index = 0; index < count; index += 1) await verify[library](token.slice(0, half) + token.slice(half));
    return new Response("done");
  },
};
