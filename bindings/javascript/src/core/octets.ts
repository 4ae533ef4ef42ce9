/** Octets of callers, which they may change at any time. */

/** Whether a value is a Uint8Array, of whatever realm, and no object that only says so. */
export function isOctets(value: unknown): value is Uint8Array {
  return typeof value === "object" && value !== null && brand.call(value) === "Uint8Array";
}

/**
 * A copy of octets, also of those in shared memory, that nobody else can change.
 *
 * @throws TypeError for what is not a Uint8Array.
 */
export function copied(octets: Uint8Array): Uint8Array {
  if (!isOctets(octets)) throw new TypeError("neither a string nor a Uint8Array");
  // The constructor asks nothing of the object that its class could answer otherwise.
  return new Uint8Array(octets);
}

/** The name of the kind of a typed array, read from its inside. */
const brand = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined;
