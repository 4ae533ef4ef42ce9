/** Verifies the tokens of AWS Application Load Balancers (`x-amzn-oidc-data`), which are no JWTs. */
import { instant } from "../core/instant.js";
import { call, callWith, number, Status, text } from "../core/memory.js";
import { ownOptions } from "../core/own.js";
import { type Problem, refusalError, setupError } from "../errors/index.js";
import { JwksClient } from "../issuer/jwks_client.js";
import { JwkSet } from "../keys/jwk_set.js";
import { documentOf, type Option } from "../policy.js";
import { type CoreVerifier, type EncodedToken, fixed, Mode, verify, verifySync } from "../token/verification.js";
import type { Verdict } from "../token/verification.js";
import { claimsInto, claimsIntoSync, type StandardSchema } from "../token/schema.js";
import type { Claims } from "../token/verified_token.js";
import { type ClaimsOf, type Refused, times, type Verifying, type VerifyOptions } from "../verifier.js";
import { names, seconds } from "./documents.js";
import type { KeysOf } from "./profile.js";

/** Whose tokens are accepted. */
export interface AlbOptions {
  /** The ARNs of load balancers, one of which must have signed. Everybody else's have keys at the same place. */
  readonly signers: string | readonly string[];
  /** Clients, as one of which the user must have signed in; `null` waives the check. */
  readonly clients: string | readonly string[] | null;
  /** Issuers, at one of which the user must have signed in; `null` waives the check. */
  readonly issuers: string | readonly string[] | null;
  /** How much clocks may differ, in seconds. 30. */
  readonly leeway?: number;
}

/** What a load balancer says of a user. Only an `AlbVerifier` makes one. */
export class AlbToken<C = Claims> {
  /** The kind of token, so that no other kind is taken for one. */
  readonly kind = "alb";
  /** The JOSE header. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The ARN of the load balancer that signed. */
  readonly signer: string;
  /** The client as which the user signed in at the issuer. */
  readonly client: string;
  /** The issuer at which the user signed in, as the header says. */
  readonly issuer: string;
  /** `kid` of the header. */
  readonly keyId: string;
  /** `exp` of the header. */
  readonly expiresAt: Date;
  /** The payload, character for character as it was signed: one JSON object. */
  readonly payload: string;
  readonly #into: { readonly value: C } | undefined;

  /** @internal */
  constructor(token: Accepted, into?: { readonly value: C }) {
    this.header = token.header;
    this.signer = token.signer;
    this.client = token.client;
    this.issuer = token.issuer;
    this.keyId = token.keyId;
    this.payload = token.payload;
    this.expiresAt = token.expiresAt;
    this.#into = into;
  }

  /** `alg` of the header. */
  get algorithm(): string {
    return String(this.header["alg"]);
  }

  /** The user's claims; with a schema, what the schema made of them. */
  get claims(): C {
    return this.#into === undefined ? (this.#read() as C) : this.#into.value;
  }

  /** `sub`: the user's name at the issuer. */
  get subject(): string | undefined {
    const claims = this.#read();
    return Object.hasOwn(claims, "sub") && typeof claims["sub"] === "string" ? claims["sub"] : undefined;
  }

  #read(): Claims {
    return JSON.parse(this.payload) as Claims;
  }
}

/** What the core says of a token that it has accepted. */
type Accepted = Pick<AlbToken, "header" | "signer" | "client" | "issuer" | "keyId" | "payload" | "expiresAt">;

/**
 * Verifies the header `x-amzn-oidc-data`. It accepts no JWT, and a `Verifier` accepts none of its tokens.
 *
 * ```ts
 * import { AlbVerifier, JwksClient } from "verijot";
 * const signers = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
 * const tokens = new AlbVerifier({ signers, clients: "client-id", issuers: "https://issuer.example" });
 * const url = "https://public-keys.auth.elb.eu-west-1.amazonaws.com/{kid}";
 * const client = JwksClient.fromUrl(url, { issuer: null, audience: null, certificates: ["ES256"] });
 * await tokens.verify("no token", client).catch((error) => console.log(error.code)); // malformed_token
 * ```
 */
export class AlbVerifier {
  readonly #core: CoreVerifier;

  /**
   * @throws InvalidPolicyError if no load balancer is named, or for a list that is empty; its `member` says which.
   */
  constructor(options: AlbOptions | string) {
    const document = typeof options === "string" ? options : settingsOf(options);
    const status = callWith("verijot_alb_verifier", [], [document]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.#core = { number: number(0), longestToken: number(1) };
    // What waits holds this one.
    forgotten.register(this.#core, this.#core.number);
  }

  /**
   * Verifies a token, with a key set or with the keys of a client, whose own policy is not applied.
   *
   * @throws VerificationError of the class of its code, if any check fails.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options?: VerifyOptions<S>,
  ): Promise<AlbToken<ClaimsOf<S>>> {
    const { now, schema } = ownOptions(options, VERIFY_OPTIONS) as VerifyOptions<S>;
    const encoded = fixed(token);
    const verified =
      keys instanceof JwksClient
        ? await keys.verifyBy(this.#verifying(), encoded, now)
        : await this.#verifying().verifyWith(encoded, JwkSet.loadedOf(keys), times(now));
    if (schema === undefined) return verified as AlbToken<ClaimsOf<S>>;
    return new AlbToken(verified, { value: (await claimsInto(verified.claims, schema)) as ClaimsOf<S> });
  }

  /** The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options?: VerifyOptions<S>,
  ): AlbToken<ClaimsOf<S>> {
    const { now, schema } = ownOptions(options, VERIFY_OPTIONS) as VerifyOptions<S>;
    const encoded = fixed(token);
    const verified =
      keys instanceof JwksClient
        ? keys.verifySyncBy(this.#verifying(), encoded, now)
        : this.#verifying().verifySyncWith(encoded, JwkSet.loadedOf(keys), instant(now));
    if (schema === undefined) return verified as AlbToken<ClaimsOf<S>>;
    return new AlbToken(verified, { value: claimsIntoSync(verified.claims, schema) as ClaimsOf<S> });
  }

  #verifying(): Verifying<AlbToken> {
    const core = this.#core;
    const conclude = (verdict: Verdict, onRefusal: ((refusal: Refused) => void) | undefined): AlbToken => {
      if (verdict.accepted) return new AlbToken(lastAccepted());
      onRefusal?.(verdict);
      throw refusalError(verdict.refusal);
    };
    return {
      core,
      verifyWith: (token, keys, now, onRefusal) =>
        verify(core, keys, token, Mode.Jwt, now, (verdict) => conclude(verdict, onRefusal)),
      verifySyncWith: (token, keys, now, onRefusal) =>
        conclude(verifySync(core, keys, token, Mode.Jwt, now), onRefusal),
    };
  }
}

/** The document of settings. What is no setting of a load balancer, such as `revoked`, the core refuses by name. */
function settingsOf(options: AlbOptions): string {
  const given = Object.entries(options ?? {});
  const unknown = given.filter(([name]) => !MEMBERS.has(name));
  return documentOf(given, MEMBERS, new Map(unknown.map(([name]) => [name, { member: name, write: () => "null" }])));
}

/** The token that the core has just accepted. */
function lastAccepted(): Accepted {
  return {
    header: JSON.parse(accepted(HEADER)) as Record<string, unknown>,
    signer: accepted(SIGNER),
    client: accepted(CLIENT),
    issuer: accepted(ISSUER),
    keyId: accepted(KEY_ID),
    payload: accepted(PAYLOAD),
    expiresAt: new Date(number(0) * 1000),
  };
}

function accepted(which: number): string {
  call("verijot_accepted", which);
  return text();
}

const forgotten = new FinalizationRegistry<number>((verifier) => {
  call("verijot_verifier_drop", verifier);
});

const [PAYLOAD, HEADER, KEY_ID, ISSUER, SIGNER, CLIENT] = [0, 1, 3, 4, 10, 11] as const;
const VERIFY_OPTIONS = ["now", "schema"] as const;
const MEMBERS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["signers", names("signers")],
  ["clients", names("clients")],
  ["issuers", names("issuers")],
  ["leeway", seconds("leeway")],
]);
