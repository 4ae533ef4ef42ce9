// Runs test vectors through the package, on any host. An unknown member fails its case, so that no
// expectation is ignored.
import { cases } from "./files.mjs";

/**
 * Runs the cases of a file. A case that requires what the host lacks counts as skipped, but must show that
 * the key is skipped as `unsupported_algorithm`, and that its token is neither accepted nor `invalid_signature`.
 *
 * @param verijot the package's exports.
 * @param lacks what the host cannot do, of the words in `requires`.
 * @param sync whether to verify without waiting.
 */
export async function runFile(file, verijot, { sync = false, lacks = [] } = {}) {
  const counts = { category: file.category, passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const one of cases(file)) {
    const isLacking = (one.requires ?? []).some((word) => lacks.includes(word));
    const judge = isLacking ? runLacking : run;
    const wrong = await judge(one, verijot, sync).catch((error) => `cannot be run: ${error?.stack ?? error}`);
    if (wrong === undefined) {
      counts[isLacking ? "skipped" : "passed"] += 1;
    } else {
      counts.failed += 1;
      counts.failures.push(`${one.id}: ${wrong}`);
    }
  }
  return counts;
}

async function runLacking(one, verijot, sync) {
  const { error, skipped = [] } = await verdict(one, verijot, sync);
  if (error === undefined) return "the host lacks what the case requires, but accepts its token";
  if (error.code === "invalid_signature") return "expected a skipped key, got invalid_signature";
  const reasons = skipped.map(({ reason }) => reason);
  return reasons.includes("unsupported_algorithm")
    ? undefined
    : `expected a skipped key, got ${error.code}, [${reasons}]`;
}

async function run(one, verijot, sync) {
  known(one, CASE);
  known(one.expect, ["valid", "error", "claim"]);
  const got = await verdict(one, verijot, sync);
  if (one.skipped_keys !== undefined && got.skipped !== undefined) {
    const expected = one.skipped_keys.map((key) => {
      known(key, ["index", "kid", "reason"]);
      return `${key.index} ${key.reason}`;
    });
    const skipped = got.skipped.map((key) => `${key.index} ${key.reason}`);
    if (expected.join() !== skipped.join()) return `expected skipped keys ${expected}, got ${skipped}`;
  }
  const { valid, error, claim } = one.expect;
  if (valid !== undefined) {
    if (got.error !== undefined) return `expected valid, got ${got.error.code}: ${got.error.message}`;
    return difference(valid, got.token);
  }
  if (got.error === undefined) return `expected ${error}, got valid`;
  const fits = ["any", got.error.code].includes(error) && (claim === undefined || claim === got.error.claim);
  return fits ? undefined : `expected ${error} (${claim}), got ${got.error.code} (${got.error.claim})`;
}

/** The policy first, then the keys, then the token: the first that is wrong decides. */
async function verdict(one, verijot, sync) {
  const { JwkSet, SetupError, VerificationError, Verifier } = verijot;
  let skipped;
  try {
    if (one.profile !== undefined || one.alb !== undefined) {
      const verifier = one.alb === undefined ? profile(one, verijot) : load(one, verijot);
      const keys = await readKeys(one, JwkSet);
      skipped = keys.skipped;
      return { token: await verifier(readToken(one, verijot), keys, sync), skipped };
    }
    const { known_tenants: tenants, revocation, ...policy } = one.policy;
    const revoked = revocation === undefined ? undefined : HOOKS[revocation];
    const knownTenants = tenants === undefined ? undefined : (tenant) => tenants.includes(tenant);
    const isExplained = revocation === undefined && tenants === undefined;
    const verifier = new Verifier({ policy, knownTenants, revoked });
    const keys = await readKeys(one, JwkSet);
    skipped = keys?.skipped;
    const token = readToken(one, verijot);
    if (keys === null) {
      // Whatever needs no keys is judged before keys are missed.
      const explanation = await verifier.explain(token, JwkSet.from({ keys: [] }), { now: time(one.now) });
      const checks = explanation.steps.slice(0, 4).find((step) => step.outcome === "failed");
      return { error: checks === undefined ? { code: "keys_unavailable" } : explanation.error, skipped };
    }
    if (one.mode === "jws") return { token: await verifier.verifyJws(token, keys), skipped };
    const now = time(one.now);
    const explanation = await verifier.explain(token, keys, { now });
    try {
      const accepted = sync ? verifier.verifySync(token, keys, { now }) : await verifier.verify(token, keys, { now });
      if (explanation.error !== undefined) throw new Error("explain and verify differ");
      return { token: accepted, skipped };
    } catch (error) {
      if (error instanceof VerificationError && explanation.error?.code !== error.code) {
        if (isExplained) throw new Error("explain and verify differ", { cause: error });
      }
      throw error;
    }
  } catch (error) {
    if (error instanceof VerificationError || error instanceof SetupError) return { error, skipped };
    throw error;
  }
}

/** What verifies the tokens of load balancers. */
function load({ alb, now: text }, { AlbVerifier }) {
  const verifier = new AlbVerifier(JSON.stringify(alb));
  const now = time(text);
  return async (token, keys, sync) =>
    sync ? verifier.verifySync(token, keys, { now }) : verifier.verify(token, keys, { now });
}

/** What verifies one kind of token, and reports the claims that it has checked. */
function profile(one, verijot) {
  const { expectations = {}, profile: settings, now: text } = one;
  // Every class refuses a profile that there is not.
  const verifier = new verijot[PROFILES[settings.profile] ?? "IdTokenVerifier"]({ settings: JSON.stringify(settings) });
  const now = time(text);
  const options = calling(verijot, expectations);
  const isOnce = ["logout-token", "security-event"].includes(settings.profile);
  if (isOnce) options.replay = new verijot.ReplayWindow(one.replay_window === "full" ? 0 : 1);
  return async (token, keys, sync) => {
    const explanation = await verifier.explain(token, keys, { ...options, now });
    try {
      if (one.replay_window === "has_token") await verifier.verify(token, keys, { ...options, now });
      const found = sync
        ? verifier.verifySync(token, keys, { ...options, now })
        : await verifier.verify(token, keys, { ...options, now });
      if (explanation.error !== undefined) throw new Error("explain and verify differ");
      return {
        keyId: found.token.keyId,
        algorithm: found.token.algorithm,
        payload: found.token.payload,
        checked: found.checked,
      };
    } catch (error) {
      if (error instanceof verijot.VerificationError && explanation.error?.code !== error.code) {
        if (one.replay_window === undefined) throw new Error("explain and verify differ", { cause: error });
      }
      throw error;
    }
  };
}

async function readKeys(one, JwkSet) {
  const source = "jwks" in one ? one.jwks : one.jwks_text;
  if (source === null) return null;
  const tolerated = one.jwks_options ?? [];
  known(Object.fromEntries(tolerated.map((name) => [name, true])), [
    "padded_base64",
    "short_coordinates",
    "single_key",
  ]);
  const { symmetric_keys: symmetricKeys, limits = {} } = one.policy ?? one.profile ?? {};
  const options = {
    symmetricKeys,
    maxOctets: limits.jwks_octets,
    maxKeys: limits.jwks_keys,
    paddedBase64: tolerated.includes("padded_base64"),
    shortCoordinates: tolerated.includes("short_coordinates"),
    purposes: one.jwks_purposes,
  };
  if (one.jwks_certificates !== undefined) {
    return JwkSet.fromCertificates(source, { ...options, algorithms: one.jwks_certificates });
  }
  if (tolerated.includes("single_key")) return JwkSet.fromJwk(source, options);
  return JwkSet.load(source, options);
}

function readToken(one, { Guard }) {
  const [kind, ...others] = ["token", "token_hex", "token_repeat", "authorization"].filter((name) => name in one);
  if (kind === undefined || others.length > 0) throw new Error("not exactly one kind of token");
  switch (kind) {
    case "token":
      return one.token;
    case "token_hex":
      return Uint8Array.from(one.token_hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
    case "token_repeat": {
      const { prefix = "", unit, times, suffix = "", ...rest } = one.token_repeat;
      known(rest, []);
      return prefix + unit.repeat(times) + suffix;
    }
    default:
      return new Guard().token(one.authorization);
  }
}

function difference(expected, got) {
  known(expected, ["kid", "alg", "payload", "payload_base64url", "checked"]);
  const { checked } = expected;
  if (checked !== undefined && sorted(checked) !== sorted(got.checked)) {
    return `expected checked ${sorted(checked)}, got ${sorted(got.checked)}`;
  }
  const octets = typeof got.payload === "string" ? encoder.encode(got.payload) : got.payload;
  const payload = base64url(octets);
  const { kid, alg } = expected;
  if (kid !== undefined && kid !== got.keyId) return `expected kid ${kid}, got ${got.keyId}`;
  if (alg !== undefined && alg !== got.algorithm) return `expected alg ${alg}, got ${got.algorithm}`;
  const wanted = expected.payload_base64url ?? base64url(encoder.encode(expected.payload ?? ""));
  if (("payload" in expected || "payload_base64url" in expected) && wanted !== payload) {
    return `expected payload ${wanted}, got ${payload}`;
  }
  return undefined;
}

/** The JSON of a value, whatever the order of its members. */
function sorted(value) {
  return JSON.stringify(value, (_, each) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );
}

/** Decimal seconds, to the nanosecond. */
function time(text) {
  if (text === undefined) return undefined;
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const nanoseconds = Number(fraction.padEnd(9, "0").slice(0, 9));
  if (sign === "") return { seconds: Number(whole), nanoseconds };
  return nanoseconds === 0
    ? { seconds: -Number(whole), nanoseconds }
    : { seconds: -Number(whole) - 1, nanoseconds: 1e9 - nanoseconds };
}

function base64url(octets) {
  let binary = "";
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function known(members, names) {
  const unknown = Object.keys(members).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`unknown members ${unknown}`);
}

/** The options of a call, of the members of its document. */
function calling({ withoutNonce, anyNonce }, { without_nonce: none, any_nonce: any, ...others }) {
  const options = {};
  for (const [name, value] of Object.entries(others))
    options[name.replace(/_(.)/g, (_, one) => one.toUpperCase())] = value;
  if (none !== undefined)
    options[others.nonce === undefined && none === true ? "nonce" : "withoutNonce"] = withoutNonce;
  if (any !== undefined) options[others.nonce === undefined && any === true ? "nonce" : "anyNonce"] = anyNonce;
  return options;
}

const encoder = new TextEncoder();
const PROFILES = {
  "id-token": "IdTokenVerifier",
  "access-token": "AccessTokenVerifier",
  "logout-token": "LogoutTokenVerifier",
  "security-event": "SecurityEventVerifier",
};
const HOOKS = {
  clear: () => false,
  revoked: () => true,
  unavailable: () => {
    throw new Error("unavailable");
  },
};
const CASE = [
  ...["token", "token_hex", "token_repeat", "authorization", "id", "title", "why", "refs", "cves", "requires"],
  ...["jwks", "jwks_text", "jwks_options", "jwks_certificates", "jwks_purposes"],
  ...["mode", "policy", "profile", "expectations", "replay_window", "alb", "now", "expect", "skipped_keys"],
];
