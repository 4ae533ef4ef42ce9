// What a guard answers, in each framework, on a real port.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { InvalidDemandError, JwkSet, resourceMetadataUrl } from "verijot";
import { TestIssuer } from "verijot/testing";

import { clientOf, clientWithoutKeys } from "../support/client.mjs";
import { get } from "../support/http.mjs";
import { SERVICES } from "../support/services.mjs";

const AUDIENCE = "https://api.example";
const POLICY = { issuer: "https://issuer.example", audience: AUDIENCE };
const issuer = new TestIssuer({ audience: AUDIENCE });
const READ = { demand: { allScopes: ["orders:read"] } };

for (const [name, start] of Object.entries(SERVICES)) {
  describe(`a guard in ${name}`, () => {
    let good;
    let reader;
    before(async () => {
      good = await issuer.token({ sub: "alice" });
      reader = await issuer.token({ sub: "alice", scope: "orders:read" });
    });

    const serving = async (guards, use, client = clientOf(issuer.jwks, POLICY)) => {
      const service = await start(client, guards);
      try {
        return await use((...headers) => get(`${service.url}/subject`, headers), service.url);
      } finally {
        await service.close();
      }
    };
    const refused = (answer, status, code) => {
      assert.equal(answer.status, status);
      assert.equal(answer.body, JSON.stringify({ detail: code }));
      assert.deepEqual(answer.headers("content-type"), ["application/json"]);
      assert.deepEqual(answer.headers("cache-control"), ["no-store"]);
    };

    test("lets in a good token, and gives its subject", () =>
      serving([{}], async (ask) => {
        const answer = await ask(["Authorization", `Bearer ${good}`]);
        assert.deepEqual([answer.status, answer.body], [200, '{"subject":"alice"}']);
      }));

    test("refuses a missing, a malformed and a bad token", () =>
      serving([{ realm: "orders" }], async (ask) => {
        const missing = await ask();
        refused(missing, 401, "missing_token");
        assert.deepEqual(missing.headers("www-authenticate"), ['Bearer realm="orders"']);
        refused(await ask(["Authorization", "Bearer"]), 401, "malformed_authorization");
        refused(await ask(["Authorization", "Bearer a.b"]), 401, "malformed_token");
        refused(await ask(["Authorization", `Bearer ${good.slice(0, -4)}AAAA`]), 401, "invalid_signature");
        refused(await ask(["Authorization", "Basic YTpi"]), 401, "missing_token");
        refused(await ask(["Authorization", "Bearer \u00e9.\u00e9.\u00e9"]), 401, "malformed_authorization");
      }));

    test("asks for a newer sign-in, and names the metadata of the resource", () => {
      const resourceMetadata = resourceMetadataUrl("https://api.example/mcp");
      assert.equal(resourceMetadata, "https://api.example/.well-known/oauth-protected-resource/mcp");
      const demand = { acrValues: ["phr", "mfa"], maxAuthenticationAge: 600 };
      return serving([{ demand, resourceMetadata }], async (ask) => {
        const now = Math.floor(Date.now() / 1000);
        const claims = { sub: "alice", acr: "mfa" };
        const recent = await issuer.token({ ...claims, auth_time: now - 60 });
        assert.equal((await ask(["Authorization", `Bearer ${recent}`])).status, 200);
        for (const old of [await issuer.token({ ...claims, auth_time: now - 700 }), good]) {
          const answer = await ask(["Authorization", `Bearer ${old}`]);
          refused(answer, 401, "insufficient_authentication");
          assert.deepEqual(answer.headers("www-authenticate"), [
            `Bearer resource_metadata="${resourceMetadata}", error="insufficient_user_authentication", ` +
              `error_description="insufficient_authentication", acr_values="phr mfa", max_age="600"`,
          ]);
        }
      });
    });

    test("refuses a token without a scope that is demanded", () =>
      serving([READ], async (ask) => {
        const answer = await ask(["Authorization", `Bearer ${good}`]);
        refused(answer, 403, "insufficient_scope");
        assert.match(answer.headers("www-authenticate")[0], /scope="orders:read"/);
        assert.equal((await ask(["Authorization", `Bearer ${reader}`])).status, 200);
      }));

    test("asks about revocation once, after every demand of its own", async () => {
      let questions = 0;
      const revoked = () => (questions += 1) > 0;
      await serving(
        [READ],
        async (ask) => {
          refused(await ask(["Authorization", `Bearer ${good}`]), 403, "insufficient_scope");
          assert.equal(questions, 0);
          refused(await ask(["Authorization", `Bearer ${reader}`]), 401, "revoked");
          assert.equal(questions, 1);
        },
        clientOf(issuer.jwks, { ...POLICY, revoked }),
      );
    });

    test("refuses a token that nobody can say of whether it is revoked", () =>
      serving(
        [{}],
        async (ask) => refused(await ask(["Authorization", `Bearer ${good}`]), 503, "revocation_unavailable"),
        clientOf(issuer.jwks, { ...POLICY, revoked: () => new Promise(() => {}), revokedTimeout: 0.05 }),
      ));

    test("says when keys may be available again", () =>
      serving(
        [{}],
        async (ask) => {
          const answer = await ask(["Authorization", `Bearer ${good}`]);
          refused(answer, 503, "keys_unavailable");
          assert.deepEqual(answer.headers("retry-after"), ["7"]);
          assert.deepEqual(answer.headers("www-authenticate"), []);
        },
        clientWithoutKeys(7),
      ));

    test("an optional guard lets in requests without a token, not with a bad one", () =>
      serving([{ optional: true }], async (ask) => {
        assert.equal((await ask()).body, '{"subject":null}');
        assert.equal((await ask(["Authorization", `Bearer ${good}`])).body, '{"subject":"alice"}');
        refused(await ask(["Authorization", "Bearer a.b.c"]), 401, "malformed_token");
        refused(await ask(["Authorization", "Basic YTpi"]), 401, "missing_token");
      }));

    test("refuses two Authorization headers", () =>
      serving([{ optional: true }], async (ask) => {
        const line = ["Authorization", `Bearer ${good}`];
        refused(await ask(line, line), 401, "malformed_authorization");
        refused(await ask(line, ["authorization", "Basic YTpi"]), 401, "malformed_authorization");
        assert.equal((await ask(["Authorization", "Basic YTpi"], line)).status, 401);
      }));

    test("reads one cookie of several, in one line or several", () =>
      serving([{ cookie: "session" }], async (ask) => {
        assert.equal((await ask(["Cookie", `a=b; session=${good}; c=d`])).status, 200);
        assert.equal((await ask(["Cookie", "a=b"], ["Cookie", `session=${good}`], ["Cookie", "c=d"])).status, 200);
        refused(await ask(["Cookie", `session=${good}`], ["Cookie", "session=x"]), 401, "malformed_authorization");
        refused(await ask(["Cookie", "a=b"], ["Cookie", "c=d"]), 401, "missing_token");
        refused(await ask(["Authorization", `Bearer ${good}`]), 401, "missing_token");
      }));

    test("reads another header, which may stand there once", () =>
      serving([{ header: "X-Access-Token" }], async (ask) => {
        assert.equal((await ask(["x-access-token", good])).status, 200);
        refused(await ask(["x-access-token", good], ["X-Access-Token", good]), 401, "malformed_authorization");
      }));

    test("nested guards add up, and verify a token once", async () => {
      const client = clientOf(issuer.jwks, POLICY);
      const write = { demand: [{ anyScope: ["orders:write"] }] };
      await serving(
        [READ, write, {}],
        async (ask) => {
          const writer = await issuer.token({ sub: "alice", scope: "orders:write" });
          const both = await issuer.token({ sub: "alice", scope: "orders:write orders:read" });
          for (const token of [good, reader, writer]) {
            refused(await ask(["Authorization", `Bearer ${token}`]), 403, "insufficient_scope");
          }
          client.verifications = 0;
          assert.equal((await ask(["Authorization", `Bearer ${both}`])).status, 200);
          assert.equal(client.verifications, 1);
          assert.equal((await ask(["Authorization", `Bearer ${both}`])).status, 200);
          assert.equal(client.verifications, 2);
        },
        client,
      );
    });

    test("an inner guard is not satisfied by what an optional outer guard let in", () =>
      serving([{ optional: true }, READ], async (ask) => {
        refused(await ask(), 401, "missing_token");
        refused(await ask(["Authorization", `Bearer ${good}`]), 403, "insufficient_scope");
        assert.equal((await ask(["Authorization", `Bearer ${reader}`])).status, 200);
      }));

    test("nested guards may read the token at other places", () =>
      serving([{ cookie: "session" }, READ], async (ask) => {
        refused(await ask(["Cookie", `session=${reader}`]), 401, "missing_token");
        refused(
          await ask(["Cookie", `session=${reader}`], ["Authorization", `Bearer ${good}`]),
          403,
          "insufficient_scope",
        );
        assert.equal((await ask(["Cookie", `session=${good}`], ["Authorization", `Bearer ${reader}`])).status, 200);
      }));

    test("answers a HEAD request without a body", () =>
      serving([{}], async (_, url) => {
        const answer = await get(`${url}/subject`, [], { method: "HEAD" });
        assert.deepEqual([answer.status, answer.body], [401, ""]);
        assert.deepEqual(answer.headers("www-authenticate"), ["Bearer"]);
      }));

    test("lets nobody in when the service is at fault", async (context) => {
      // The handlers of errors of Hono's server and Express print them.
      context.mock.method(console, "error", () => {});
      for (const reason of [new Error("a fault"), undefined, null, false, "route", "router", new TypeError("x")]) {
        const client = { admit: () => Promise.reject(reason) };
        await serving(
          [{ optional: true }],
          async (ask) => assert.equal((await ask(["Authorization", `Bearer ${good}`])).status, 500),
          client,
        );
      }
      const throwing = {
        admit() {
          throw undefined;
        },
      };
      await serving(
        [{}],
        async (ask) => assert.equal((await ask(["Authorization", `Bearer ${good}`])).status, 500),
        throwing,
      );
    });

    test("stays right for many requests at once", () =>
      serving([{}, READ], async (ask) => {
        const statuses = await Promise.all(
          Array.from(
            { length: 60 },
            async (_, i) => (await ask(["Authorization", `Bearer ${[reader, good, "x.y.z"][i % 3]}`])).status,
          ),
        );
        assert.deepEqual(
          statuses,
          Array.from({ length: 60 }, (_, i) => [200, 403, 401][i % 3]),
        );
      }));

    test("refuses options that make no sense when it is made", async () => {
      const client = clientOf(issuer.jwks, POLICY);
      const wrong = async (options) => start(client, [options]);
      await assert.rejects(wrong({ demand: { allScopes: [] } }), InvalidDemandError);
      await assert.rejects(wrong({ demand: { allScope: ["a"] } }), InvalidDemandError);
      await assert.rejects(wrong({ optional: true, demand: { anyScope: ["a"] } }), InvalidDemandError);
      for (const age of [0, -1, 1.5, NaN, Infinity, "0"]) {
        await assert.rejects(wrong({ demand: { maxAuthenticationAge: age } }), InvalidDemandError);
      }
      await assert.rejects(wrong({ demand: { acrValues: [] } }), InvalidDemandError);
      await assert.rejects(wrong({ resourceMetadata: "urn:example:mcp" }), InvalidDemandError);
      await assert.rejects(wrong({ demands: {} }), TypeError);
      for (const none of [undefined, null, {}, JwkSet.from({ keys: [] })]) {
        await assert.rejects(async () => start(none, [{}]), TypeError);
      }
    });

    test("believes no polluted prototype", async () => {
      const names = ["optional", "answer", "token", "subject"];
      for (const each of names) Object.prototype[each] = true;
      try {
        await serving([{}], async (ask) => refused(await ask(), 401, "missing_token"));
      } finally {
        for (const each of names) delete Object.prototype[each];
      }
    });
  });
}
