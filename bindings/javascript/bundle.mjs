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

const entryPoints = [...new Set([...scripts(exports), ...scripts(imports)])].filter((path) =>
  existsSync(join(here, path)),
);
const { metafile } = await build({
  ...{ entryPoints, absWorkingDir: here, outdir: "dist", outbase: "dist", allowOverwrite: true, metafile: true },
  ...{
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    chunkNames: "chunks/[hash]",
  },
  external: [...Object.keys(imports), "*.wasm", "*.wasm?module", "node:*", "cloudflare:*"],
  ...{ packages: "external", logLevel: "warning" },
});
const written = new Set(Object.keys(metafile.outputs));
for (const name of readdirSync(join(here, "dist"), { recursive: true })) {
  if (name.endsWith(".js") && !written.has(`dist/${name}`)) rmSync(join(here, "dist", name));
}
