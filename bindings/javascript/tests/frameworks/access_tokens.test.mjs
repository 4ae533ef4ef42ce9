// Guards that verify access tokens of RFC 9068, in each framework, on a real port.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AccessTokenVerifier, JwksClient, JwkSet } from "verijot";
import { TestIssuer } from "verijot/testing";

import { get } from "../support/http.mjs";
import { SERVICES } from "../support/services.mjs";

const AUDIENCE = "https://api.example";
const seconds = () => Math.floor(Date.now() / 1000);
const accessToken = (issuer, claims, header = { typ: "at+jwt" }) =>
  issuer.token(
    { sub: "alice", client_id: "app", jti: "one", auth_time: seconds() - 60, acr: "pwd", ...claims },
    { header },
  );

for (const [name, start] of Object.entries(SERVICES)) {
  describe(`a guard in ${name} with a verifier of access tokens`, () => {
    const serving = async (client, guards, use) => {
      const service = await start(client, guards);
      try {
        return await use((token) => get(`${service.url}/subject`, [["Authorization", `Bearer ${token}`]]));
      } finally {
        await service.close();
      }
    };
    const refused = (answer, status, code) => {
      assert.equal(answer.status, status);
      assert.equal(answer.body, JSON.stringify({ detail: code }));
    };

    test("makes the checks of the profile, with keys that it fetches once", async () => {
      const issuer = new TestIssuer({ audience: AUDIENCE });
      const served = await issuer.serve();
      try {
        const verifier = new AccessTokenVerifier({
          issuer: served.url,
          audience: AUDIENCE,
          clientIds: "app",
          tokenCache: 9,
        });
        const client = verifier.withKeys(JwksClient.fromUrl(issuer.jwksUrl, { issuer: null, audience: null }));
        await serving(client, [{}], async (ask) => {
          const good = await accessToken(issuer);
          for (let time = 0; time < 3; time += 1) {
            const answer = await ask(good);
            assert.deepEqual([answer.status, answer.body], [200, '{"subject":"alice"}']);
          }
          refused(await ask(await accessToken(issuer, {}, {})), 401, "unexpected_type");
          refused(await ask(await accessToken(issuer, { client_id: "other" })), 401, "wrong_claim");
          refused(await ask(await accessToken(issuer, { jti: undefined })), 401, "missing_claim");
          refused(await ask("a.b.c"), 401, "malformed_token");
          assert.equal(issuer.fetches, 1);
        });
      } finally {
        await served.close();
      }
    });

    test("asks for a login by its own rule, and by the demand of the guard", async () => {
      const issuer = new TestIssuer({ audience: AUDIENCE });
      const verifier = new AccessTokenVerifier({ issuer: issuer.url, audience: AUDIENCE, tokenCache: 9 });
      const keys = JwkSet.from(issuer.jwks);
      const challenge = (more) =>
        `Bearer realm="orders", error="insufficient_user_authentication", ` +
        `error_description="insufficient_authentication", ${more}`;
      const demand = { acrValues: ["mfa"], maxAuthenticationAge: 30 };
      const ways = [
        [verifier.withKeys(keys, { acr: "mfa", maxAuthenticationAge: 30 }), { realm: "orders" }],
        [verifier.withKeys(keys), { realm: "orders", demand }],
      ];
      for (const [client, guard] of ways) {
        await serving(client, [guard], async (ask) => {
          const recent = { auth_time: seconds() - 5, acr: "mfa" };
          assert.equal((await ask(await accessToken(issuer, recent))).status, 200);
          for (const claims of [{ auth_time: seconds() - 60 }, { acr: "pwd" }, { auth_time: undefined }]) {
            const answer = await ask(await accessToken(issuer, { ...recent, ...claims }));
            refused(answer, 401, "insufficient_authentication");
            assert.deepEqual(answer.headers("www-authenticate"), [challenge(`acr_values="mfa", max_age="30"`)]);
          }
        });
      }
    });

    test("asks about revocation last, also of a remembered token", async () => {
      const issuer = new TestIssuer({ audience: AUDIENCE });
      const asked = [];
      const revoked = ({ id }) => asked.push(id) > 1;
      const verifier = new AccessTokenVerifier({ issuer: issuer.url, audience: AUDIENCE, revoked, tokenCache: 9 });
      const client = verifier.withKeys(JwkSet.from(issuer.jwks));
      await serving(client, [{}, { demand: { allScopes: ["read"] } }, {}], async (ask) => {
        refused(await ask(await accessToken(issuer, { client_id: "" })), 401, "invalid_claim");
        assert.deepEqual(asked, []);
        const reader = await accessToken(issuer, { scope: "read" });
        assert.equal((await ask(reader)).status, 200);
        assert.deepEqual(asked, ["one"]);
        refused(await ask(reader), 401, "revoked");
        assert.deepEqual(asked, ["one", "one"]);
      });
    });

    test("says when keys may be available again", async () => {
      const issuer = new TestIssuer({ audience: AUDIENCE });
      const keys = JwksClient.fromUrl(issuer.jwksUrl, {
        issuer: null,
        audience: null,
        shortestRest: 7,
        fetch: () => Promise.reject(new TypeError("no network")),
      });
      const client = new AccessTokenVerifier({ issuer: issuer.url, audience: AUDIENCE }).withKeys(keys);
      await serving(client, [{}], async (ask) => {
        const answer = await ask(await accessToken(issuer));
        refused(answer, 503, "keys_unavailable");
        assert.deepEqual(answer.headers("retry-after"), ["7"]);
      });
    });
  });
}

test("a verifier without keys is no client of a guard", async () => {
  const verifier = new AccessTokenVerifier({ issuer: "https://issuer.example", audience: AUDIENCE });
  for (const start of Object.values(SERVICES)) await assert.rejects(async () => start(verifier, [{}]), TypeError);
});
