/** An issuer for tests: it signs tokens and publishes its keys, in this process. */
import { ownOptions } from "../core/own.js";
import type { TestClock } from "./clock.js";
import { ED25519 } from "./fixed_keys.js";
import { mint, TOKEN_OPTIONS, type TokenOptions } from "./mint.js";
import { type IssuerAnswer, type IssuerRequest, JWKS_PATH, METADATA_PATHS, type Reply, responseTo } from "./replies.js";
import { type ServedIssuer, serve } from "./server.js";
import { type Jwk, SigningKey } from "./signing_key.js";

/** Options of {@link TestIssuer}. */
export interface TestIssuerOptions {
  /** Its name, `iss` of its tokens. `https://issuer.example`; {@link TestIssuer.serve} changes it to its address. */
  readonly issuer?: string;
  /** `aud` of its tokens, unless a token has another. */
  readonly audience?: string | readonly string[];
  /** The keys that it publishes; the last one signs. {@link ED25519}. */
  readonly keys?: readonly SigningKey[];
  /** The clock that its tokens' dates come from. The platform's. */
  readonly clock?: TestClock;
  /** Whether it publishes metadata (OpenID Connect Discovery, RFC 8414) too. True. */
  readonly metadata?: boolean;
}

/**
 * Signs tokens, publishes its keys and rotates them; a test can make it fail or be slow.
 *
 * ```ts
 * import { JwkSet, Verifier } from "verijot";
 * import { TestClock, TestIssuer } from "verijot/testing";
 *
 * const clock = new TestClock();
 * const issuer = new TestIssuer({ audience: "https://api.example", clock });
 * const verifier = new Verifier({ issuer: issuer.url, audience: "https://api.example" });
 * const raw = await issuer.token({ sub: "alice", scope: "orders:read" });
 * const token = await verifier.verify(raw, JwkSet.from(issuer.jwks), { now: clock.now() });
 * console.log(token.subject); // alice
 * ```
 */
export class TestIssuer {
  /** The keys that it publishes; the last one signs. */
  keys: SigningKey[];
  /** Headers of the answer with the keys, such as `Cache-Control`. */
  headers: Record<string, string> = {};
  /** Answers in place of the right ones, by path; that of `*` is for every other path. */
  readonly answers: Map<string, IssuerAnswer> = new Map();
  /** Every request to it, in order. */
  readonly requests: IssuerRequest[] = [];
  readonly #audience: string | readonly string[] | undefined;
  readonly #clock: TestClock | undefined;
  readonly #metadata: boolean;
  #url: string;

  constructor(options: TestIssuerOptions = {}) {
    const { issuer, audience, keys, clock, metadata } = ownOptions(options, ISSUER_OPTIONS);
    this.#url = issuer ?? "https://issuer.example";
    this.keys = [...(keys ?? [ED25519])];
    this.#audience = audience;
    this.#clock = clock;
    this.#metadata = metadata ?? true;
  }

  /** Its name, and where its metadata is. */
  get url(): string {
    return this.#url;
  }

  /** Where its keys are. */
  get jwksUrl(): string {
    return this.#url + JWKS_PATH;
  }

  /** Its keys as it publishes them (RFC 7517 §5). */
  get jwks(): { readonly keys: readonly Jwk[] } {
    return { keys: this.keys.map((key) => key.jwk) };
  }

  /** How often its keys have been fetched. */
  get fetches(): number {
    return this.requests.filter(({ path }) => path === JWKS_PATH).length;
  }

  /** Signs a token of this issuer; see {@link mint}. */
  async token(
    claims: Readonly<Record<string, unknown>> | string | Uint8Array = {},
    options: TokenOptions = {},
  ): Promise<string> {
    const given = ownOptions(options, TOKEN_OPTIONS);
    const key = given.key ?? this.keys.at(-1);
    if (key === undefined) throw new TypeError("the issuer has no key");
    return mint(claims, {
      issuer: this.#url,
      ...(this.#audience !== undefined && { audience: this.#audience }),
      ...(this.#clock !== undefined && { now: this.#clock.now() }),
      ...given,
      key,
    });
  }

  /**
   * Switches to another key, and returns it.
   *
   * @param next the key; a new fixed one without it.
   * @param options with `keep` it still publishes the previous keys.
   */
  async rotate(next?: SigningKey, { keep = false }: { readonly keep?: boolean } = {}): Promise<SigningKey> {
    const key = next ?? (await SigningKey.ed25519(`${this.keys.at(-1)?.keyId ?? "key"}-next`));
    this.keys = keep ? [...this.keys, key] : [key];
    return key;
  }

  /** Answers requests as the issuer's server does, without a network: for the option `fetch` of a client. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    return responseTo(this.reply(new URL(request.url).pathname, Object.fromEntries(request.headers)), request.signal);
  };

  /**
   * Serves it over HTTP on this machine, on a free port: on Node, Deno and Bun.
   *
   * @throws TypeError on a platform that cannot serve.
   */
  async serve(): Promise<ServedIssuer> {
    const server = await serve((path, headers) => this.reply(path, headers));
    this.#url = server.url;
    return server;
  }

  /**
   * Records a request, and returns the answer to it.
   *
   * @internal
   */
  reply(path: string, headers: Readonly<Record<string, string>>): Reply {
    this.requests.push({ path, headers });
    const answer = this.answers.get(path) ?? this.answers.get("*") ?? {};
    const right = this.#rightBody(path);
    return {
      status: answer.status ?? (right === undefined && answer.body === undefined ? 404 : 200),
      headers: { "content-type": "application/json", ...(path === JWKS_PATH && this.headers), ...answer.headers },
      body: new TextEncoder().encode(answer.body ?? right ?? ""),
      delay: answer.delay ?? 0,
      cutAfter: answer.cutAfter,
    };
  }

  #rightBody(path: string): string | undefined {
    if (path === JWKS_PATH) return JSON.stringify(this.jwks);
    if (!this.#metadata || !METADATA_PATHS.includes(path)) return undefined;
    return JSON.stringify({ issuer: this.#url, jwks_uri: this.jwksUrl });
  }
}

const ISSUER_OPTIONS = ["issuer", "audience", "keys", "clock", "metadata"] as const;
