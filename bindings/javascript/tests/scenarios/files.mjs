// Files of scenarios (testvectors/scenarios/README.md), read in Node.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { check } from "./playing.mjs";

/** Every scenario of a kind, of the folder in VERIJOT_SCENARIOS or of this repository; VERIJOT_SCENARIO names one. */
export function scenariosOf(kind) {
  const folder = process.env.VERIJOT_SCENARIOS ?? HERE;
  const only = process.env.VERIJOT_SCENARIO;
  const names = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "schema.json");
  return names.sort().flatMap((name) => {
    const {
      schema,
      kind: found,
      fixtures,
      scenarios,
      ...others
    } = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
    check(schema === "verijot-scenarios-v1" && Object.keys(others).length === 0, `${name} is no file of scenarios`);
    check(KINDS.includes(found), `${name}: unknown kind ${found}`);
    if (found !== kind) return [];
    return scenarios
      .filter(({ id }) => only === undefined || id === only)
      .map((written) => ({ fixtures, ...described(written) }));
  });
}

/** A scenario without its description. */
export function described({ id, title, why, refs, ...scenario }) {
  check(
    [id, title, why, refs].every((member) => member !== undefined),
    `${id}: a description is missing`,
  );
  return { id, scenario };
}

const HERE = fileURLToPath(new URL("../../../../testvectors/scenarios", import.meta.url));
const KINDS = ["keys", "guards", "sessions"];
