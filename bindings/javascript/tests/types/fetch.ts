import { type Admitting, type GuardOptions, guardRequest, type VerifiedToken } from "verijot";

import { holds, type Same } from "./same.js";

declare const client: Admitting;
declare const request: Request;
declare const options: GuardOptions;

const token = await guardRequest(client)(request);
holds<Same<typeof token, VerifiedToken | Response>>();

const demanded = await guardRequest(client, { demand: { allScopes: ["a"] }, cookie: "session" })(request);
holds<Same<typeof demanded, VerifiedToken | Response>>();

const optional = await guardRequest(client, { optional: true })(request);
holds<Same<typeof optional, VerifiedToken | Response | undefined>>();

const unknown = await guardRequest(client, options)(request);
holds<Same<typeof unknown, VerifiedToken | Response | undefined>>();

// @ts-expect-error the response must be told apart first
token.subject;
// @ts-expect-error no such option
guardRequest(client, { scopes: ["a"] });
// @ts-expect-error no client
guardRequest({});
