// The table of all functions in the README, from the documentation in the sources:
// node functions.mjs [--write].
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const sources = new URL("../src/", import.meta.url);
const readme = new URL("../README.md", import.meta.url);

/** Every exported function: its name, its parameters and the first sentence about it. */
export function functions() {
  const found = [];
  for (const name of readdirSync(sources).sort()) {
    const source = readFileSync(new URL(name, sources), "utf8");
    for (const [, comment, named, given, result] of source.matchAll(FUNCTION)) {
      const text = comment.replace(/^\/\/\/ ?/gm, "").split("\n\n")[0].replaceAll("\n", " ").trim();
      const sentence = /^.*?[.:;](?= |$)/.exec(text)?.[0].replace(/[:;]$/, ".") ?? text;
      const parameters = [...given.matchAll(/(\w+): ([^,]+)/g)].map(([, parameter, type]) => [parameter, type.trim()]);
      const isInEveryModule = !ONLY_WITH_SETTINGS.includes(name);
      found.push({ name: named, parameters, sentence, hasStatus: result?.trim() === "u32", isInEveryModule });
    }
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The README with the table as the sources have it. */
export function withTable(text) {
  const rows = functions().map(({ name, parameters, sentence }) => {
    const isLength = (parameter) => parameter === "length" || parameter?.endsWith("_length");
    const given = parameters
      .map(([parameter], index) => (isLength(parameters[index + 1]?.[0]) ? `${parameter}…` : parameter))
      .filter((parameter) => !isLength(parameter));
    return `| \`${name}(${given.join(", ")})\` | ${sentence.replaceAll("|", "\\|").replace(/\[`?(?:\w+::)*(\w+)`?\]/g, "`$1`")} |`;
  });
  const table = `<!-- functions -->\n| function; \`name…\` is an address and a length | |\n|---|---|\n${rows.join("\n")}\n<!-- end -->`;
  return text.replace(/<!-- functions -->[\s\S]*<!-- end -->/, () => table);
}

/** The README. */
export function written() {
  return readFileSync(readme, "utf8");
}

// In the C library and the module of Go.
const ONLY_WITH_SETTINGS = ["settings.rs"];

const FUNCTION =
  /((?:^\/\/\/.*\n)+)#\[unsafe\(no_mangle\)\]\npub (?:unsafe )?extern "C" fn (\w+)\(([^)]*)\)(?: -> ([^{]+))? \{/gm;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = withTable(written());
  if (process.argv.includes("--write")) writeFileSync(readme, text);
  else process.exitCode = text === written() ? 0 : 1;
}
