// A token endpoint on loopback that rotates refresh tokens: the second use of one revokes its family.
// Beside it a service that takes the access tokens.
import { refreshWith } from "verijot/session";
import { Server } from "../scenarios/sessions_server.mjs";

export class Issuer {
  refreshes = 0;
  reuses = 0;
  expiresIn = 3600;
  /** Milliseconds until an answer of the token endpoint is sent. */
  delay = 0;
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
    if (this.answer !== undefined) return this.answer;
    const known = this.#families.get(new URLSearchParams(request.body).get("refresh_token"));
    if (known?.isUsed === true) {
      this.reuses += 1;
      known.family.isRevoked = true;
    }
    const delay = this.delay;
    if (known === undefined || known.family.isRevoked) return { status: 400, body: '{"error":"invalid_grant"}', delay };
    known.isUsed = true;
    const { accessToken, refreshToken, expiresIn } = this.#issue(known.family);
    const document = {
      access_token: accessToken,
      token_type: "Bearer",
      refresh_token: refreshToken,
      expires_in: expiresIn,
    };
    return { status: 200, body: JSON.stringify(document), delay };
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

export function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
