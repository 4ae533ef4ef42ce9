// A token endpoint on loopback that rotates refresh tokens: the second use of one revokes its family.
// Beside it a service that takes the access tokens.
import { refreshWith } from "verijot/session";
import { Server } from "../scenarios/sessions_server.mjs";
import { until } from "../support/until.mjs";

export class Issuer {
  refreshes = 0;
  reuses = 0;
  expiresIn = 3600;
  /** Whether answers of the token endpoint wait for `release`. */
  isHolding = false;
  /** In place of the token endpoint's answer. */
  answer;
  /** Answers by path, in place of the service's. */
  routes = {};
  padding = "";
  #families = new Map();
  #access = new Map();
  #next = 0;

  static async start(test) {
    const issuer = new Issuer();
    issuer.server = await Server.start((request) => issuer.#respond(request));
    issuer.origin = issuer.server.origin;
    test.after(() => issuer.server.close());
    return issuer;
  }

  /** A new family's tokens. */
  signIn() {
    return this.#issue({ isRevoked: false });
  }

  /** A `refresh` for its token endpoint. */
  refresh(options = {}) {
    return refreshWith({ tokenEndpoint: `${this.origin}/token`, clientId: "client", ...options });
  }

  /** The access token is refused from now on. */
  revoke(accessToken) {
    this.#access.delete(accessToken);
  }

  /** Waits until that many requests for tokens wait for their answer. */
  async holds(count) {
    await until(() => this.server.held === count, `${count} held`);
  }

  /** Sends the answers that are held, and those to come at once. */
  release() {
    this.isHolding = false;
    this.server.release();
  }

  /** What the service has seen. */
  seen(path = "/api") {
    return this.server.requests.filter((request) => request.path === path);
  }

  #issue(family) {
    this.#next += 1;
    const accessToken = `A${this.#next}${this.padding}`;
    const refreshToken = `R${this.#next}`;
    this.#families.set(refreshToken, { family, isUsed: false });
    this.#access.set(accessToken, family);
    return { accessToken, refreshToken, expiresIn: this.expiresIn };
  }

  #respond(request) {
    if (request.path === "/token") return this.#token(request);
    const route = this.routes[request.path];
    if (route !== undefined) return typeof route === "function" ? route(request) : route;
    const family = this.#access.get((request.headers.authorization ?? "").replace("Bearer ", ""));
    return family !== undefined && !family.isRevoked ? { status: 200, body: request.body } : { status: 401 };
  }

  #token(request) {
    this.refreshes += 1;
    const hold = this.isHolding;
    if (this.answer !== undefined) return { ...this.answer, hold };
    const known = this.#families.get(new URLSearchParams(request.body).get("refresh_token"));
    if (known?.isUsed === true) {
      this.reuses += 1;
      known.family.isRevoked = true;
    }
    if (known === undefined || known.family.isRevoked) return { status: 400, body: '{"error":"invalid_grant"}', hold };
    known.isUsed = true;
    const { accessToken, refreshToken, expiresIn } = this.#issue(known.family);
    const document = {
      access_token: accessToken,
      token_type: "Bearer",
      refresh_token: refreshToken,
      expires_in: expiresIn,
    };
    return { status: 200, body: JSON.stringify(document), hold };
  }
}

/** Clocks that are set by hand. */
export class Clock {
  seconds = 1_800_000_000;
  now = () => this.seconds;
  monotonic = () => this.seconds - 1_700_000_000;
}

/** The code of what a promise is rejected with. */
export async function codeOf(promise) {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error.code ?? error.name;
  }
}
