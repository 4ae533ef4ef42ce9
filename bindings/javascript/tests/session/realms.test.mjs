// A page's or a test runner's own realm, where `fetch` is of another: its octets are of another Uint8Array.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { JwkSet, Verifier } from "verijot";
import { memoryKeeper, refreshWith, TokenSession } from "verijot/session";
import { ED25519, mint, TestIssuer } from "verijot/testing";

const OtherUint8Array = runInContext("Uint8Array", createContext());
const ofOther = (text) => OtherUint8Array.from(new TextEncoder().encode(text));

test("a refresh reads an answer whose octets are of another realm", async () => {
  const answer = { access_token: "A2", refresh_token: "R2", token_type: "Bearer", expires_in: 3600 };
  const fetch = async () => {
    const chunks = [ofOther(JSON.stringify(answer).slice(0, 20)), ofOther(JSON.stringify(answer).slice(20))];
    const read = async () => ({ done: chunks.length === 0, value: chunks.shift() });
    return { status: 200, body: { getReader: () => ({ read, cancel: async () => undefined }) } };
  };
  const refresh = refreshWith({ tokenEndpoint: "https://issuer.example/token", clientId: "web", fetch });
  const session = new TokenSession({ refresh, keeper: memoryKeeper() });
  await session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 0 });
  assert.equal(await session.accessToken(), "A2");
});

test("a payload to sign may be octets of another realm", async () => {
  const issuer = new TestIssuer({ audience: "a" });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const raw = await mint(ofOther(JSON.stringify({ sub: "alice", exp })), { key: ED25519 });
  const verifier = new Verifier({ issuer: null, audience: null });
  assert.equal((await verifier.verify(raw, JwkSet.from(issuer.jwks))).subject, "alice");
});
