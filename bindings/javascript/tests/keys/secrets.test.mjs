// The id of the secret that verified a token, whose header names none.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test from "node:test";
import { JwkSet, Verifier } from "verijot";

const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const PUBLIC = { kty: "OKP", crv: "Ed25519", alg: "EdDSA", kid: "public", x };
const secret = (kid) => ({ kty: "oct", kid, alg: "HS256", k: Buffer.alloc(32, kid).toString("base64url") });
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(kid, header = {}) {
  const message = `${encode({ alg: "HS256", ...header })}.${encode({ exp: 4_000_000_000 })}`;
  return `${message}.${createHmac("sha256", Buffer.alloc(32, kid)).update(message).digest("base64url")}`;
}

const verifier = new Verifier({ issuer: null, audience: null, symmetricKeys: true, algorithms: ["HS256", "EdDSA"] });

for (const kids of [["a"], ["a", "b"], ["a", "b", "c"]]) {
  test(`of ${kids.length} secrets the one that verified is named`, async () => {
    const set = JwkSet.from({ keys: [PUBLIC, ...kids.map(secret)] }, { symmetricKeys: true });
    for (const kid of kids) {
      assert.equal(verifier.verifySync(token(kid), set).keyId, kid);
      assert.equal((await verifier.verify(token(kid), set)).keyId, kid);
      assert.equal(verifier.verifySync(token(kid, { kid }), set).keyId, kid);
      assert.equal((await verifier.verifyJws(token(kid), set)).keyId, kid);
    }
    assert.throws(() => verifier.verifySync(token("x"), set), { code: "invalid_signature" });
  });
}

test("a secret without an id gives the header's", () => {
  const set = JwkSet.fromSecret(Buffer.alloc(32, "a"), { algorithms: ["HS256"] });
  assert.equal(verifier.verifySync(token("a"), set).keyId, undefined);
  assert.equal(verifier.verifySync(token("a", { kid: "named" }), set).keyId, "named");
});

test("the only secret may have been another's when there were two", () => {
  const set = JwkSet.from({ keys: [secret("a"), secret("b")] }, { symmetricKeys: true });
  JwkSet.loadedOf(set).skip(JwkSet.loadedOf(set).keys[0]);
  assert.equal(verifier.verifySync(token("b"), set).keyId, "b");
});
