// Puts what belongs together into few files, in place: Node takes about a millisecond to import each. Runs before
// the package is packed; tests in the checkout use the files as they are compiled.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const { exports, imports } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

/** Every script that the package's conditions lead to. */
function scripts(conditions) {
  if (typeof conditions === "string") return conditions.endsWith(".js") ? [conditions] : [];
  return Object.values(conditions).flatMap(scripts);
}

const common = {
  ...{ absWorkingDir: here, outbase: "dist", allowOverwrite: true, metafile: true, bundle: true, splitting: true },
  ...{ format: "esm", target: "es2022", platform: "neutral", packages: "external", logLevel: "warning" },
};

// For Node itself, where the fewest files count, with what its conditions choose. Everything lies one folder below
// dist, as the loader of the module does. Each entry has all of the first, so that one file has what they share.
const ofNode = await build({
  ...common,
  entryPoints: Object.values(exports).flatMap(({ node }) => node ?? []),
  outbase: "dist/node",
  outdir: "dist/node",
  chunkNames: "[hash]",
  conditions: ["node"],
  external: ["node:*"],
  treeShaking: false,
  ignoreAnnotations: true,
  // Names stay, for those who read stacks of errors.
  minifySyntax: true,
  minifyWhitespace: true,
  // Node prints the line of an error that nobody catches.
  lineLimit: 120,
});
const entryPoints = [...new Set([...scripts(exports), ...scripts(imports)])].filter(
  (path) => existsSync(join(here, path)) && !path.startsWith("./dist/node/"),
);
const ofAll = await build({
  ...common,
  entryPoints,
  outdir: "dist",
  chunkNames: "chunks/[hash]",
  external: [...Object.keys(imports), "*.wasm", "*.wasm?module", "node:*", "cloudflare:*"],
});
const written = new Set([ofNode, ofAll].flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const name of readdirSync(join(here, "dist"), { recursive: true })) {
  if (name.endsWith(".js") && !written.has(`dist/${name}`)) rmSync(join(here, "dist", name));
}
