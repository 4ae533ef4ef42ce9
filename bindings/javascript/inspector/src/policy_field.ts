/** The policy, as fields or as a document. */
import { Verifier, type VerifierOptions } from "verijot";
import { byId, chosen } from "./dom.js";
import { indented, valueOf } from "./json_text.js";
import { WrongInput } from "./wrong_input.js";

/** A verifier, and what of its policy the page shows. */
export interface ChosenPolicy {
  readonly verifier: Verifier;
  /** Its document. */
  readonly document: string;
  /** In seconds. */
  readonly leeway: number;
  /** The names of checks that the policy waives. */
  readonly waived: readonly string[];
}

/**
 * Reads the policy.
 *
 * @throws WrongInput or InvalidPolicyError for one that makes no sense.
 */
export function readPolicy(): ChosenPolicy {
  const isDocument = chosen("policy") === "document";
  const text = byId<HTMLTextAreaElement>("policy-document").value.trim();
  if (isDocument && text === "") throw new WrongInput("Paste a policy document, or choose Fields.");
  const verifier = new Verifier(isDocument ? { policy: text } : fields());
  const document = verifier.policy;
  const members = valueOf(document) as Record<string, unknown>;
  const leeway = members["leeway"];
  const waived = [members["issuers"] === null && "issuer", members["audiences"] === null && "audience"];
  return {
    verifier,
    document,
    leeway: typeof leeway === "string" ? Number(leeway) : DEFAULT_LEEWAY,
    waived: waived.filter((name) => name !== false),
  };
}

/** Puts what the fields say into the document, unless something stands there. */
export function continueAsDocument(): void {
  const target = byId<HTMLTextAreaElement>("policy-document");
  if (target.value.trim() !== "") return;
  try {
    target.value = indented(new Verifier(fields()).policy, 10_000);
  } catch {
    // What is wrong with the fields is said beside them.
  }
}

function fields(): VerifierOptions {
  const text = (id: string): string => byId<HTMLInputElement>(id).value.trim();
  const algorithms = [...document.querySelectorAll<HTMLInputElement>("#algorithms input:checked")].map(
    ({ value }) => value,
  );
  const leeway = text("leeway");
  if (leeway !== "" && !/^\d{1,9}(\.\d{1,9})?$/.test(leeway)) {
    throw new WrongInput("The leeway is not a number of seconds. Write one such as 30, or leave the field empty.");
  }
  return {
    issuer: text("issuer") === "" ? null : text("issuer"),
    audience: text("audience") === "" ? null : text("audience"),
    ...(algorithms.length === 0 ? {} : { algorithms }),
    ...(leeway === "" ? {} : { leeway: Number(leeway) }),
    ...(byId<HTMLInputElement>("symmetric").checked ? { symmetricKeys: true } : {}),
  };
}

/** What a policy has that names no leeway (`core/guide/policy.md`), for the drawing only. In seconds. */
const DEFAULT_LEEWAY = 30;
