// An issuer for development: anyone who asks is signed in, without a password. NOT FOR PRODUCTION; it listens
// on loopback alone.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { Keys } from "./keys.mjs";
import { users } from "./users.mjs";

export class Issuer {
  keys = new Keys();
  /** Seconds until tokens expire. */
  lifetime = 300;
  /** Milliseconds until the token endpoint answers. */
  delay = 0;
  #settings;
  #server;
  #counts = {};
  /** Codes that can be used once, with what their tokens must fit. */
  #codes = new Map();
  /** The family of each refresh token; in it the newest is the only one that is good. */
  #families = new Map();

  /** @param settings those of the service, its only client. */
  constructor(settings) {
    this.#settings = settings;
  }

  /** Listens at the URL of `settings.issuer`. */
  async start() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    const { hostname, port } = new URL(this.#settings.issuer);
    await new Promise((done, fail) => this.#server.on("error", fail).listen(Number(port), hostname, done));
  }

  /** Goes down; keys and sessions are kept. */
  async stop() {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** The requests by path since the last call. */
  takeCounts() {
    const counts = this.#counts;
    this.#counts = {};
    return counts;
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.#settings.issuer);
    this.#counts[url.pathname] = (this.#counts[url.pathname] ?? 0) + 1;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const {
      status = 200,
      headers = {},
      body = "",
    } = await this.#answer(`${request.method} ${url.pathname}`, url.searchParams, form);
    const isText = typeof body === "string";
    const type = isText ? "text/html; charset=utf-8" : "application/json";
    response.writeHead(status, { "content-type": type, ...headers });
    response.end(isText ? body : JSON.stringify(body));
  }

  async #answer(target, query, form) {
    switch (target) {
      case "GET /.well-known/openid-configuration":
        return { body: this.#metadata() };
      case "GET /jwks.json":
        return { body: this.keys.set };
      case "GET /authorize":
        return this.#signInForm(query);
      case "POST /authorize":
        return this.#authorize(query, form);
      case "POST /token":
        await new Promise((done) => setTimeout(done, this.delay));
        return { ...this.#token(form), headers: { "cache-control": "no-store" } };
      case "POST /revoke":
        this.#revoke(form.get("token"));
        return {};
      default:
        return { status: 404 };
    }
  }

  #metadata() {
    const { issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint } = this.#settings;
    return {
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: tokenEndpoint,
      revocation_endpoint: revocationEndpoint,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    };
  }

  #isOfClient(query) {
    const isOfClient =
      query.get("client_id") === this.#settings.clientId && query.get("redirect_uri") === this.#redirectUri;
    return isOfClient && query.get("response_type") === "code" && query.get("code_challenge_method") === "S256";
  }

  get #redirectUri() {
    return `${this.#settings.origin}/sign-in/callback`;
  }

  /** The form is sent to its own URL, with the query. */
  #signInForm(query) {
    if (!this.#isOfClient(query)) return { status: 400, body: "unknown client" };
    const buttons = [...users.keys()].map((name) => `<button name="user" value="${name}">${name}</button>`);
    return {
      body: `<!doctype html><title>Development sign-in</title><link rel="icon" href="data:,"><form method="post">Who are you? ${buttons.join(" ")}</form>`,
    };
  }

  #authorize(query, form) {
    const user = form.get("user");
    if (!this.#isOfClient(query) || !users.has(user)) return { status: 400, body: "unknown client or user" };
    const code = secret();
    this.#codes.set(code, { user, nonce: query.get("nonce"), challenge: query.get("code_challenge") });
    const location = `${this.#redirectUri}?${new URLSearchParams({ code, state: query.get("state") ?? "" })}`;
    return { status: 303, headers: { location } };
  }

  #token(form) {
    if (form.get("client_id") !== this.#settings.clientId) return refusal("invalid_client");
    switch (form.get("grant_type")) {
      case "authorization_code":
        return this.#redeem(form);
      case "refresh_token":
        return this.#refresh(form.get("refresh_token"));
      default:
        return refusal("unsupported_grant_type");
    }
  }

  #redeem(form) {
    const code = this.#codes.get(form.get("code"));
    this.#codes.delete(form.get("code"));
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isGood = code?.challenge === challenge && form.get("redirect_uri") === this.#redirectUri;
    return isGood ? this.#issue({ user: code.user, nonce: code.nonce, newest: undefined }) : refusal("invalid_grant");
  }

  /** Each refresh token is good once. One that comes again was stolen, so its family ends (RFC 9700 §4.14.2). */
  #refresh(token) {
    const family = this.#families.get(token);
    if (family === undefined) return refusal("invalid_grant");
    if (family.newest === token) return this.#issue(family);
    this.#revoke(token);
    return refusal("invalid_grant");
  }

  #revoke(token) {
    const family = this.#families.get(token);
    if (family !== undefined) family.newest = undefined;
  }

  #issue(family) {
    const { issuer, audience, clientId } = this.#settings;
    const { user, nonce } = family;
    const { name, organizations } = users.get(user);
    const iat = Math.floor(Date.now() / 1000);
    const shared = { iss: issuer, sub: user, iat, exp: iat + this.lifetime };
    family.newest = secret();
    this.#families.set(family.newest, family);
    const body = {
      access_token: this.keys.sign("at+jwt", {
        ...shared,
        aud: audience,
        client_id: clientId,
        jti: secret(),
        organizations,
      }),
      token_type: "Bearer",
      expires_in: this.lifetime,
      refresh_token: family.newest,
      id_token: this.keys.sign("JWT", { ...shared, aud: clientId, nonce, name }),
    };
    return { body };
  }
}

function refusal(error) {
  return { status: 400, body: { error } };
}

function secret() {
  return randomBytes(32).toString("base64url");
}
