import Fastify from "fastify";
import type { Admitting, VerifiedToken } from "verijot";
import { guard, tokenOf } from "verijot/fastify";

import { holds, type Same } from "./same.js";

declare const client: Admitting;

const app = Fastify();
app.addHook("onRequest", guard(client));
app.addHook("preHandler", guard(client));
app.get("/orders", { onRequest: guard(client, { demand: { allScopes: ["orders:read"] } }) }, async (request) => {
  holds<Same<typeof request.token, VerifiedToken | undefined>>();
  return { subject: tokenOf(request).subject };
});
app.get<{ Params: { id: string } }>(
  "/orders/:id",
  { onRequest: [guard(client)] },
  async (request) => request.params.id,
);
app.register(async (inner) => {
  inner.addHook("onRequest", guard(client, { cookie: "session" }));
});

const http2 = Fastify({ http2: true });
http2.addHook("onRequest", guard(client));

// @ts-expect-error no such option
guard(client, { scopes: ["a"] });
