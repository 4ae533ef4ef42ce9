// The tables of one Node process, as JSON: server.mjs TABLE.
import process from "node:process";
import { ASYNC, REMEMBERED, SYNC } from "./libraries.mjs";
import { measureAsync, measureSync } from "./measure.mjs";
import { ALGORITHMS, claims, keys, signed } from "./tokens.mjs";

const now = Math.floor(Date.now() / 1000);
const all = keys();
const byName = (algorithm) => all.find((key) => key.algorithm === algorithm);

function made(libraries, key) {
  const functions = Object.entries(libraries).map(([name, make]) => [name, make(all, key)]);
  return functions.filter(([, verify]) => verify !== undefined);
}

async function table(libraries, measure, columns, options) {
  const rows = {};
  for (const [column, key, token] of columns) {
    for (const [name, time] of await measure(made(libraries, key), token, options)) (rows[name] ??= {})[column] = time;
  }
  return rows;
}

const good = ALGORITHMS.map((algorithm) => [algorithm, byName(algorithm), signed(byName(algorithm), claims(now))]);
const es256 = byName("ES256");
const refused = [
  ["expired, RS256", byName("RS256"), signed(byName("RS256"), claims(now, { exp: now - 3600 }))],
  ["wrong signature, ES256", es256, signed({ ...byName("ES256"), signer: () => es256.signer("other") }, claims(now))],
  ["malformed", es256, "eyJhbGciOiJFUzI1NiJ9.e30"],
];
const unknown = ["unknown kid", es256, signed(es256, claims(now), "unknown")];
const withoutKids = new Set(["fast-jwt", "jsonwebtoken"]);

const TABLES = {
  sync: () => table(SYNC, measureSync, good),
  async: () => table(ASYNC, measureAsync, good),
  remembered: () =>
    table(
      REMEMBERED,
      measureSync,
      good.filter(([name]) => ["HS256", "RS256", "ES256", "EdDSA"].includes(name)),
    ),
  refusedSync: async () => {
    const some = Object.fromEntries(Object.entries(SYNC).filter(([name]) => !name.includes("claims")));
    const rows = await table(some, measureSync, refused, { throws: true });
    const knowing = Object.fromEntries(Object.entries(some).filter(([name]) => !withoutKids.has(name)));
    const more = await table(knowing, measureSync, [unknown], { throws: true });
    for (const name of Object.keys(more)) Object.assign(rows[name], more[name]);
    return rows;
  },
  refusedAsync: () => table(ASYNC, measureAsync, [...refused, unknown], { throws: true }),
};
console.log(JSON.stringify(await TABLES[process.argv[2]]()));
