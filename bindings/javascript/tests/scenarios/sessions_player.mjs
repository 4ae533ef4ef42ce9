// Plays scenarios of sessions, on any host: TokenSession, clocks set by hand, and a server that a SessionsServer, or what
// stands for one, scripts.
import { check, eventually, expect, known, pause, realLimit } from "./playing.mjs";

/**
 * Plays one scenario.
 *
 * @param verijot the exports of verijot/session.
 * @param server the token endpoint and the service, already started.
 * @throws an error with the step at fault.
 */
export async function play(scenario, verijot, server) {
  known(scenario, ["settings", "steps"]);
  await new Player(scenario, verijot, server).play();
}

class Player {
  #scenario;
  #verijot;
  #server;
  #session;
  #wall = 0;
  #asleep = 0;
  #storage = "writable";
  #kept;
  #stored = null;
  #started = new Map();
  #number = 0;
  #underWay = 0;
  #sending = 0;

  constructor(scenario, verijot, server) {
    this.#scenario = scenario;
    this.#verijot = verijot;
    this.#server = server;
  }

  async play() {
    const { settings = {}, steps } = this.#scenario;
    const { refreshWith, TokenSession } = this.#verijot;
    const grant = refreshWith({ tokenEndpoint: `${this.#server.origin}/token`, clientId: "client" });
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
    return this.#server.endpoint(value);
  }

  api(value) {
    return this.#server.api(value);
  }

  storage(value) {
    check(["writable", "read_only", "broken"].includes(value), "storage");
    this.#storage = value;
  }

  async request(value) {
    const { url = `${this.#server.origin}/api`, times = 1, as } = known(value, SENDING);
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
    return this.#server.release();
  }

  asleep(seconds) {
    this.#wall += seconds;
    this.#asleep += seconds;
  }

  async refreshes(count) {
    await eventually("refreshes", async () => (await this.#refreshes()).length, count);
  }

  async refreshTokenSent(token) {
    await eventually(
      "refresh token",
      async () => new URLSearchParams((await this.#refreshes()).at(-1)?.body).getAll("refresh_token"),
      [token],
    );
  }

  async stored(value) {
    await eventually(
      "stored",
      () => this.#stored,
      value === null ? null : storedAs(known(value, ["access", "refresh"])),
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
      const { requests } = await this.#server.state();
      const seen = requests.filter((each) => each.headers["x-request"] === number);
      expect("sent", seen.map(bearer), sent);
    }
  }

  async #refreshes() {
    const { requests } = await this.#server.state();
    return requests.filter(({ path }) => path === "/token");
  }

  async #settle() {
    for (let calm = 0; calm < 3;) {
      await pause(2);
      const isRefreshing = Number((await this.#session.health()).isRefreshing);
      const { held } = await this.#server.state();
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

function storedAs({ access, refresh = null }) {
  return { access, refresh };
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

const START = 1_800_000_000;
