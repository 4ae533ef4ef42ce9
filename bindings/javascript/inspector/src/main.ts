/** The inspector: reads the fields, verifies, shows. Sends and stores nothing. */
import { HostError, SetupError, type Explanation, type JwkSet, type Verifier } from "verijot";
import { byId, chosen, element, fill } from "./dom.js";
import { dateOf } from "./decoded.js";
import { pasted, segment } from "./encoded_token.js";
import { example } from "./example.js";
import { ASYMMETRIC, readKeys, setOptions, SYMMETRIC } from "./keys_field.js";
import { ADVICE, BROKEN_JSON, SETUP_ADVICE, TITLES } from "./meanings.js";
import { continueAsDocument, readPolicy, type ChosenPolicy } from "./policy_field.js";
import { show } from "./results.js";
import { relative, typedTime, utc } from "./time_words.js";
import { followVerdict, showVerdict } from "./verdict.js";
import { WrongInput } from "./wrong_input.js";

declare const VERSION: string;

const token = byId<HTMLTextAreaElement>("token");
const keysField = byId<HTMLTextAreaElement>("keys");
const at = byId<HTMLInputElement>("at");

/** Counts changes, so that an answer to what has changed since is not shown. */
let latest = 0;
/** What is verified again while time passes. */
let current: { verifier: Verifier; keys: JwkSet; token: string; code: string | undefined } | undefined;
let showTime: (now: number) => void = () => undefined;
let isExample = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Reads every field, verifies and shows the result. */
async function update(): Promise<void> {
  const change = latest + 1;
  busy(true);
  await read();
  if (change === latest) busy(false);
}

async function read(): Promise<void> {
  latest += 1;
  const change = latest;
  current = undefined;
  byId("document").hidden = chosen("policy") !== "document";
  byId("preset").hidden = chosen("policy") !== "provider";
  byId("fields").hidden = chosen("policy") !== "fields";
  byId("at-field").hidden = chosen("time") !== "at";

  const given = pasted(token.value);
  note("token-note", given.note);
  const policy = await attempt("policy-note", () => ({ value: readPolicy(), note: "" }));
  const time = await attempt("time-note", readTime);
  const keys = await attempt("keys-note", () => readKeysField(policy.value));
  if (change !== latest) return;
  const now = time.value ?? clock();
  const isNow = time.value === undefined || chosen("time") === "now";
  const set = keys.value;
  const { verifier, waived, leeway } = policy.value ?? { verifier: undefined, waived: [], leeway: undefined };

  let explanation: Explanation | undefined;
  let failure: string | undefined;
  if (given.token !== "" && set !== undefined && verifier !== undefined && time.value !== undefined) {
    try {
      explanation = await verifier.explain(given.token, set, { now });
    } catch (error) {
      failure = said(error);
    }
    if (change !== latest) return;
  }

  if (explanation === undefined) {
    const hasProblem = [policy, time, keys].some(({ isWrong }) => isWrong);
    incomplete(given.token !== "", keysField.value.trim() !== "", hasProblem, failure);
  } else {
    verdict(explanation, set, waived, (name) => when(given.token, name, now, isNow));
    if (isNow && set !== undefined && verifier !== undefined) {
      current = { verifier, keys: set, token: given.token, code: explanation.error?.code };
    }
  }
  showTime = show({ token: given.token, keys: set, explanation, leeway, moment: { now, isNow, updates: [] } });
}

function verdict(
  { error, hint }: Explanation,
  set: JwkSet | undefined,
  waived: readonly string[],
  whenIs: (name: string) => string,
): void {
  const warnings =
    waived.length === 0
      ? []
      : [`Not checked: ${waived.join(" and ")}. A service has to check both; fill in what yours expects.`];
  if (isExample) warnings.push("This is an example: its private key is public, so trust nothing that it signs.");
  if (error === undefined) {
    showVerdict({
      state: "accepted",
      title: "Accepted",
      text: "The token passed every check. This page cannot ask whether it is revoked.",
      warnings,
    });
    return;
  }
  const hasSecret = set?.skipped.some(({ reason }) => reason === "symmetric_key") === true;
  const advice = hasSecret && SECRET_MISSED.has(error.code) ? SECRETS_IN_SETS : ADVICE.get(error.code);
  showVerdict({
    state: "refused",
    title: `Refused: ${TITLES.get(error.code) ?? error.code}`,
    text: DATED.get(error.code)?.(whenIs) ?? sentence(error.message),
    code: error.code,
    ...(advice === undefined ? {} : { advice }),
    ...(hint === undefined ? {} : { hint }),
    warnings,
  });
}

/** When a date claim of the token is, seen from the time of verification. */
function when(token: string, name: string, now: number, isNow: boolean): string {
  const at = dateOf(segment(token, 1), name);
  return at === undefined ? "at another time" : relative(at, now, isNow);
}

function incomplete(hasToken: boolean, hasKeys: boolean, hasProblems: boolean, failure: string | undefined): void {
  const state = "incomplete";
  if (failure !== undefined) showVerdict({ state, title: "Not verified", text: failure });
  else if (hasProblems)
    showVerdict({
      state,
      title: "Not verified",
      text: "One of the fields cannot be used. The sentence below it says what to do.",
    });
  else if (hasToken)
    showVerdict({
      state,
      title: "Not verified",
      text: "Paste the keys of the token's issuer to verify it. Until then trust nothing in it.",
    });
  else if (hasKeys) showVerdict({ state, title: "No token yet", text: "Paste a token to verify it with these keys." });
  else
    showVerdict({
      state: "empty",
      title: "No token yet",
      text: "Paste a token and the keys of its issuer, or fill in the example.",
    });
}

/** What stands in a field, and a note on it. */
interface Reading<T> {
  readonly value: T;
  readonly note: string;
}

/** What a field gives: no value if it is empty or wrong. */
interface Attempt<T> {
  readonly value: T | undefined;
  readonly isWrong: boolean;
}

/** Reads a field; what is wrong with it is said below it. */
async function attempt<T>(id: string, read: () => Reading<T> | Promise<Reading<T>>): Promise<Attempt<T>> {
  try {
    const reading = await read();
    note(id, reading.note);
    return { value: reading.value, isWrong: false };
  } catch (error) {
    note(id, said(error), true);
    return { value: undefined, isWrong: true };
  }
}

async function readKeysField(policy: ChosenPolicy | undefined): Promise<Reading<JwkSet | undefined>> {
  const text = keysField.value;
  if (text.trim() === "") return { value: undefined, note: "" };
  const options = policy === undefined ? { symmetricKeys: false } : setOptions(policy.document);
  const { keys, readAs } = await readKeys(text, byId<HTMLSelectElement>("form").value, options);
  return { value: keys, note: `Read as ${readAs}.` };
}

function readTime(): Reading<number> {
  if (chosen("time") === "now") return { value: clock(), note: "" };
  const seconds = typedTime(at.value);
  const words = seconds === undefined ? undefined : utc(seconds);
  if (seconds === undefined || words === undefined) {
    throw new WrongInput(
      "Write a date such as 2026-11-27 18:30, one with a zone such as 2026-11-27T18:30Z, or seconds since 1970.",
    );
  }
  return { value: seconds, note: `Read as ${words}.` };
}

/** An error in words for the person at the page. */
function said(error: unknown): string {
  if (error instanceof WrongInput) return error.message;
  if (error instanceof HostError)
    return `This browser cannot verify ${error.algorithm} here: ${sentence(error.message)}`;
  if (error instanceof SetupError) {
    const advice = error.message.startsWith("not valid JSON") ? BROKEN_JSON : SETUP_ADVICE.get(error.code);
    return [sentence(error.message), advice].filter((words) => words !== undefined).join(" ");
  }
  return `This cannot be used: ${sentence(error instanceof Error ? error.message : String(error))}`;
}

function sentence(message: string): string {
  // The name of a claim or of a member stays as it is.
  const isName = /^[a-z_.]+(:| is\b| has\b)/.test(message);
  const text = isName ? message : message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function note(id: string, text: string, isBad = false): void {
  const target = byId(id);
  if (target.textContent !== text) fill(target, text);
  target.classList.toggle("bad", isBad);
  for (const field of document.querySelectorAll(`[aria-describedby="${id}"]`)) {
    if (isBad) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

/** Marks what is shown as older than the fields, or not. */
function busy(isBusy: boolean): void {
  byId("inputs").dataset["busy"] = String(isBusy);
}

function clock(): number {
  return Date.now() / 1000;
}

/** Verifies again as time passes; shows everything again only if the verdict has changed. */
async function tick(): Promise<void> {
  if (document.hidden || chosen("time") !== "now") return;
  showTime(clock());
  if (current === undefined || current.token.length > 65_536) return;
  const { verifier, keys, code } = current;
  const change = latest;
  const { error } = await verifier.explain(current.token, keys);
  if (change === latest && error?.code !== code) await update();
}

function soon(): void {
  busy(true);
  clearTimeout(timer);
  timer = setTimeout(() => void update(), 120);
}

/** A paste that no field is for is refused before the browser lays it out. */
function refuseTooMuch(field: HTMLTextAreaElement | HTMLInputElement, length: number): boolean {
  if (length <= MOST) return false;
  field.value = "";
  const size = (length / 1_000_000).toFixed(1);
  const id = field.getAttribute("aria-describedby")?.split(" ").at(-1) ?? "token-note";
  clearTimeout(timer);
  void update().then(() =>
    note(
      id,
      `The text has ${size} million characters, and was not taken. Paste only the token, the keys or the policy.`,
      true,
    ),
  );
  return true;
}

function listen(): void {
  const form = byId<HTMLFormElement>("inputs");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("paste", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
    const length = event.clipboardData?.getData("text/plain").length ?? 0;
    if (length > MOST) {
      event.preventDefault();
      refuseTooMuch(field, length);
    }
  });
  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field === token || field === keysField) isExample = false;
    if (
      (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) &&
      refuseTooMuch(field, field.value.length)
    )
      return;
    soon();
  });
  form.addEventListener("change", (event) => {
    if ((event.target as HTMLInputElement).name === "policy" && chosen("policy") === "document") continueAsDocument();
    if ((event.target as HTMLInputElement).name === "time" && at.value === "")
      at.value = new Date().toISOString().slice(0, 16) + "Z";
    void update();
  });
  byId("example").addEventListener("click", () => void fillExample());
  byId("clear").addEventListener("click", () => {
    isExample = false;
    form.reset();
    void update();
    token.focus();
  });
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    byId("result").focus();
  });
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) showTime(clockOrChosen());
    width = window.innerWidth;
  });
  setInterval(() => void tick(), 1000);
}

function clockOrChosen(): number {
  return (chosen("time") === "at" ? typedTime(at.value) : undefined) ?? clock();
}

async function fillExample(): Promise<void> {
  busy(true);
  const filled = await example(clock());
  byId<HTMLFormElement>("inputs").reset();
  token.value = filled.token;
  keysField.value = filled.keys;
  byId<HTMLInputElement>("issuer").value = filled.issuer;
  byId<HTMLInputElement>("audience").value = filled.audience;
  isExample = true;
  await update();
}

/** Says what this browser lacks. */
function platform(): void {
  const banner = byId("platform");
  if (typeof WebAssembly === "undefined") {
    fill(banner, "This browser has no WebAssembly here, so nothing can be verified. Open the file in another browser.");
    banner.hidden = false;
  } else if (globalThis.crypto?.subtle === undefined) {
    fill(
      banner,
      "This browser gives this page no crypto.subtle, so only HMAC signatures (HS256, HS384, HS512) can be verified. Open the file from disk, or over https.",
    );
    banner.hidden = false;
    byId<HTMLButtonElement>("example").disabled = true;
  }
}

function algorithms(): void {
  const choices = [...ASYMMETRIC, ...SYMMETRIC].map((name) =>
    element(
      "label",
      { class: "chip" },
      element("input", { type: "checkbox", value: name, autocomplete: "off" }),
      element("span", {}, name),
    ),
  );
  fill(byId("algorithms"), ...choices);
}

/** Refusals that a skipped secret can cause. */
const SECRET_MISSED: ReadonlySet<string> = new Set(["algorithm_not_allowed", "unknown_key"]);
const SECRETS_IN_SETS =
  "The keys contain an HMAC secret, which is skipped. If nobody else can read this set, choose “Use HMAC secrets” in the policy.";

/** Refusals whose dates the page says in words. */
const DATED: ReadonlyMap<string, (whenIs: (name: string) => string) => string> = new Map([
  ["expired", (whenIs: (name: string) => string) => `The token expired ${whenIs("exp")}.`],
  ["not_yet_valid", (whenIs: (name: string) => string) => `The token becomes valid ${whenIs("nbf")}.`],
  ["issued_in_future", (whenIs: (name: string) => string) => `The token claims to be issued ${whenIs("iat")}.`],
]);

/** The most characters of a field. Far more than any limit of the core, and what a browser still lays out. */
const MOST = 1_000_000;

platform();
algorithms();
listen();
followVerdict();
fill(byId("version"), `verijot ${VERSION} · one file, works offline · the same checks as the libraries`);
void update();
