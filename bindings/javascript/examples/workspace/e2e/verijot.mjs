// The command line.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The program: VERIJOT, or what cargo has built. */
export function verijot() {
  const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../../../target", import.meta.url));
  const built = ["release", "debug"].map((profile) => join(target, profile, "verijot"));
  const found = process.env.VERIJOT ?? built.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error("the command line is missing: cargo build -p verijot-cli, or name it in VERIJOT");
  return found;
}
