import { Hono } from "hono";
import type { Admitting, VerifiedToken } from "verijot";
import { guard } from "verijot/hono";

import { holds, type Same } from "./same.js";

declare const client: Admitting;

const app = new Hono();
app.get("/orders", guard(client, { demand: { anyScope: ["orders:read"] } }), (c) => {
  holds<Same<ReturnType<typeof of<typeof c.var>>, VerifiedToken>>();
  return c.json({ subject: c.get("token").subject });
});
app.get("/home", guard(client, { optional: true }), (c) => {
  // @ts-expect-error it may be missing
  c.get("token").subject;
  return c.json({ subject: c.var.token?.subject });
});
app.get("/open", (c) => {
  // @ts-expect-error no guard, no token
  c.get("token").subject;
  return c.text("open");
});

const guarded = new Hono().use(guard(client)).get("/", (c) => c.text(c.get("token").subject ?? "nobody"));
app.route("/guarded", guarded);

// @ts-expect-error no such option
guard(client, { scopes: ["a"] });

declare function of<V extends { token: unknown }>(variables: V): V["token"];
