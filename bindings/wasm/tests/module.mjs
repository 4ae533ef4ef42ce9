// The module as its README describes it, for tests.
import { readFileSync } from "node:fs";
import process from "node:process";

/** The octets of the built module. */
export const octets = readFileSync(process.env.VERIJOT_WASM ?? new URL("../../javascript/verijot.wasm", import.meta.url));

/** A new instance: `call` takes numbers and, for an address and a length, text or octets. */
export function instantiate() {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(octets));
  const room = exports.verijot_alloc(ROOM);
  const answer = exports.verijot_answer();
  const encoder = new TextEncoder();
  const call = (name, ...values) => {
    const memory = new Uint8Array(exports.memory.buffer);
    let place = room;
    const passed = values.flatMap((value) => {
      if (typeof value === "number") return [value];
      const written = typeof value === "string" ? encoder.encode(value) : value;
      memory.set(written, place);
      place += written.length;
      return [place - written.length, written.length];
    });
    return exports[name](...passed);
  };
  const view = () => new DataView(exports.memory.buffer);
  return {
    call,
    exports,
    number: (index) => view().getFloat64(answer + 8 + 8 * index, true),
    text: () => {
      const [address, length] = [view().getUint32(answer, true), view().getUint32(answer + 4, true)];
      return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, length));
    },
  };
}

/** Entries, as options and lists are written. */
export function entries(...values) {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }),
  );
}

const ROOM = 65_536;
