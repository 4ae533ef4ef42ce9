// Sessions over `__Host-` cookies, on a real https server, with Node's own answers, Express and Fastify.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as send } from "node:https";
import { test } from "node:test";
import express from "express";
import express4 from "express4";
import Fastify from "fastify";
import { cookieKeeper, TokenSession } from "verijot/session";
import { selfSigned } from "../support/certificate.mjs";
import { Clock, Issuer } from "./issuer.mjs";

const { cert, key } = selfSigned();

/** Starts each kind of service. `open` gives the session of a request, whose lines `attach` adds to the answer. */
const SERVICES = {
  "node:https": (handle) =>
    createServer({ cert, key }, (request, response) => {
      handle(request, response).then(
        (body) => response.writeHead(200, { "Content-Type": "text/plain", "set-cookie": "of=handler" }).end(body),
        ({ code }) => response.writeHead(401, "No", ["X-Failed", "1", "Set-Cookie", "of=handler"]).end(code),
      );
    }),
  "express 5": (handle) => createServer({ cert, key }, expressApp(express, handle)),
  "express 4": (handle) => createServer({ cert, key }, expressApp(express4, handle)),
  fastify: (handle) => {
    let server;
    const app = Fastify({ serverFactory: (listener) => (server = createServer({ cert, key }, listener)) });
    app.get("/*", async (request, reply) => {
      const body = await handle(request.raw, reply.raw);
      return reply.header("set-cookie", "of=handler").send(body);
    });
    app.setErrorHandler(({ code }, _, reply) => reply.code(401).header("set-cookie", "of=handler").send(code));
    return app.ready().then(() => server);
  },
};

function expressApp(framework, handle) {
  const app = framework();
  app.use((request, response, next) => {
    handle(request, response).then((body) => response.cookie("of", "handler").send(body), next);
  });
  app.use(({ code }, _request, response, _next) => response.status(401).cookie("of", "handler").send(code));
  return app;
}

for (const [name, start] of Object.entries(SERVICES)) {
  test(`tokens live in __Host- cookies over https, in ${name}`, async (t) => {
    const issuer = await Issuer.start(t);
    const clock = new Clock();
    const server = await start(async (request, response) => {
      const keeper = cookieKeeper(request);
      keeper.attach(response);
      const session = new TokenSession({ refresh: issuer.refresh(), keeper, clock });
      if (request.url === "/sign-in") await session.signIn(issuer.signIn());
      const token = await session.accessToken();
      if (request.url === "/fault") throw Object.assign(new Error("a fault"), { code: "fault" });
      return token;
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    const cookies = new Map();
    const get = async (path) => {
      const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
      // The certificate is checked.
      const sent = send({ port: server.address().port, host: "localhost", path, ca: cert, headers: { cookie } });
      const [answer] = await once(sent.end(), "response");
      let body = "";
      for await (const chunk of answer) body += chunk;
      const own = (answer.headers["set-cookie"] ?? []).filter((line) => line.startsWith("__Host-session"));
      assert.equal(answer.headers["set-cookie"].length, own.length + 1, "the handler's own cookie is there as well");
      if (own.length > 0) assert.equal(answer.headers["cache-control"], "no-store");
      for (const line of own) {
        assert.match(line, /; Path=\/; HttpOnly; SameSite=Lax; Secure/);
        const [pair] = line.split(";");
        const equals = pair.indexOf("=");
        if (line.includes("Max-Age=0")) cookies.delete(pair.slice(0, equals));
        else cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
      }
      return [answer.statusCode, body, own.length];
    };
    assert.deepEqual(await get("/"), [401, "sign_in_needed", 0]);
    assert.deepEqual(await get("/sign-in"), [200, "A1", 1]);
    assert.deepEqual(await get("/"), [200, "A1", 0]);
    clock.seconds += 3600;
    assert.deepEqual(await get("/"), [200, "A2", 1]);
    clock.seconds += 3600;
    // An answer of the handler of errors has the new cookies too.
    assert.deepEqual(await get("/fault"), [401, "fault", 1]);
    assert.deepEqual(await get("/"), [200, "A3", 0]);
    assert.deepEqual([issuer.refreshes, issuer.reuses], [2, 0]);
    clock.seconds += 3600;
    issuer.answer = { status: 400, body: '{"error":"invalid_grant"}' };
    assert.deepEqual(await get("/"), [401, "sign_in_needed", 1]);
    assert.equal(cookies.size, 0);
    assert.deepEqual(await get("/"), [401, "sign_in_needed", 0]);
  });
}

test("nothing is stored once the headers are sent, and nothing is attached then", async (t) => {
  const seen = [];
  const server = createServer({ cert, key }, (request, response) => {
    const keeper = cookieKeeper(request);
    keeper.attach(response);
    response.flushHeaders();
    seen.push(keeper.canStore());
    try {
      cookieKeeper(request).attach(response);
    } catch (error) {
      seen.push(error.name);
    }
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const [answer] = await once(send({ port: server.address().port, host: "localhost", ca: cert }).end(), "response");
  answer.resume();
  await once(answer, "end");
  assert.deepEqual([seen, answer.headers["set-cookie"]], [[false, "TypeError"], undefined]);
  server.closeAllConnections();
});
