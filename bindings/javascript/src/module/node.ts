/** The WebAssembly module on Node: read from the file beside this one. */
import { readFileSync } from "node:fs";

/** Compiles the module. */
export function module(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL("../verijot.wasm", import.meta.url)));
}
