// Plays scenarios of keys over time, on any host: JwksClients, clocks set by hand, and a server that a KeysServer, or
// what stands for one, scripts.
import { check, Clocks, eventually, expect, Failed, members, pause, realLimit } from "./playing.mjs";

/**
 * Plays one scenario.
 *
 * @param verijot the package's exports.
 * @param server the issuer, already started for these fixtures.
 * @throws Failed with the step at fault.
 */
export async function play(fixtures, written, verijot, server) {
  const scenario = members(written, SCENARIO);
  const player = new KeysPlayer(fixtures, scenario, verijot, server);
  if (scenario.setup_error === null) return player.play(scenario.steps);
  try {
    player.client("main");
  } catch (error) {
    return expect("setup", error.code, scenario.setup_error);
  }
  throw new Failed(`setup: ok instead of ${scenario.setup_error}`);
}

class KeysPlayer {
  #fixtures;
  #scenario;
  #verijot;
  #server;
  #clocks = new Clocks();
  #clients = new Map();
  #started = new Map();
  #underWay = 0;
  #problem;

  constructor(fixtures, scenario, verijot, server) {
    this.#fixtures = fixtures;
    this.#scenario = scenario;
    this.#verijot = verijot;
    this.#server = server;
  }

  async play(steps) {
    for (const [index, step] of steps.entries()) {
      const start = performance.now();
      try {
        await this.#step({ ...step });
        await this.#settle();
        check(performance.now() - start < LONGEST_STEP, "the step takes too long");
        check(this.#problem === undefined, this.#problem);
      } catch (error) {
        throw new Failed(`step ${index + 1} ${JSON.stringify(step)}: ${error.stack}`);
      }
    }
    expect("not joined", [...this.#started.keys()], []);
  }

  client(name) {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = this.#newClient();
      this.#clients.set(name, client);
    }
    return client;
  }

  async #step({ at, client = "main", ...actions }) {
    if (at !== undefined) {
      check(at >= this.#clocks.wall, "the clock cannot go back");
      this.#clocks.wall = at;
    }
    const names = Object.keys(actions);
    check(names.length === 1 && Object.hasOwn(ACTIONS, names[0]), `not one known action: ${names}`);
    await this[ACTIONS[names[0]]](actions[names[0]], client);
  }

  async asleep(seconds) {
    this.#clocks.wall += seconds;
    this.#clocks.asleep += seconds;
  }

  issuer(value) {
    return this.#server.issuer(value);
  }

  metadata(value) {
    return this.#server.metadata(value);
  }

  async release(value) {
    expect("release", value, true);
    await this.#server.release();
  }

  async verify(value, name) {
    const { token, times, ...verify } = members(value, {
      token: null,
      expect: null,
      retry_after: null,
      times: 1,
      as: null,
    });
    const client = this.client(name);
    check(Object.hasOwn(this.#fixtures.tokens, token), `no token ${token}`);
    const calls = Array.from({ length: times }, () => outcome(client.verify(this.#fixtures.tokens[token]), "accepted"));
    if (verify.as === null) return compare(calls, verify);
    expect("expect beside as", verify.expect, null);
    // Gives the call time to wait for a held answer, or for another call's fetch.
    await pause(50);
    this.#started.set(verify.as, calls);
  }

  async join(value) {
    const join = members(value, { expect: null, retry_after: null, as: null });
    const calls = this.#started.get(join.as);
    check(calls !== undefined, `nothing was started as ${join.as}`);
    this.#started.delete(join.as);
    await compare(calls, join);
  }

  async seed(value, name) {
    const { keys, age, sha256, ...seed } = members(value, { keys: [], age: 0, sha256: null, expect: null });
    const jwks = JSON.stringify({ keys: keys.map((key) => this.#fixtures.keys[key]) });
    const hashes = { right: await sha256Of(jwks), wrong: "0".repeat(64) };
    const hash = sha256 === null ? {} : { sha256: hashes[sha256] };
    let ended = "ok";
    try {
      this.client(name).seed({ jwks, fetchedAt: this.#clocks.now() - age, ...hash });
    } catch (error) {
      ended = error.code ?? error.stack;
    }
    expect("seed", ended, seed.expect);
  }

  /** Another process gets them as JSON; a forked child has the same keys. */
  async exportTo(other, name) {
    const snapshot = this.client(name).export();
    check(snapshot !== undefined, "nothing to export");
    this.client(other).seed(JSON.parse(JSON.stringify(snapshot)));
  }

  async purge(kid, name) {
    this.client(name).purge(kid);
  }

  async restore(kid, name) {
    check(this.client(name).restore(kid), "nothing to restore");
  }

  refreshNow(value, name) {
    return compare(
      [outcome(this.client(name).refreshNow(), "ok")],
      members(value, { expect: null, retry_after: null }),
    );
  }

  async restart(value, name) {
    expect("restart", value, true);
    this.#clients.delete(name);
  }

  fetches(count) {
    return eventually("fetches", async () => (await this.#paths()).filter((path) => !isMetadata(path)).length, count);
  }

  metadataFetches(count) {
    return eventually("metadata fetches", async () => (await this.#paths()).filter(isMetadata).length, count);
  }

  async health(value, name) {
    for (const member of Object.keys(value)) {
      check(Object.hasOwn(HEALTH, member), `unknown member ${member}`);
      await eventually(member, () => this.client(name).health()[HEALTH[member]], value[member]);
    }
  }

  async #settle() {
    for (let calm = 0; calm < 3;) {
      await pause(2);
      const { held } = await this.#server.state();
      const clients = [...this.#clients.values()];
      const fetching = clients.filter((client) => client.health().isFetching).length;
      calm = fetching <= held && this.#underWay <= held ? calm + 1 : 0;
    }
  }

  #newClient() {
    const options = {
      audience: "https://api.example",
      clock: this.#clocks,
      fetch: async (url, init) => {
        this.#underWay += 1;
        try {
          return await fetch(this.#onLoopback(url), init);
        } finally {
          this.#underWay -= 1;
        }
      },
    };
    for (const [name, value] of Object.entries(this.#scenario.settings))
      options[SETTINGS.get(name) ?? camel(name)] = name === "fetch_timeout" ? realLimit(value, this.#scenario) : value;
    const [[kind, place], ...others] = Object.entries(this.#scenario.source);
    expect("other sources", others, []);
    const at = place.replaceAll("{origin}", this.#server.origin);
    const policy = { policy: { issuers: ["https://issuer.example"], audiences: [options.audience] } };
    const { JwksClient } = this.#verijot;
    if (kind === "jwks_url") return JwksClient.fromUrl(at, { issuer: "https://issuer.example", ...options });
    expect("source", kind, "issuer");
    // The tokens' issuer is another than the server.
    const { audience: _, maxJwksOctets, maxJwksKeys, ...others_ } = options;
    const limits = {
      limits: { ...(maxJwksOctets && { jwks_octets: maxJwksOctets }), ...(maxJwksKeys && { jwks_keys: maxJwksKeys }) },
    };
    return JwksClient.fromIssuer(at, { policy: { ...policy.policy, ...limits }, ...others_ });
  }

  #onLoopback(url) {
    const { hostname, pathname } = new URL(url);
    if (hostname.endsWith(".example")) return this.#server.origin + pathname;
    if (!url.startsWith(`${this.#server.origin}/`)) this.#problem = `a request to ${url}`;
    check(this.#problem === undefined, this.#problem);
    return url;
  }

  async #paths() {
    return (await this.#server.state()).paths;
  }
}

async function outcome(call, success) {
  try {
    await call;
    return { ended: success, retryAfter: null };
  } catch (error) {
    return { ended: error.code ?? error.stack, retryAfter: error.retryAfter ?? null };
  }
}

async function compare(calls, expected) {
  for (const { ended, retryAfter } of await Promise.all(calls)) {
    expect("outcome", ended, expected.expect);
    if (expected.retry_after !== null) expect("retry after", retryAfter, expected.retry_after);
  }
}

async function sha256Of(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function isMetadata(path) {
  return path.includes("/.well-known/") && !path.endsWith("/jwks.json");
}

function camel(name) {
  return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}

const LONGEST_STEP = 60_000;

const SCENARIO = {
  // The package can do everything.
  requires: [],
  settings: {},
  source: { jwks_url: "{origin}/keys" },
  deployment: null,
  loop_each_call: false,
  setup_error: null,
  steps: [],
};

const ACTIONS = {
  asleep: "asleep",
  issuer: "issuer",
  metadata: "metadata",
  release: "release",
  verify: "verify",
  join: "join",
  seed: "seed",
  export_to: "exportTo",
  fork_to: "exportTo",
  purge: "purge",
  restore: "restore",
  refresh_now: "refreshNow",
  restart: "restart",
  fetches: "fetches",
  metadata_fetches: "metadataFetches",
  health: "health",
};

const HEALTH = {
  usable_keys: "usableKeys",
  is_fresh: "isFresh",
  is_seed: "isSeed",
  is_fetching: "isFetching",
  failures: "failures",
  purged: "purged",
};

/** Settings whose option is not named alike. */
const SETTINGS = new Map([
  ["max_octets", "maxJwksOctets"],
  ["max_keys", "maxJwksKeys"],
]);
