/** The WebAssembly module where no file can be read: carried along as base64. */
import { base64 } from "./base64.js";

/** Compiles the module. */
export function module(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
