/** Presets of well-known providers (`core/guide/providers.md`). */
import { checkedObject, documentJson } from "./core/document.js";
import { callWith, entries, Status, text } from "./core/memory.js";
import { type Problem, setupError } from "./errors/index.js";

/** A preset's options, named as in the guide: `{ client_ids: ["web"] }`; or the same as JSON text. */
export type PresetOptions = Readonly<Record<string, unknown>> | string;

/** Where the keys of a provider's tokens are. */
export type PresetKeySource = {
  /** The only values that the `use` of a key may have. */
  readonly purposes?: readonly string[];
} & (
  | {
      /** The issuer, whose metadata says where the keys are. */
      readonly issuer: string;
      readonly jwksUrl?: undefined;
      readonly certificatesUrl?: undefined;
      readonly ofCaller?: undefined;
    }
  | {
      readonly issuer?: undefined;
      /** The URL of a JWK Set. */
      readonly jwksUrl: string;
      readonly certificatesUrl?: undefined;
      readonly ofCaller?: undefined;
    }
  | {
      readonly issuer?: undefined;
      readonly jwksUrl?: undefined;
      /** The URL of certificates or keys in PEM by `kid`; of one of them if it contains `{kid}`. */
      readonly certificatesUrl: string;
      /** The algorithms of those keys. */
      readonly algorithms: readonly string[];
      readonly ofCaller?: undefined;
    }
  | {
      readonly issuer?: undefined;
      readonly jwksUrl?: undefined;
      readonly certificatesUrl?: undefined;
      /** What the caller has the keys in. */
      readonly ofCaller: string;
    }
);

/** What a provider's tokens must satisfy: the document of one verifier, JSON as text, and where the keys are. */
export type Preset = {
  /** Where the keys are. */
  readonly keySource: PresetKeySource;
} & (
  | {
      /** For `new Verifier({ policy })`. */
      readonly policy: string;
      readonly profile?: undefined;
      readonly loadBalancer?: undefined;
    }
  | {
      readonly policy?: undefined;
      /** For `new IdTokenVerifier({ settings: profile })`, or `AccessTokenVerifier`, as it names its profile. */
      readonly profile: string;
      readonly loadBalancer?: undefined;
    }
  | {
      readonly policy?: undefined;
      readonly profile?: undefined;
      /** For `new AlbVerifier(loadBalancer)`. */
      readonly loadBalancer: string;
    }
);

/**
 * Makes the document of a verifier for the tokens of a well-known provider, such as `cognito:eu-west-1_AbCdEf123`.
 *
 * ```ts
 * import { IdTokenVerifier, preset } from "verijot";
 * const { profile } = preset("apple", { client_id: "com.example.notes" });
 * if (profile !== undefined) new IdTokenVerifier({ settings: profile });
 * ```
 *
 * @throws InvalidPolicyError for an unknown provider or option, and where what the provider says must be checked is
 *   not named; its `member` is the option, or `provider`.
 */
export function preset(provider: string, options: PresetOptions): Preset {
  const status = callWith("verijot_preset", [], [String(provider), documentOf(options)]);
  if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
  const written = text();
  const made = JSON.parse(written) as Record<string, unknown> & { readonly key_source: Record<string, unknown> };
  const keySource = named(made.key_source) as unknown as PresetKeySource;
  const kind = Object.keys(made)[0] as string;
  // As it is written, so that no number is changed: {"kind":…,"key_source":…}.
  const own = written.slice(`{"${kind}":`.length, written.lastIndexOf(KEY_SOURCE));
  return { ...named({ [kind]: own }), keySource } as unknown as Preset;
}

/** The policy of a provider's client, JSON as text, and the options of its issuer, names and values in turn. */
export interface PresetClient {
  readonly policy: string;
  readonly issuerOptions: readonly string[];
}

/**
 * Says what a client for the tokens of a well-known provider is made of. `given` are the names of the client's options.
 *
 * @throws InvalidPolicyError as {@link preset} does, for an option that the preset decides, and if the tokens are not for
 *   a policy; InvalidKeySourceError if the caller has the keys.
 */
export function presetClient(provider: string, options: PresetOptions, given: readonly string[]): PresetClient {
  const values = [String(provider), documentOf(options), entries(given)];
  const status = callWith("verijot_preset_client", [], values);
  if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
  const written = text();
  const made = JSON.parse(written) as { readonly issuer_options: readonly string[] };
  // As it is written, so that no number is changed: {"policy":…,"issuer_options":…}.
  const policy = written.slice(`{"policy":`.length, written.lastIndexOf(`,"issuer_options":`));
  return { policy, issuerOptions: made.issuer_options };
}

function documentOf(options: PresetOptions): string {
  if (typeof options === "string") return options;
  const given = Object.entries(checkedObject(options, "a preset's options")).filter(([, value]) => value !== undefined);
  return documentJson({ __proto__: null, ...Object.fromEntries(given) }, "");
}

/** The members under the names of JavaScript. */
function named(members: Record<string, unknown>): Record<string, unknown> {
  const renamed = Object.entries(members).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(renamed) as Record<string, unknown>;
}

const KEY_SOURCE = ',"key_source":';
