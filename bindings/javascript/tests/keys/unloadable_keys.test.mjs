// Keys that the platform cannot load, and that several verifications notice at the same time.
import assert from "node:assert/strict";
import test from "node:test";
import { JwkSet } from "verijot";
import { LoadedKeys } from "../../dist/keys/loaded_keys.js";

const x = ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "eCnuJ09Ivw_9Cu2xTerUswfWylSE1MhbH8mC8GnPVVI"];
const jwk = (kid, index) => ({ kty: "OKP", crv: "Ed25519", alg: "EdDSA", kid, x: x[index] });
const EDDSA = 9;

/** The keys `a` and `b`, as verifications have them. */
function loadedKeys() {
  const set = JwkSet.from({ keys: [jwk("a", 0), jwk("b", 1)] });
  return { set, loaded: JwkSet.loadedOf(set) };
}

test("a key that two verifications cannot load is skipped once", () => {
  const { set, loaded } = loadedKeys();
  const [first] = loaded.keys;
  loaded.skip(first);
  loaded.skip(first);
  assert.deepEqual(
    set.keys.map(({ keyId }) => keyId),
    ["b"],
  );
  assert.deepEqual(
    set.skipped.map(({ keyId, reason }) => [keyId, reason]),
    [["a", "unsupported_algorithm"]],
  );
});

test("a key that was loading while another is skipped stays itself", async () => {
  const { loaded } = loadedKeys();
  const [first, second] = loaded.keys;
  const loading = loaded.load(second, EDDSA);
  loaded.skip(first);
  const key = await loading;
  assert.equal(loaded.keys.length, 1);
  assert.equal(loaded.keys[0], second);
  assert.equal(loaded.loaded(second, EDDSA), key);
  assert.equal(loaded.loaded(first, EDDSA), undefined);
});

test("keys that the core has dropped are none", () => {
  assert.deepEqual([new LoadedKeys(0).keys, new LoadedKeys(0).skipped], [[], []]);
});
