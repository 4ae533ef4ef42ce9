// A process that freezes what everybody shares, against changes of prototypes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = `
import { HostError } from "verijot";
import { memoryKeeper, RefreshFailedError, TokenSession } from "verijot/session";
for (const each of [Object, Function, Array, Error, TypeError, RangeError, Promise, Map, Set, Date, Uint8Array]) {
  Object.freeze(each);
  Object.freeze(each.prototype);
}
const refresh = () => { throw new RefreshFailedError(400, '{"error":"invalid_grant"}'); };
const session = new TokenSession({ refresh, keeper: memoryKeeper() });
await session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 0 });
console.log(await session.accessToken().catch(({ code }) => code));
console.log(new HostError("WebCrypto", "ES256", true).stack.split(":")[0]);
`;

test("errors are made where Error.prototype is frozen", () => {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", SCRIPT], { cwd, encoding: "utf8" });
  assert.deepEqual(printed.trim().split("\n"), ["sign_in_needed", "HostError"]);
});
