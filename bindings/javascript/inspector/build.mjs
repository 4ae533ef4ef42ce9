// Builds the inspector into one HTML file: node inspector/build.mjs [OUT]. The package must be built before.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2] ?? `${here}../dist-inspector/inspector.html`;
const { version } = JSON.parse(readFileSync(`${here}../package.json`, "utf8"));

execFileSync(`${here}../node_modules/.bin/tsc`, ["-p", here], { stdio: "inherit" });
const script = await bundled("src/main.ts", { VERSION: JSON.stringify(version) });
const style = await bundled("style.css", {});

const policy = [
  "default-src 'none'",
  // The WebAssembly module is in the script; compiling it needs the second word.
  `script-src '${hash(script)}' 'wasm-unsafe-eval'`,
  `style-src '${hash(style)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

// Each stands in page.html once. The elements are empty there, so that a formatter cannot change their content.
const parts = [
  ["{{policy}}", policy],
  ["<style></style>", `<style>${style}</style>`],
  ["<script></script>", `<script>${script}</script>`],
];
let html = readFileSync(`${here}page.html`, "utf8");
for (const [place] of parts) {
  if (html.split(place).length !== 2) throw new Error(`page.html: must contain ${place} exactly once`);
}
for (const [place, content] of parts) html = html.replace(place, () => content);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, html);
console.log(`${out}: ${Math.round(html.length / 1024)} KB`);

async function bundled(entry, define) {
  const { outputFiles } = await build({
    entryPoints: [`${here}${entry}`],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: ["es2022"],
    charset: "ascii",
    legalComments: "none",
    define,
  });
  const text = outputFiles[0].text.trim();
  // What would end the element that the text stands in.
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${entry}: holds the end of an HTML element`);
  return text;
}

/** The source expression of an inline element (CSP 3 §2.3.1). */
function hash(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
