import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { JwksClient } from "verijot";
import { functions } from "../../dist/core/memory.js";
import { collectGarbage } from "../support/until.mjs";
import { KEYS_URL, POLICY, TestClock } from "./issuing.mjs";

function secret(number) {
  const k = createHmac("sha256", "test").update(String(number)).digest();
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const message = `${encode({ alg: "HS256", kid: `k${number}` })}.${encode({ iss: POLICY.issuer, aud: POLICY.audience, exp: 9e9 })}`;
  const token = `${message}.${createHmac("sha256", k).update(message).digest("base64url")}`;
  return { jwk: { kty: "oct", kid: `k${number}`, alg: "HS256", k: k.toString("base64url") }, token };
}

test("100,000 verifications with 1,000 rotations leave the module's memory as it was", async () => {
  const clock = new TestClock();
  let served = secret(0);
  const fetch = async () => Response.json({ keys: [served.jwk] });
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock, symmetricKeys: true, tokenCache: 50 });
  const octets = () => functions().memory.buffer.byteLength;
  let before = 0;
  for (let rotation = 0; rotation < 1000; rotation += 1) {
    served = secret(rotation);
    clock.elapsed += 60;
    await client.verify(served.token);
    for (let count = 0; count < 99; count += 1) await client.verify(served.token);
    if (rotation === 50) before = octets();
  }
  assert.equal(client.health().fetches.unknownKey, 999);
  assert.equal(octets(), before);
});

test(
  "clients that are dropped leave no memory",
  { skip: globalThis.gc === undefined && "needs --expose-gc" },
  async () => {
    const octets = () => functions().memory.buffer.byteLength;
    const { jwk } = secret(1);
    let before = 0;
    for (let count = 0; count < 3000; count += 1) {
      JwksClient.fromUrl(KEYS_URL, { ...POLICY, symmetricKeys: true, seed: { jwks: { keys: [jwk] } } });
      if (count % 100 === 0) await collectGarbage();
      if (count === 1000) before = octets();
    }
    assert.equal(octets(), before);
  },
);
