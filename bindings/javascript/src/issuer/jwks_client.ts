/** Verifies the tokens of an issuer, and fetches its keys. */
import { type Instant, instant, type Time } from "../core/instant.js";
import { ownOptions } from "../core/own.js";
import { UnknownKeyError, VerificationError } from "../errors/index.js";
import { JwkSet } from "../keys/jwk_set.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import { presetClient, type PresetOptions } from "../preset.js";
import { type Explanation } from "../token/explanation.js";
import { intoSync, type StandardSchema } from "../token/schema.js";
import { type EncodedToken, fixed } from "../token/verification.js";
import type { VerifiedToken } from "../token/verified_token.js";
import {
  type ClaimsOf,
  finish,
  type PolicyDocument,
  Verifier,
  type VerifierOptions,
  type VerifyOptions,
  type Verifying,
} from "../verifier.js";
import { checkedClock, type ClientOptions, splitOptions } from "./client_options.js";
import { type Clock, Clocks } from "./clock.js";
import { CoreIssuer } from "./core_issuer.js";
import { FetchedKeys } from "./fetched_keys.js";
import { FixedKeys } from "./fixed_keys.js";
import { IssuerKeys } from "./issuer_keys.js";
import type { Health } from "./health.js";
import type { Keys } from "./keys.js";
import { fixedSeed, type Seed, type Snapshot } from "./snapshot.js";

/** The policy of an issuer's client, without the issuer; or a policy's document. */
export type IssuerOptions = (Omit<VerifierOptions, "issuer"> | PolicyDocument) & ClientOptions;

/** The policy of a client for keys at a URL, with the issuer; or a policy's document. */
export type UrlOptions = (VerifierOptions | PolicyDocument) & ClientOptions;

/** What a provider's client does beside its preset, which decides the policy and where the keys are. */
export type ProviderOptions = Omit<PolicyDocument, "policy"> & Omit<ClientOptions, "purposes" | "certificates">;

/** The policy of a client that fetches nothing. */
export type FixedOptions = (VerifierOptions | PolicyDocument) & { readonly clock?: Clock };

/**
 * Verifies the tokens of one issuer, and fetches its keys. Make it once and share it, between all requests of a
 * process or isolate.
 *
 * ```ts
 * import { JwksClient } from "verijot";
 * const client = JwksClient.fromIssuer("https://issuer.example", { audience: "https://api.example" });
 * await client.verify("no token").catch((error) => console.log(error.code)); // malformed_token
 * ```
 */
export class JwksClient {
  /** The verifier with the policy. */
  readonly verifier: Verifier;
  /** The keys, for {@link JwksClient.fromKeys}: other clients with other policies share them and their fetches. */
  readonly keys: IssuerKeys;
  readonly #keys: Keys;
  readonly #clocks: Clocks;

  private constructor(verifier: Verifier, keys: Keys, clocks: Clocks, shared?: IssuerKeys) {
    this.verifier = verifier;
    this.keys = shared ?? new IssuerKeys({ keys, clocks });
    this.#keys = keys;
    this.#clocks = clocks;
  }

  /**
   * Makes a client that finds the keys through the issuer's metadata: that of OpenID Connect Discovery or, if
   * missing, of RFC 8414, which must name exactly this issuer. Without metadata it fetches
   * `/.well-known/jwks.json`, unless `discoveryOnly` is true. Nothing is fetched before the first token.
   *
   * @throws InvalidKeySourceError if the issuer is not a URL that is allowed, or for an unknown option;
   *   InvalidPolicyError as {@link Verifier} does; InvalidJwksError for a seed that cannot be used.
   */
  static fromIssuer(issuer: string, options: IssuerOptions): JwksClient {
    const from = String(issuer);
    return JwksClient.#fetching([["issuer", from]], options, from);
  }

  /**
   * Makes a client for keys at one URL, with https or on the loopback interface. The policy should name the
   * issuer of the keys.
   *
   * @throws as {@link JwksClient.fromIssuer} does.
   */
  static fromUrl(url: string, options: UrlOptions): JwksClient {
    return JwksClient.#fetching([["url", String(url)]], options);
  }

  /**
   * Makes a client for keys that it never fetches, such as those that a deployment has baked in; or for the keys of
   * another client, by a policy of its own, such as for ID tokens beside access tokens.
   *
   * The keys of another client are fetched once for both, and read as the other's policy says (`symmetricKeys`,
   * `maxJwksOctets`, `maxJwksKeys`). Its clock is used. `purge`, `refreshNow`, `seed` and `close` of one client are
   * for all that share the keys.
   *
   * ```ts
   * import { JwksClient } from "verijot";
   * const issuer = "https://issuer.example";
   * const accessTokens = JwksClient.fromIssuer(issuer, { audience: "https://api.example", types: ["at+jwt"] });
   * const idTokens = JwksClient.fromKeys(accessTokens.keys, { issuer, audience: "client", types: ["JWT"] });
   * ```
   *
   * @throws InvalidPolicyError as {@link Verifier} does.
   */
  static fromKeys(keys: JwkSet, options: FixedOptions): JwksClient;
  static fromKeys(keys: JwkSet | IssuerKeys, options: VerifierOptions | PolicyDocument): JwksClient;
  static fromKeys(keys: JwkSet | IssuerKeys, options: FixedOptions): JwksClient {
    const held = IssuerKeys.heldBy(keys);
    if (held !== undefined) {
      return new JwksClient(new Verifier(options), held.keys, held.clocks, keys as IssuerKeys);
    }
    if (!(keys instanceof JwkSet)) throw new TypeError(NO_KEYS_GIVEN);
    // Without a prototype, whose members do not count.
    const { clock, ...policy } = Object.assign(Object.create(null) as object, options);
    const verifier = new Verifier(policy as VerifierOptions);
    return new JwksClient(verifier, new FixedKeys(keys), new Clocks(checkedClock(clock)));
  }

  /**
   * Makes a client for the tokens of a well-known provider, by its preset (`core/guide/providers.md`). ID tokens and
   * those of load balancers have verifiers of their own: see `preset`.
   *
   * ```ts
   * import { JwksClient } from "verijot";
   * const client = JwksClient.forProvider("cognito:eu-west-1_AbCdEf123", { client_ids: ["web", "mobile"] });
   * await client.verify("no token").catch((error) => console.log(error.code)); // malformed_token
   * ```
   *
   * @throws InvalidPolicyError as `preset` does, and if the tokens are not for a policy; InvalidKeySourceError
   *   if the caller has the keys; otherwise as {@link JwksClient.fromIssuer} does.
   */
  static forProvider(provider: string, options: PresetOptions, clientOptions: ProviderOptions = {}): JwksClient {
    const { policy, issuerOptions } = presetClient(provider, options, Object.keys(clientOptions));
    return JwksClient.#fetching(pairs(issuerOptions), { ...clientOptions, policy });
  }

  /** `source` are the options of the issuer that say where its keys are; `named` is the issuer that a policy demands. */
  static #fetching(source: [string, string][], options: IssuerOptions | UrlOptions, named?: string): JwksClient {
    const { own, verifier: demanded, issuer } = splitOptions(options, named);
    const verifier = new Verifier(demanded);
    const clocks = new Clocks(own.clock);
    const keys = new FetchedKeys(new CoreIssuer(verifier.core, [...source, ...issuer], clocks), clocks, {
      fetch: own.fetch,
      store: own.store,
      waitUntil: own.waitUntil,
    });
    const client = new JwksClient(verifier, keys, clocks);
    if (own.seed !== undefined) client.seed(own.seed);
    return client;
  }

  /**
   * Verifies a token. Waits for a fetch only if no cached keys can be used.
   *
   * @throws VerificationError of the class of its code, if any check fails: UnknownKeyError if the issuer has
   *   no such key, KeysUnavailableError (503, with `retryAfter`) if its keys cannot be fetched.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    options?: VerifyOptions<S>,
  ): Promise<VerifiedToken<ClaimsOf<S>>> {
    const { now, schema } = ownOptions(options, VERIFY_OPTIONS) as VerifyOptions<S>;
    const verified = await this.#keys.verify(this.verifier, fixed(token), this.#times(now));
    return finish(verified, schema, this.verifier.caller);
  }

  /**
   * Verifies a token without waiting, where the platform has such cryptography: on Node, Bun and Deno.
   *
   * @throws VerificationError of the class of its code, if any check fails: KeysUnavailableError also where
   *   keys must be fetched first, which it starts; await {@link JwksClient.ready} before. TypeError where
   *   verifying must be waited for.
   */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    options?: VerifyOptions<S>,
  ): VerifiedToken<ClaimsOf<S>> {
    const { now, schema } = ownOptions(options, VERIFY_OPTIONS) as VerifyOptions<S>;
    const verified = this.#keys.verifySync(this.verifier, fixed(token), this.#times(now)());
    this.verifier.caller?.askSync(verified);
    return (schema === undefined ? verified : intoSync(verified, schema)) as VerifiedToken<ClaimsOf<S>>;
  }

  /**
   * Verifies by other checks than this client's policy, with its keys.
   *
   * @internal
   */
  async verifyBy<T>(verifying: Verifying<T>, token: EncodedToken, now: Time | undefined): Promise<T> {
    return this.#keys.verify(verifying, token, this.#times(now));
  }

  /** @internal */
  verifySyncBy<T>(verifying: Verifying<T>, token: EncodedToken, now: Time | undefined): T {
    return this.#keys.verifySync(verifying, token, this.#times(now)());
  }

  /**
   * Verifies a token and asks about its tenant, then calls `check` with it and the time, such as a guard's demand, and
   * asks about revocation last.
   *
   * @throws VerificationError as {@link JwksClient.verify} does, or what `check` throws.
   */
  async admit(token: EncodedToken, check?: (token: VerifiedToken, now?: Time) => void): Promise<VerifiedToken> {
    const verified = await this.#keys.verify(this.verifier, fixed(token), this.#times(undefined));
    const { caller } = this.verifier;
    if (caller !== undefined) await caller.askTenant(verified);
    const { seconds, nanoseconds } = this.#clocks.wall();
    check?.(verified, seconds + nanoseconds / 1e9);
    if (caller !== undefined) await caller.askRevoked(verified);
    return verified;
  }

  /** Seconds of the client's clock that never goes back. */
  monotonic(): number {
    return this.#clocks.read().monotonic;
  }

  /**
   * Every check of {@link JwksClient.verify} with its outcome, but for what only the caller knows, and schemas.
   *
   * @throws KeysUnavailableError if the keys cannot be fetched. Never for a token.
   */
  async explain(token: EncodedToken, options?: { readonly now?: Time }): Promise<Explanation> {
    const { now } = ownOptions(options, ["now"]);
    const encoded = fixed(token);
    const explainWith = (keys: LoadedKeys, times: () => Instant): Promise<Explanation> =>
      this.verifier.explainWith(encoded, keys, times);
    return this.explainBy(this.verifier, explainWith, encoded, now);
  }

  /**
   * Explains by other checks than this client's policy, with its keys.
   *
   * @internal
   */
  async explainBy<T>(
    verifying: Verifying<T>,
    explainWith: (keys: LoadedKeys, times: () => Instant) => Promise<Explanation>,
    token: EncodedToken,
    now: Time | undefined,
  ): Promise<Explanation> {
    const times = this.#times(now);
    let last: LoadedKeys | undefined;
    try {
      await this.#keys.verify(verifying, token, times, (keys) => {
        last = keys;
      });
    } catch (error) {
      if (!(error instanceof VerificationError) || error.httpStatus === UNAVAILABLE) throw error;
      // Refused before there were keys, or because there is no such key.
      if (last === undefined && error instanceof UnknownKeyError) last = this.#keys.held();
    }
    return explainWith(last ?? JwkSet.from(NO_KEYS).loaded, times);
  }

  /**
   * Waits for the first keys, and notices those that the platform cannot load.
   *
   * @throws KeysUnavailableError if they cannot be fetched.
   */
  async ready(): Promise<void> {
    await this.#keys.ready(this.verifier);
  }

  /**
   * Fetches the issuer's keys now and waits for them, for example after a rotation.
   *
   * @throws KeysUnavailableError if they cannot be fetched, or were fetched a moment ago.
   */
  async refreshNow(): Promise<void> {
    await this.#keys.refreshNow();
  }

  /**
   * Withdraws every key with this `kid` immediately, for a key that has leaked: its tokens are refused with
   * `unknown_key`, whatever the issuer publishes, until {@link JwksClient.restore} or the end of the process.
   * Has no effect on keys that are never fetched.
   */
  purge(kid: string): void {
    this.#keys.purge(String(kid));
  }

  /** Undoes {@link JwksClient.purge}. Gives `false` if the `kid` was not withdrawn. */
  restore(kid: string): boolean {
    return this.#keys.restore(String(kid));
  }

  /** How the keys are doing, for a health endpoint. Fetches nothing. */
  health(): Health {
    return this.#keys.health();
  }

  /** The fetched keys, for {@link JwksClient.seed} elsewhere; `undefined` if there are none. */
  export(): Snapshot | undefined {
    return this.#keys.export();
  }

  /**
   * Takes over a key set, such as one of {@link JwksClient.export} or of a file. It is used immediately, and
   * fetched again at the first token. Without `fetchedAt` it counts as new. Does nothing if the client has newer
   * keys, or keys that are never fetched.
   *
   * @throws InvalidJwksError for a set that cannot be used, or that has another SHA-256.
   */
  seed(seed: Seed): void {
    this.#keys.seed(fixedSeed(seed));
  }

  /**
   * Stops fetching. Calls that wait for a fetch get a KeysUnavailableError. Cached
   * keys are used until they are too old.
   */
  close(): void {
    this.#keys.close();
  }

  #times(now: Time | undefined): () => ReturnType<Clocks["wall"]> {
    if (now === undefined) return () => this.#clocks.wall();
    const given = instant(now);
    return () => given;
  }
}

/** Names and values in turn. */
function pairs(options: readonly string[]): [string, string][] {
  const all: [string, string][] = [];
  for (let place = 0; place + 1 < options.length; place += 2) {
    all.push([options[place] as string, options[place + 1] as string]);
  }
  return all;
}

const VERIFY_OPTIONS = ["now", "schema"] as const;
const NO_KEYS_GIVEN = "the keys are neither a JwkSet, made with JwkSet.from, nor the keys of a JwksClient";
const NO_KEYS = '{"keys":[]}';
const UNAVAILABLE = 503;
