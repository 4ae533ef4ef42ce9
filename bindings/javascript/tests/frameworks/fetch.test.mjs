import assert from "node:assert/strict";
import { test } from "node:test";

import { guardRequest, VerifiedToken } from "verijot";
import { TestIssuer } from "verijot/testing";

import { clientOf } from "../support/client.mjs";

const issuer = new TestIssuer({ audience: "https://api.example" });
const client = clientOf(issuer.jwks, { issuer: issuer.url, audience: "https://api.example" });
const requestWith = (token) => new Request("https://api.example/", { headers: { Authorization: `Bearer ${token}` } });

test("gives the token or the response", async () => {
  const guard = guardRequest(client);
  const token = await guard(requestWith(await issuer.token({ sub: "alice" })));
  assert.ok(token instanceof VerifiedToken);
  assert.equal(token.subject, "alice");
  const response = await guard(new Request("https://api.example/"));
  assert.ok(response instanceof Response);
  assert.deepEqual([response.status, await response.text()], [401, '{"detail":"missing_token"}']);
});

test("another client verifies the same token of a request itself", async () => {
  const other = clientOf(issuer.jwks, { issuer: issuer.url, audience: "https://other.example" });
  const request = requestWith(await issuer.token());
  assert.ok((await guardRequest(client)(request)) instanceof VerifiedToken);
  const response = await guardRequest(other)(request);
  assert.equal(await response.text(), '{"detail":"wrong_audience"}');
});

test("another request verifies the same token again", async () => {
  const guard = guardRequest(client);
  const token = await issuer.token();
  client.verifications = 0;
  for (let time = 0; time < 3; time += 1) await guard(requestWith(token));
  assert.equal(client.verifications, 3);
});

test("a refused token is not remembered for the guards that follow", async () => {
  const request = requestWith(await issuer.token());
  assert.equal((await guardRequest(client, { demand: { allScopes: ["a"] } })(request)).status, 403);
  client.verifications = 0;
  assert.ok((await guardRequest(client)(request)) instanceof VerifiedToken);
  assert.equal(client.verifications, 1);
});
