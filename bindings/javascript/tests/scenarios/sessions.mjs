// Scenarios of sessions: TokenSession, a scripted token endpoint and a scripted service.
//
// node tests/scenarios/sessions.mjs plays those of VERIJOT_SCENARIOS, or of the repository.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { refreshWith, TokenSession } from "verijot/session";
import { realLimit } from "./playing.mjs";
import { Server } from "./sessions_server.mjs";

/** Plays every scenario of sessions in a folder. */
export async function playAll(folder) {
  const results = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".json") || file === "schema.json") continue;
    const { schema, kind, scenarios } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    if (schema !== "verijot-scenarios-v1") throw new Error(`${file} has an unknown schema`);
    if (kind !== "sessions") continue;
    results.push(...(await Promise.all(scenarios.map(play))));
  }
  return results;
}

export const FOLDER =
  process.env.VERIJOT_SCENARIOS ?? fileURLToPath(new URL("../../../../testvectors/scenarios", import.meta.url));

async function play(scenario) {
  const player = new Player(scenario);
  try {
    known(scenario, ["id", "title", "why", "refs", "settings", "steps"]);
    await player.play();
    return { id: scenario.id };
  } catch (error) {
    return { id: scenario.id, problem: error.message };
  } finally {
    player.server?.close();
  }
}

class Player {
  #scenario;
  #session;
  #wall = 0;
  #asleep = 0;
  #endpoint = {};
  #api = { accepts: [] };
  #storage = "writable";
  #kept;
  #stored = null;
  #started = new Map();
  #number = 0;
  #underWay = 0;
  #sending = 0;

  constructor(scenario) {
    this.#scenario = scenario;
  }

  async play() {
    const { settings = {}, steps } = this.#scenario;
    this.server = await Server.start((request) => this.#answer(request));
    const grant = refreshWith({ tokenEndpoint: `${this.server.origin}/token`, clientId: "client" });
    this.#session = new TokenSession({
      refresh: async (token, context) => {
        this.#underWay += 1;
        try {
          return await grant(token, context);
        } finally {
          this.#underWay -= 1;
        }
      },
      keeper: this.#keeper(),
      settings: settingsOf(settings, this.#scenario),
      fetch: async (...request) => {
        this.#sending += 1;
        try {
          return await fetch(...request);
        } finally {
          this.#sending -= 1;
        }
      },
      clock: { now: () => START + this.#wall, monotonic: () => 1000 + this.#wall - this.#asleep },
    });
    for (const [index, { at, ...step }] of steps.entries()) {
      const start = performance.now();
      try {
        if (at !== undefined) this.#wall = at;
        const [[action, value], ...others] = Object.entries(step);
        check(others.length === 0 && Object.hasOwn(ACTIONS, action), `unknown action in ${JSON.stringify(step)}`);
        await this[ACTIONS[action]](value);
        await this.#settle();
        check(performance.now() - start < 60_000, "the step takes too long");
      } catch (error) {
        throw new Error(`step ${index + 1} ${JSON.stringify(step).slice(0, 300)}: ${error.stack}`);
      }
    }
    check(this.#started.size === 0, "not joined");
  }

  async signIn(value) {
    await this.#session.signIn(tokens(known(value, ["access", "refresh", "expires_in"])));
  }

  async resume(value) {
    const { age = 0, ...issued } = known(value, ["access", "refresh", "expires_in", "age"]);
    this.#keep({ ...tokens(issued), issuedAt: START + this.#wall - age });
    await this.#session.reload();
  }

  async signOut(value) {
    check(value === true, "sign_out");
    await this.#session.signOut();
  }

  endpoint(value) {
    this.#endpoint = known(value, [
      "status",
      "headers",
      "access",
      "refresh",
      "expires_in",
      "error",
      "body",
      "body_base64",
      "fault",
      "hold",
    ]);
  }

  api(value) {
    this.#api = { accepts: [], ...known(value, ["accepts", "status"]) };
  }

  storage(value) {
    check(["writable", "read_only", "broken"].includes(value), "storage");
    this.#storage = value;
  }

  async request(value) {
    const { url = `${this.server.origin}/api`, times = 1, as } = known(value, SENDING);
    const started = [];
    for (let count = 0; count < times; count += 1) {
      this.#number += 1;
      const number = String(this.#number);
      started.push({ number, outcome: this.#send(url, number) });
    }
    if (as === undefined) {
      await this.#check(started, value);
    } else {
      this.#started.set(as, started);
    }
  }

  async join(value) {
    const { as } = known(value, SENDING);
    const started = this.#started.get(as);
    check(started !== undefined, `nothing was started as ${as}`);
    this.#started.delete(as);
    await this.#check(started, value);
  }

  release(value) {
    check(value === true, "release");
    this.server.release();
  }

  asleep(seconds) {
    this.#wall += seconds;
    this.#asleep += seconds;
  }

  async refreshes(count) {
    await eventually("refreshes", () => this.#refreshes().length, count);
  }

  async refreshTokenSent(token) {
    await eventually(
      "refresh token",
      () => new URLSearchParams(this.#refreshes().at(-1)?.body).getAll("refresh_token"),
      [token],
    );
  }

  async stored(value) {
    await eventually(
      "stored",
      () => this.#stored,
      value === null ? null : { access: undefined, refresh: null, ...value },
    );
  }

  async health(value) {
    const names = { signed_in: "isSignedIn", is_valid: "isValid", is_refreshing: "isRefreshing", failures: "failures" };
    for (const [name, expected] of Object.entries(known(value, Object.keys(names)))) {
      await eventually(name, async () => (await this.#session.health())[names[name]], expected);
    }
  }

  #keeper() {
    return {
      load: () => this.#kept,
      store: async (tokens) => {
        if (this.#storage === "broken") throw new Error("the disk is full");
        this.#keep(tokens);
      },
      remove: () => {
        this.#kept = undefined;
      },
      canStore: () => this.#storage !== "read_only",
    };
  }

  #keep(tokens) {
    this.#kept = tokens;
    this.#stored = { access: tokens.accessToken, refresh: tokens.refreshToken ?? null };
  }

  async #send(url, number) {
    try {
      const response = await this.#session.fetch(url, { headers: { "x-request": number } });
      await response.arrayBuffer();
      return { status: response.status };
    } catch (error) {
      return {
        error: error.code === "refresh_unavailable" ? "unavailable" : (error.code ?? "no_answer"),
        retry_after: error.retryAfter,
      };
    }
  }

  async #check(started, { status, error, retry_after, sent = [] }) {
    for (const { number, outcome } of started) {
      const actual = await outcome;
      expect("answer", [actual.status, actual.error], [status, error]);
      if (retry_after !== undefined) expect("retry after", actual.retry_after, retry_after);
      const seen = this.server.requests.filter((each) => each.headers["x-request"] === number);
      expect("sent", seen.map(bearer), sent);
    }
  }

  #refreshes() {
    return this.server.requests.filter(({ path }) => path === "/token");
  }

  #answer(request) {
    if (request.path === "/api") {
      return { status: this.#api.accepts.includes(bearer(request)) ? (this.#api.status ?? 200) : 401 };
    }
    const {
      status = 200,
      headers = {},
      access,
      refresh,
      expires_in,
      error,
      body,
      body_base64,
      fault,
      hold,
    } = this.#endpoint;
    const token_type = access === undefined ? undefined : "Bearer";
    const document = { access_token: access, token_type, refresh_token: refresh, expires_in, error };
    const octets = body_base64 === undefined ? (body ?? JSON.stringify(document)) : Buffer.from(body_base64, "base64");
    const lines = Object.entries(headers).map(([name, value]) => [
      name,
      value.replaceAll("{origin}", this.server.origin),
    ]);
    return { status, headers: Object.fromEntries(lines), body: octets, fault, hold };
  }

  async #settle() {
    for (let calm = 0; calm < 3;) {
      await pause(2);
      const isRefreshing = Number((await this.#session.health()).isRefreshing);
      const { held } = this.server;
      const isCalm = this.#sending === 0 && isRefreshing <= held && this.#underWay <= held;
      calm = isCalm ? calm + 1 : 0;
    }
  }
}

/** The method of each action. */
const ACTIONS = {
  sign_in: "signIn",
  resume: "resume",
  sign_out: "signOut",
  endpoint: "endpoint",
  api: "api",
  storage: "storage",
  request: "request",
  join: "join",
  release: "release",
  asleep: "asleep",
  refreshes: "refreshes",
  refresh_token_sent: "refreshTokenSent",
  stored: "stored",
  health: "health",
};

const SETTINGS = ["skew", "unauthorized_rest", "shortest_rest", "longest_rest", "refresh_timeout"];

const SENDING = ["url", "status", "error", "retry_after", "sent", "times", "as"];

function tokens({ access, refresh, expires_in }) {
  return { accessToken: access, refreshToken: refresh ?? undefined, expiresIn: expires_in ?? undefined };
}

function bearer({ headers }) {
  return (headers.authorization ?? "").replace(/^Bearer /, "");
}

function settingsOf(settings, scenario) {
  const entries = Object.entries(known(settings, SETTINGS));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()),
      name === "refresh_timeout" ? realLimit(value, scenario) : value,
    ]),
  );
}

function known(value, names) {
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  check(unknown.length === 0, `unknown members ${unknown}`);
  return value;
}

function check(isRight, problem) {
  if (!isRight) throw new Error(problem);
}

function expect(what, actual, expected) {
  check(
    isDeepStrictEqual(actual, expected),
    `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`,
  );
}

async function eventually(what, actual, expected) {
  const deadline = performance.now() + 30_000;
  while (!isDeepStrictEqual(await actual(), expected) && performance.now() < deadline) await pause(2);
  expect(what, await actual(), expected);
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

const START = 1_800_000_000;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const results = await playAll(FOLDER);
  const failed = results.filter(({ problem }) => problem !== undefined);
  for (const { id, problem } of failed) console.log(`${id}: ${problem}`);
  console.log(`ran ${results.length}, passed ${results.length - failed.length}, failed ${failed.length}`);
  if (failed.length > 0 || results.length === 0) process.exitCode = 1;
}
