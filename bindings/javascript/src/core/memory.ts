/**
 * The core in its WebAssembly memory: how octets get in, and how answers get out.
 *
 * Every call takes numbers and octets, and leaves a status, a text and numbers that are good until the next
 * call. Whatever a call left is read before anything else can call.
 */
import { module } from "#module";
import { copied } from "./octets.js";

/** How a call ended (`bindings/wasm/README.md`). */
export const enum Status {
  Done = 0,
  Refused = 1,
  Unusable = 2,
  Question = 3,
  Fetch = 4,
  Wait = 5,
  Nothing = 6,
}

/** Octets for a call. Text becomes UTF-8; a lone surrogate becomes U+FFFD. */
export type Octets = string | Uint8Array;

type Exported = Record<string, (...values: number[]) => number>;

let exported: Exported | undefined;
let memory: WebAssembly.Memory;
let octets: Uint8Array = new Uint8Array(0);
let words: Uint32Array = new Uint32Array(0);
let numbers: Float64Array = new Float64Array(0);
let answer = 0;
let scratch = 0;
let scratchLength = 0;
let room: Uint8Array = new Uint8Array(0);

const encoder = new TextEncoder();
// What the core writes begins with no byte order mark.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The functions of the core. */
export function functions(): Exported {
  return exported ?? instantiate();
}

/** Calls a function with numbers only. */
export function call(name: string, ...values: number[]): Status {
  return functionOf(name)(...values) as Status;
}

/**
 * Calls a function with octets: `before`, then the address and the length of each of `values`, then `after`.
 * `null` stands for octets that are left out.
 */
export function callWith(
  name: string,
  before: readonly number[],
  values: readonly (Octets | null)[],
  after: readonly number[] = [],
): Status {
  const target = functionOf(name);
  const encoded = values.map((value) => (value === null ? null : encode(value)));
  let length = 0;
  for (const value of encoded) length += value?.length ?? 0;
  let address = reserve(length);
  const places: number[] = [];
  for (const value of encoded) {
    if (value === null) {
      places.push(0, 0);
    } else {
      octets.set(value, address);
      places.push(address, value.length);
      address += value.length;
    }
  }
  return target(...before, ...places, ...after) as Status;
}

/**
 * Writes octets into the memory, without another copy, and gives their number. Their address is that of
 * {@link reserve}.
 */
export function write(value: Octets): number {
  if (typeof value === "string") {
    // A text of unusual length is measured first, so that three octets for each character are not needed.
    if (value.length > SCRATCH / 3) return write(encoder.encode(value));
    reserve(value.length * 3);
    return encoder.encodeInto(value, room).written;
  }
  reserve(value.length);
  room.set(value);
  return value.length;
}

/** Room for that many octets, until the next call that has octets. Gives its address. */
export function reserve(length: number): number {
  if (exported === undefined) instantiate();
  // Never null, which stands for octets that are left out.
  if (length > scratchLength || scratch === 0) {
    const { verijot_alloc, verijot_free } = functions() as Record<string, (...values: number[]) => number>;
    if (scratchLength > 0) verijot_free?.(scratch, scratchLength);
    const wanted = Math.max(length, SCRATCH);
    scratchLength = 0;
    scratch = verijot_alloc?.(wanted) ?? 0;
    if (scratch === 0) throw new RangeError("no memory for the octets of a call");
    scratchLength = wanted;
    room = new Uint8Array(0);
  }
  // The memory may have grown in any call before.
  look();
  if (room.length === 0) room = octets.subarray(scratch, scratch + scratchLength);
  return scratch;
}

/** Gives back the room of a call that was much larger than others are. */
export function release(): void {
  if (scratchLength > KEPT) {
    functions()["verijot_free"]?.(scratch, scratchLength);
    scratchLength = 0;
    room = new Uint8Array(0);
  }
}

/** The octets of the memory; good until the next call. */
export function view(address: number, length: number): Uint8Array {
  look();
  return octets.subarray(address, address + length);
}

/** The text that the last call left. */
export function text(): string {
  return decoder.decode(textView());
}

/** The octets that the last call left; good until the next call. */
export function textView(): Uint8Array {
  look();
  const address = words[answer >> 2] ?? 0;
  return octets.subarray(address, address + (words[(answer >> 2) + 1] ?? 0));
}

/** A number that the last call left. */
export function number(index: number): number {
  look();
  return numbers[(answer >> 3) + 1 + index] ?? NaN;
}

/** Octets of entries, each with its length before it, such as the values of a header. */
export function entries(values: readonly Octets[]): Uint8Array {
  const encoded = values.map(encode);
  let length = 0;
  for (const value of encoded) length += 4 + value.length;
  const written = new Uint8Array(length);
  const lengths = new DataView(written.buffer);
  let place = 0;
  for (const value of encoded) {
    lengths.setUint32(place, value.length, true);
    written.set(value, place + 4);
    place += 4 + value.length;
  }
  return written;
}

/** An option's values; `undefined` leaves it out. */
export type OptionValue = string | number | boolean | readonly string[] | undefined;

/** Octets of options by name. Numbers and spans are written in decimal digits, `true` as 1. */
export function options(members: Iterable<readonly [string, OptionValue]>): Uint8Array {
  const written: string[] = [];
  for (const [name, value] of members) {
    if (value === undefined || value === false) continue;
    if (typeof value === "object") {
      for (const each of value) written.push(name, String(each));
    } else {
      if (typeof value === "number" && !(value >= 0 && value < Infinity)) {
        throw new RangeError(`${name} is not a finite number of at least zero`);
      }
      written.push(name, value === true ? "1" : typeof value === "number" ? decimal(value) : String(value));
    }
  }
  return entries(written);
}

/** A number without an exponent. The core refuses what is not a finite number. */
export function decimal(value: number): string {
  const written = String(value);
  return written.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : written;
}

/** Octets that nobody else can change. */
function encode(value: Octets): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : copied(value);
}

function functionOf(name: string): (...values: number[]) => number {
  const found = functions()[name];
  if (found === undefined) throw new TypeError(`the WebAssembly module has no function ${name}`);
  return found;
}

function instantiate(): Exported {
  const instance = new WebAssembly.Instance(module());
  memory = instance.exports["memory"] as WebAssembly.Memory;
  exported = instance.exports as unknown as Exported;
  answer = exported["verijot_answer"]?.() ?? 0;
  look();
  return exported;
}

/** The views, made again after the memory has grown. */
function look(): void {
  // The old buffer of a memory that has grown is detached, and its views are empty.
  if (octets.length === 0) {
    octets = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
    numbers = new Float64Array(memory.buffer);
  }
}

/** Octets that a call usually has room for. */
const SCRATCH = 65_536;
/** Octets that are kept for the next call. */
const KEPT = 1_048_576;
