/** The policy, as fields, as a provider's preset or as a document. */
import { type PolicyDocument, preset, Verifier, type VerifierOptions } from "verijot";
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
  const verifier = new Verifier(demanded());
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

/** Puts what the fields say, or the preset that was shown last, into the document, unless something stands there. */
export function continueAsDocument(): void {
  const target = byId<HTMLTextAreaElement>("policy-document");
  if (target.value.trim() !== "") return;
  try {
    target.value = indented(new Verifier(wasPreset ? presetPolicy() : fields()).policy, 10_000);
  } catch {
    // What is wrong with the fields is said beside them.
  }
}

function demanded(): VerifierOptions | PolicyDocument {
  switch (chosen("policy")) {
    case "document": {
      const policy = byId<HTMLTextAreaElement>("policy-document").value.trim();
      if (policy === "") throw new WrongInput("Paste a policy document, or choose Fields.");
      return { policy };
    }
    case "provider":
      wasPreset = true;
      return presetPolicy();
    default:
      wasPreset = false;
      return fields();
  }
}

function presetPolicy(): PolicyDocument {
  const provider = byId<HTMLInputElement>("provider").value.trim();
  if (provider === "") throw new WrongInput("Write a provider, such as cognito:eu-west-1_AbCdEf123.");
  const options = byId<HTMLTextAreaElement>("provider-options").value.trim();
  const { policy } = preset(provider, options === "" ? "{}" : options);
  if (policy === undefined) {
    throw new WrongInput("These are ID tokens or tokens of load balancers, whose checks this page does not make.");
  }
  return { policy };
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

/** Whether the provider, and not the fields, was chosen last. */
let wasPreset = false;

/** What a policy has that names no leeway (`core/guide/policy.md`), for the drawing only. In seconds. */
const DEFAULT_LEEWAY = 30;
