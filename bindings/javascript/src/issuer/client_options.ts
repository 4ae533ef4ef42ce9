/** What a client is told, split by who it is for: the verifier, the core's cache, the client itself. */
import { decimal, type OptionValue } from "../core/memory.js";
import { setupError } from "../errors/index.js";
import { LOCAL_OPTIONS } from "../local_options.js";
import { isPolicyOption } from "../policy.js";
import type { PolicyDocument, VerifierOptions } from "../verifier.js";
import type { Clock } from "./clock.js";
import type { WaitUntil } from "./fetched_keys.js";
import type { Fetch } from "./key_request.js";
import type { KeyStore } from "./key_store.js";
import type { Seed } from "./snapshot.js";

/** Where keys are fetched from, and how long they live. Spans are in seconds. */
export interface CacheOptions {
  /** Whether to ask nobody but the issuer's metadata for the keys' URL. */
  readonly discoveryOnly?: boolean;
  /** Whether http is accepted, for a network without anyone who can impersonate the issuer. */
  readonly plainHttp?: boolean;
  /** The hosts that may be asked for keys and metadata. Any. */
  readonly allowedHosts?: readonly string[];
  /** Whether binary values may be base64 with padding or of the standard alphabet, against RFC 7515 §2. */
  readonly paddedBase64?: boolean;
  /** Whether coordinates may lack leading zero octets, against RFC 7518 §6.2.1.2. */
  readonly shortCoordinates?: boolean;
  /** The only values that the `use` of a key may have, such as `jwt-svid`. Missing or `sig`. */
  readonly purposes?: readonly string[];
  /**
   * The algorithms of keys that are published as an object of `kid` and certificate or public key in PEM, in place of
   * a JWK Set. If the URL has `{kid}` in it, each key is fetched by itself, for kids that are UUIDs.
   */
  readonly certificates?: readonly string[];
  /** Whether a set without any key revokes all keys, as that of SPIFFE. Otherwise it counts as a failed fetch. */
  readonly emptySetRevokes?: boolean;
  /** The lifetime of a set where the response says nothing. 600. */
  readonly freshFor?: number;
  /** The shortest lifetime that a response can give. 60. */
  readonly shortestFresh?: number;
  /** The longest lifetime that a response can give. 86400. */
  readonly longestFresh?: number;
  /** How long after its lifetime a set is used while it is fetched again. 600. */
  readonly revalidateFor?: number;
  /** How long after its lifetime a set is used while the issuer cannot be reached. 86400. */
  readonly staleFor?: number;
  /** Whether a set is used after its lifetime even where the response forbids it. */
  readonly staleDespiteHeaders?: boolean;
  /** The span in which unknown kids and bad signatures may cause two fetches. 30. */
  readonly unknownWindow?: number;
  /** The wait after a first failed fetch, doubled with each one that follows. 1. */
  readonly shortestRest?: number;
  /** The longest such wait. 60. */
  readonly longestRest?: number;
  /** After how long a fetch counts as failed. 5. */
  readonly fetchTimeout?: number;
}

/** What a client fetches with. */
export interface ClientOptions extends CacheOptions {
  /** Makes the requests, as the platform's `fetch` does. */
  readonly fetch?: Fetch;
  /** A place for keys that several isolates or processes share. */
  readonly store?: KeyStore;
  /** Keys to begin with, such as those that were baked in by the deployment. */
  readonly seed?: Seed;
  /** Keeps a fetch alive after the answer to a request is sent. On workerd that of `cloudflare:workers`. */
  readonly waitUntil?: WaitUntil;
  /** Clocks to use in place of the platform's. */
  readonly clock?: Clock;
}

/** A client's own options. */
export interface Own {
  readonly fetch: Fetch | undefined;
  readonly store: KeyStore | undefined;
  readonly seed: Seed | undefined;
  readonly waitUntil: WaitUntil | undefined;
  readonly clock: Clock | undefined;
}

/** Options by whom they are for. */
export interface SplitOptions {
  readonly own: Own;
  readonly verifier: VerifierOptions | PolicyDocument;
  readonly issuer: readonly (readonly [string, OptionValue])[];
}

/**
 * Splits options; each member is read once. What is unknown is passed on to the core, which refuses it by name.
 *
 * @param issuer that of the policy, where it is not an option.
 * @throws TypeError for a `fetch`, `store`, `waitUntil` or `clock` that cannot be called.
 */
export function splitOptions(given: object, issuer: string | undefined): SplitOptions {
  const own = new Map<string, unknown>();
  const verifier = new Map<string, unknown>();
  const rest: [string, OptionValue][] = [];
  for (const name of Object.keys(given)) {
    const value = (given as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (OWN.has(name)) own.set(name, value);
    else if (VERIFIER.has(name) || isPolicyOption(name)) verifier.set(name, value);
    else rest.push(...written(name, value));
  }
  if (issuer !== undefined && !verifier.has("policy")) {
    if (verifier.has("issuer")) {
      throw setupError({ code: "invalid_policy", message: "issuer: is given already", member: "issuer" });
    }
    verifier.set("issuer", issuer);
  }
  return { own: ownOf(own), verifier: Object.fromEntries(verifier) as unknown as VerifierOptions, issuer: rest };
}

/**
 * @throws TypeError for a clock that cannot be read.
 */
export function checkedClock(clock: Clock | undefined): Clock | undefined {
  if (clock !== undefined) callable("clock", clock?.monotonic, clock?.now);
  return clock;
}

function ownOf(given: ReadonlyMap<string, unknown>): Own {
  const [fetch, waitUntil] = [given.get("fetch") as Fetch | undefined, given.get("waitUntil") as WaitUntil | undefined];
  const store = given.get("store") as KeyStore | undefined;
  if (fetch !== undefined) callable("fetch", fetch);
  if (waitUntil !== undefined) callable("waitUntil", waitUntil);
  if (store !== undefined) callable("store", store?.get, store?.put);
  const clock = checkedClock(given.get("clock") as Clock | undefined);
  return { fetch, store, waitUntil, clock, seed: given.get("seed") as Seed | undefined };
}

function callable(name: string, ...functions: readonly unknown[]): void {
  if (functions.some((each) => typeof each !== "function")) throw new TypeError(`${name}: a function is missing`);
}

/** An option as the core reads it, which refuses what makes no sense. */
function written(name: string, value: unknown): [string, OptionValue][] {
  const list = LISTS.get(name);
  if (list !== undefined) {
    const names = typeof value === "string" ? [value] : Array.from(value as Iterable<unknown>, String);
    // An empty list allows nothing; one empty name says that.
    return [[list, names.length === 0 ? [""] : names]];
  }
  // A name that is written in the core's way is none of the options.
  const member = name.replace(/[A-Z_]/g, (letter) => `_${letter.toLowerCase()}`);
  if (typeof value === "boolean") return [[member, value ? "1" : "0"]];
  return [[member, typeof value === "number" ? decimal(value) : String(value)]];
}

const LISTS: ReadonlyMap<string, string> = new Map([
  ["allowedHosts", "allowed_host"],
  ["purposes", "purposes"],
  ["certificates", "certificates"],
]);
const OWN: ReadonlySet<string> = new Set(["fetch", "store", "seed", "waitUntil", "clock"]);
const VERIFIER: ReadonlySet<string> = new Set(["policy", ...LOCAL_OPTIONS]);
