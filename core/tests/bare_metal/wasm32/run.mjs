// Runs a WebAssembly module that imports nothing, in Node: `node run.mjs MODULE`. Prints its report,
// if it has one, and ends with 1 unless its `run` says that all was right.
import { readFileSync, writeSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) throw new Error(`the module imports ${JSON.stringify(imports)}`);

const { exports } = new WebAssembly.Instance(module);
const isRight = exports.run() === 1;
if (exports.report) {
  let rest = new Uint8Array(exports.memory.buffer, exports.report(), exports.report_octets());
  while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
}
process.exit(isRight ? 0 : 1);
