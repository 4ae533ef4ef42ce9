/** The WebAssembly module on Node: read from the file beside this one. */
import { readFileSync } from "node:fs";

/** Compiles the module. */
export function module(): WebAssembly.Module {
  return new WebAssembly.Module(octets());
}

function octets(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("../verijot.wasm", import.meta.url));
  } catch (cause) {
    // In a bundle that chose this file, and that is not where the package is.
    throw new Error(MISSING, { cause });
  }
}

const MISSING =
  'verijot.wasm cannot be read; a bundle for Node needs the condition "module", with which the module is in it ' +
  "(esbuild and bun build: --conditions=module)";
