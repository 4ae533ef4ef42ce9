import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";

import Fastify from "fastify";
import { guard, tokenOf } from "verijot/fastify";
import { TestIssuer } from "verijot/testing";

import { clientOf } from "../support/client.mjs";

const issuer = new TestIssuer({ audience: "https://api.example" });
const client = clientOf(issuer.jwks, { issuer: issuer.url, audience: "https://api.example" });
const bearer = async (claims) => ({ authorization: `Bearer ${await issuer.token({ sub: "alice", ...claims })}` });

test("tokenOf gives the token in Fastify, and is clear about routes without one", async () => {
  const app = Fastify();
  app.get("/in", { onRequest: guard(client) }, async (request) => tokenOf(request).subject);
  app.get("/out", async (request) => tokenOf(request).subject);
  assert.equal((await app.inject({ url: "/in", headers: await bearer() })).body, "alice");
  const answer = await app.inject({ url: "/out", headers: await bearer() });
  assert.match(answer.json().message, /has no verified token/);
});

test("guards of plugins and routes add up in Fastify", async () => {
  const app = Fastify();
  app.addHook("onRequest", guard(client, { demand: { allScopes: ["a"] } }));
  app.register(async (inner) => {
    inner.addHook("onRequest", guard(client, { demand: { allScopes: ["b"] } }));
    const onRequest = [guard(client, { demand: { allScopes: ["c"] } })];
    inner.get("/", { onRequest }, async (request) => request.token.subject);
  });
  for (const scope of ["b c", "a c", "a b"]) {
    assert.equal((await app.inject({ url: "/", headers: await bearer({ scope }) })).statusCode, 403);
  }
  client.verifications = 0;
  assert.equal((await app.inject({ url: "/", headers: await bearer({ scope: "a b c" }) })).body, "alice");
  assert.equal(client.verifications, 1);
});

test("works as any hook of Fastify before the handler", async () => {
  for (const hook of ["onRequest", "preParsing", "preValidation", "preHandler"]) {
    const app = Fastify();
    let handled = 0;
    const call = async (...values) => guard(client)(values[0], values[1]);
    app.post("/", { [hook]: hook === "preParsing" ? call : guard(client) }, async () => (handled += 1));
    assert.equal((await app.inject({ method: "POST", url: "/", payload: {} })).statusCode, 401);
    assert.equal(handled, 0, hook);
    assert.equal(
      (await app.inject({ method: "POST", url: "/", payload: {}, headers: await bearer() })).statusCode,
      200,
    );
  }
});

test("a refusal by Fastify keeps headers of others, and replaces those of its own", async () => {
  const app = Fastify();
  app.setReplySerializer(() => "serialized");
  app.addHook("onRequest", async (_, reply) => {
    reply.headers({ "access-control-allow-origin": "*", "cache-control": "public", "content-type": "text/html" });
  });
  app.addHook("onRequest", guard(client));
  app.get("/", async () => "in");
  const answer = await app.inject("/");
  assert.deepEqual([answer.statusCode, answer.body], [401, '{"detail":"missing_token"}']);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.headers["content-type"], "application/json");
});

test("Fastify's handler of errors gets what is not a refusal", async () => {
  const fault = new Error("a fault");
  const app = Fastify();
  app.setErrorHandler((error, _, reply) => reply.code(500).send(error === fault ? "fault" : "other"));
  app.get("/", { onRequest: guard({ admit: () => Promise.reject(fault) }) }, async () => "in");
  assert.equal((await app.inject({ url: "/", headers: await bearer() })).body, "fault");
});

test("reads tokens of HTTP/2 in Fastify, and cookies in lines of their own", async () => {
  const app = Fastify({ http2: true });
  app.get("/", { onRequest: guard(client) }, async (request) => request.token.subject);
  app.get("/cookie", { onRequest: guard(client, { cookie: "session" }) }, async (request) => request.token.subject);
  await app.listen({ port: 0, host: "127.0.0.1" });
  const session = connect(`http://127.0.0.1:${app.server.address().port}`);
  const ask = async (headers) => {
    const stream = session.request(headers);
    const [answer] = await once(stream, "response");
    let body = "";
    for await (const chunk of stream) body += chunk;
    return [answer[":status"], body];
  };
  try {
    const { authorization } = await bearer();
    const token = authorization.slice("Bearer ".length);
    assert.deepEqual(await ask({ ":path": "/", authorization }), [200, "alice"]);
    assert.deepEqual(await ask({ ":path": "/" }), [401, '{"detail":"missing_token"}']);
    assert.deepEqual(await ask({ ":path": "/cookie", cookie: ["a=b", `session=${token}`, "c=d"] }), [200, "alice"]);
    assert.deepEqual(await ask({ ":path": "/cookie", cookie: [`session=${token}`, "session=x"] }), [
      401,
      '{"detail":"malformed_authorization"}',
    ]);
  } finally {
    session.close();
    await app.close();
  }
});
