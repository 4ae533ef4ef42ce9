import { createServer } from "node:http";

import express, { type Request } from "express";
import type { Admitting, VerifiedToken } from "verijot";
import { guard, tokenOf } from "verijot/express";

import { holds, type Same } from "./same.js";

declare const client: Admitting;

const app = express();
app.use(guard(client));
app.get("/orders", guard(client, { demand: { allScopes: ["orders:read"] } }), (request, response) => {
  holds<Same<typeof request.token, VerifiedToken | undefined>>();
  response.json({ subject: tokenOf(request).subject });
});
app.get("/orders/:id", guard(client), (request: Request<{ id: string }>, response) => {
  response.json({ id: request.params.id, subject: request.token?.subject });
});
express.Router().use("/admin", guard(client, { demand: { allRoles: { at: "roles", roles: ["admin"] } } }));
createServer((request, response) => guard(client)(request, response, () => response.end(tokenOf(request).subject)));

// @ts-expect-error no such option
guard(client, { scopes: ["a"] });
