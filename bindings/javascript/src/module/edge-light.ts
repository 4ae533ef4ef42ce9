/** The WebAssembly module on edge-light, which compiles imported modules itself and no others. */
// @ts-expect-error: the file is put there by the build.
import compiled from "../verijot.wasm?module";

/** The compiled module. */
export function module(): WebAssembly.Module {
  return compiled as WebAssembly.Module;
}
