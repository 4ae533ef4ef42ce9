// Plays the scenarios of guards over HTTP: node tests/scenarios/guards.mjs [FRAMEWORK…].
// Reads the folder that VERIJOT_SCENARIOS names, or testvectors/scenarios.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

import { InvalidDemandError } from "verijot";

import { clientOf, clientWithoutKeys } from "../support/client.mjs";
import { get } from "../support/http.mjs";
import { SERVICES } from "../support/services.mjs";

/** Plays every scenario in a framework; gives how many ran, and what failed. */
export async function playGuards(framework) {
  const failures = [];
  let ran = 0;
  for (const { fixtures, scenarios } of files()) {
    for (const scenario of scenarios) {
      ran += 1;
      for (const form of Object.keys(FORMS)) {
        try {
          await play(fixtures, scenario, framework, form);
        } catch (error) {
          failures.push(`${scenario.id} (${framework}, ${form}): ${error.message}`);
        }
      }
    }
  }
  return { ran, failures };
}

/** How an application may state the demands of a scenario. */
const FORMS = {
  document: (demand) => [JSON.stringify(demand)],
  options: (demand) => [Array.isArray(demand) ? demand.map(camelCase) : camelCase(demand)],
  guards: (demand, scenario) =>
    // Outer guards ask about revocation before inner ones demand anything.
    Array.isArray(demand) && demand.length > 1 && scenario.guard.revocation === undefined
      ? demand.map((each) => JSON.stringify(each))
      : [JSON.stringify(demand)],
};

async function play(fixtures, scenario, framework, form) {
  known(scenario, ["id", "title", "why", "refs", "guard", "headers", "answer", "setup_error"]);
  known(scenario.guard, [
    "place",
    "optional",
    "demand",
    "realm",
    "resource_metadata",
    "revocation",
    "keys_unavailable_for",
  ]);
  const { demand, realm, resource_metadata: resourceMetadata, optional } = scenario.guard;
  const shared = {
    ...place(scenario.guard.place),
    ...(realm !== undefined && { realm }),
    ...(resourceMetadata !== undefined && { resourceMetadata }),
    ...(optional && { optional }),
  };
  const demands = demand === undefined ? [undefined] : FORMS[form](demand, scenario);
  const guards = demands.map((each) => (each === undefined ? shared : { ...shared, demand: each }));
  let service;
  try {
    service = await SERVICES[framework](client(fixtures, scenario.guard), guards);
  } catch (error) {
    if (!(error instanceof InvalidDemandError)) throw error;
    return expect("setup", error.code, scenario.setup_error);
  }
  try {
    expect("setup", undefined, scenario.setup_error);
    const headers = scenario.headers.map(([name, value]) => [name, filled(value, fixtures.tokens)]);
    const response = await get(`${service.url}/subject`, headers);
    // The outer of two guards cannot name the scopes of the inner one.
    compare(response, scenario.answer, guards.length > 1 ? withoutScopes : (value) => value);
  } finally {
    await service.close();
  }
}

function compare(response, answer, comparable) {
  known(answer, ["status", "subject", "code", "headers", "body"]);
  expect("status", response.status, answer.status);
  expect("body", response.body, answer.body ?? JSON.stringify({ subject: answer.subject ?? null }));
  if (answer.code !== undefined && !response.body.includes(answer.code)) throw new Error(`body: ${response.body}`);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    const expected = value === null ? [] : [value];
    expect(name, JSON.stringify(response.headers(name).map(comparable)), JSON.stringify(expected.map(comparable)));
  }
}

function withoutScopes(challenge) {
  return challenge.replace(/, scope="[^"]*"/, "");
}

function client(fixtures, { revocation, keys_unavailable_for }) {
  if (keys_unavailable_for !== undefined) return clientWithoutKeys(keys_unavailable_for);
  const policy = { issuer: "https://issuer.example", audience: "https://api.example" };
  const options = revocation === undefined ? policy : { ...policy, revoked: revoked(revocation), revokedTimeout: 0.2 };
  return clientOf(fixtures.jwks, options, START);
}

/** One check of all, one after the other. */
function revoked(checks) {
  for (const check of checks) if (!(check in CHECKS)) throw new Error(`unknown check ${check}`);
  return async () => {
    for (const check of checks) if (await CHECKS[check]()) return true;
    return false;
  };
}

const CHECKS = {
  clear: () => false,
  revoked: () => true,
  unavailable: () => Promise.reject(new Error("no answer")),
  error: () => {
    throw new Error("a fault");
  },
  slow: () => new Promise(() => {}),
};

function place(given) {
  if (given === "authorization") return {};
  known(given, ["header", "cookie"]);
  return given;
}

function camelCase(demand) {
  const name = (each) => each.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());
  // An application states seconds as a number.
  const stated = (each, value) =>
    each === "max_authentication_age" && value !== "ten minutes" ? Number(value) : value;
  return Object.fromEntries(Object.entries(demand).map(([each, value]) => [name(each), stated(each, value)]));
}

function filled(value, tokens) {
  return value.replaceAll(/\{token:([^}]*)\}/g, (_, name) => {
    if (!Object.hasOwn(tokens, name)) throw new Error(`unknown token ${name}`);
    return tokens[name];
  });
}

function known(members, names) {
  for (const name of Object.keys(members)) if (!names.includes(name)) throw new Error(`unknown member ${name}`);
}

function expect(what, actual, expected) {
  if (actual !== expected) throw new Error(`${what}: ${actual} instead of ${expected}`);
}

function files() {
  const folder =
    process.env.VERIJOT_SCENARIOS ?? fileURLToPath(new URL("../../../../testvectors/scenarios", import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "schema.json");
  return names
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8")))
    .filter(({ kind }) => kind === "guards");
}

const START = 1_800_000_000;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const named = process.argv.slice(2);
  for (const framework of named.length > 0 ? named : Object.keys(SERVICES)) {
    const { ran, failures } = await playGuards(framework);
    for (const failure of failures) console.log(failure);
    const failed = new Set(failures.map((failure) => failure.split(" ")[0])).size;
    console.log(`${framework}: ran ${ran}, passed ${ran - failed}, failed ${failed}`);
    if (failed > 0 || ran === 0) process.exitCode = 1;
  }
}
