// The same small service in each framework: GET /subject behind guards, on a port of its own.
import { createServer } from "node:http";

import { serve } from "@hono/node-server";
import express5 from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import { guardRequest } from "verijot";
import * as express from "verijot/express";
import * as fastify from "verijot/fastify";
import * as hono from "verijot/hono";

/** Starts a service in each framework: `(client, [options of each guard, the outermost first])`. */
export const SERVICES = {
  hono: (client, guards) => {
    const app = new Hono();
    for (const options of guards.slice(0, -1)) app.use(hono.guard(client, options));
    app.get("/subject", hono.guard(client, guards.at(-1)), (c) => c.json({ subject: c.get("token")?.subject ?? null }));
    return listenFetch(app.fetch);
  },
  "express 5": (client, guards) => expressService(express5, client, guards),
  "express 4": (client, guards) => expressService(express4, client, guards),
  fastify: async (client, guards) => {
    const app = Fastify();
    for (const options of guards.slice(0, -1)) app.addHook("onRequest", fastify.guard(client, options));
    const onRequest = fastify.guard(client, guards.at(-1));
    app.get("/subject", { onRequest }, async (request) => ({ subject: request.token?.subject ?? null }));
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, close: () => app.close() };
  },
  fetch: (client, guards) => {
    const checks = guards.map((options) => guardRequest(client, options));
    return listenFetch(async (request) => {
      let token;
      for (const check of checks) {
        token = await check(request);
        if (token instanceof Response) return token;
      }
      return Response.json({ subject: token?.subject ?? null });
    });
  },
};

/** A server on a free port of this machine. */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => server.close(resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

/** A server for a handler of requests. */
export function listenFetch(fetch) {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      resolve({ url: `http://127.0.0.1:${port}`, close: () => new Promise((done) => server.close(done)) });
    });
  });
}

function expressService(framework, client, guards) {
  const app = framework();
  // Express prints errors unless it is told otherwise.
  app.set("env", "test");
  for (const options of guards.slice(0, -1)) app.use(express.guard(client, options));
  app.get("/subject", express.guard(client, guards.at(-1)), (request, response) => {
    response.json({ subject: request.token?.subject ?? null });
  });
  return listen(createServer(app));
}
