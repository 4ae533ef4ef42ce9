/**
 * The self-test of a host, at the first use of each algorithm: hosts are tested, not trusted. One was found
 * that accepts a PKCS#1 signature where PSS is asked for.
 */
import { decodeBase64Url } from "../core/base64url.js";
import { name } from "../errors/base.js";
import type { Algorithm } from "./algorithms.js";
import type { Host } from "./host.js";
import { KEYS, MESSAGE, SIGNATURES } from "./known_answers.js";

/** A host answers wrongly or not at all, so that nothing can be verified with it. */
export class HostError extends Error {
  /** The host's name, such as `WebCrypto`. */
  readonly host: string;
  /** The algorithm's name. */
  readonly algorithm: string;
  /** Whether the platform lacks this one algorithm, rather than everything, and rather than giving wrong answers. */
  readonly isMissing: boolean;

  /** @internal */
  constructor(host: string, algorithm: string, isMissing: boolean, options?: ErrorOptions & { message?: string }) {
    const reason = isMissing ? "does not support" : "gives wrong answers for";
    const message = `${host} of this platform ${reason} ${algorithm}; it cannot be used for it`;
    super(options?.message ?? message, options);
    this.isMissing = isMissing;
    this.host = host;
    this.algorithm = algorithm;
  }
}

name({ HostError });

/** Tests a host for an algorithm, once. */
export async function selfTest(host: Host, algorithm: Algorithm): Promise<void> {
  if (passed.get(algorithm) === host) return;
  present(host, algorithm);
  const { jwk, questions } = questionsOf(algorithm);
  const message = encoder.encode(MESSAGE);
  let right: boolean;
  try {
    const key = await host.load(jwk, algorithm);
    const answers = [];
    for (const { signature } of questions) answers.push(await key.verify(message, signature));
    right = answers.every((answer, index) => answer === questions[index]?.expected);
  } catch (error) {
    throw new HostError(host.name, algorithm.name, true, { cause: error });
  }
  conclude(host, algorithm, right);
}

/** The same without waiting. */
export function selfTestSync(host: Host, algorithm: Algorithm): void {
  if (passed.get(algorithm) === host) return;
  present(host, algorithm);
  const { jwk, questions } = questionsOf(algorithm);
  const message = encoder.encode(MESSAGE);
  let right: boolean;
  try {
    const key = host.loadSync?.(jwk, algorithm);
    right = questions.every(({ signature, expected }) => key?.verifySync?.(message, signature) === expected);
  } catch (error) {
    throw new HostError(host.name, algorithm.name, true, { cause: error });
  }
  conclude(host, algorithm, right);
}

function present(host: Host, algorithm: Algorithm): void {
  const message = host.missing?.();
  if (message !== undefined) throw new HostError(host.name, algorithm.name, false, { message });
}

function conclude(host: Host, algorithm: Algorithm, right: boolean): void {
  if (!right) throw new HostError(host.name, algorithm.name, false);
  passed.set(algorithm, host);
}

interface Question {
  readonly signature: Uint8Array;
  readonly expected: boolean;
}

function questionsOf(algorithm: Algorithm): { jwk: Readonly<Record<string, string>>; questions: Question[] } {
  const signature = known(algorithm.name);
  const flipped = signature.slice();
  flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1;
  const questions = [
    { signature, expected: true },
    { signature: flipped, expected: false },
    { signature: signature.slice(1), expected: false },
  ];
  if (algorithm.kind === "PSS") {
    questions.push({ signature: known(algorithm.name.replace("PS", "RS")), expected: false });
  }
  const jwk = KEYS[algorithm.kind === "PKCS1" || algorithm.kind === "PSS" ? "RSA" : algorithm.name] ?? {};
  return { jwk, questions };
}

function known(name: string): Uint8Array {
  return decodeBase64Url(SIGNATURES[name] ?? "");
}

const encoder = new TextEncoder();
/** The host that passed last. */
const passed = new Map<Algorithm, Host>();
