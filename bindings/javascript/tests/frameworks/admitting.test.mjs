// A guard trusts no client to make its checks, and no request to stay good.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AccessTokenVerifier, guardRequest, JwksClient, JwkSet, VerifiedToken, Verifier } from "verijot";
import { TestClock, TestIssuer } from "verijot/testing";

const clock = new TestClock();
const issuer = new TestIssuer({ audience: "https://api.example", clock });
const OPTIONS = { issuer: issuer.url, audience: "https://api.example" };
const keys = JwkSet.from(issuer.jwks);
const requestWith = (token) => new Request("https://api.example/", { headers: { Authorization: `Bearer ${token}` } });
const clientOf = (options = {}) => JwksClient.fromKeys(keys, { ...OPTIONS, clock, ...options });
const demand = { allScopes: ["admin"] };

test("the demand is checked where a client leaves that out", async () => {
  const client = clientOf();
  for (const admit of [
    (token) => client.verify(token),
    async (token, check) => {
      check(await client.verify(await issuer.token({ scope: "admin" })), clock.now());
      return client.verify(token);
    },
  ]) {
    const guard = guardRequest({ admit }, { demand });
    const response = await guard(requestWith(await issuer.token({ scope: "orders:read" })));
    assert.equal(response.status, 403);
    assert.ok((await guard(requestWith(await issuer.token({ scope: "admin" })))) instanceof VerifiedToken);
  }
});

test("nothing but a verified token lets a request in", async () => {
  const token = await issuer.token();
  const verified = await clientOf().verify(token);
  const header = { typ: "at+jwt" };
  const accessToken = await new AccessTokenVerifier(OPTIONS).verify(
    await issuer.token({ sub: "a", client_id: "c", jti: "1" }, { header }),
    keys,
    { now: clock.now() },
  );
  const others = [undefined, null, true, "alice", {}, { payload: "{}" }, Object.create(verified), accessToken];
  for (const other of others) {
    for (const options of [{}, { demand: { anyScope: ["x"] } }, { optional: true }]) {
      const guard = guardRequest({ admit: async () => other }, options);
      await assert.rejects(guard(requestWith(token)), TypeError);
    }
  }
});

test("the demand is checked once where the client has done it", async () => {
  let checks = 0;
  const client = clientOf();
  const admit = (token, check) =>
    client.admit(token, (...given) => {
      checks += 1;
      check(...given);
    });
  await guardRequest({ admit }, { demand })(requestWith(await issuer.token({ scope: "admin" })));
  assert.equal(checks, 1);
});

test("a request that is kept is verified again after a second", async () => {
  let asked = 0;
  let isRevoked = false;
  const client = clientOf({ revoked: () => ((asked += 1), isRevoked) });
  const guard = guardRequest(client);
  const request = requestWith(await issuer.token());
  const codeOf = async () => {
    const outcome = await guard(request);
    return outcome instanceof Response ? (await outcome.json()).detail : "in";
  };
  assert.deepEqual([await codeOf(), await codeOf(), asked], ["in", "in", 1]);
  clock.advance(1);
  assert.deepEqual([await codeOf(), asked], ["in", 2]);
  clock.advance(1);
  isRevoked = true;
  assert.deepEqual([await codeOf(), asked], ["revoked", 3]);
  isRevoked = false;
  clock.advance(3600);
  assert.equal(await codeOf(), "expired");
});

test("the platform's clock counts for a client without one", async () => {
  const verifier = new Verifier({ ...OPTIONS });
  let verifications = 0;
  const guard = guardRequest({
    admit: async (token) => {
      verifications += 1;
      return verifier.verify(token, keys, { now: clock.now() });
    },
  });
  const request = requestWith(await issuer.token());
  await guard(request);
  await guard(request);
  assert.equal(verifications, 1);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  await guard(request);
  assert.equal(verifications, 2);
});
