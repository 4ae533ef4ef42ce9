/** base64url of what the core has verified, of constants, and of tests. */

/** The octets of a text that is canonical base64url. */
export function decodeBase64Url(text: string): Uint8Array {
  const { length } = text;
  const octets = new Uint8Array((length * 3) >> 2);
  const whole = length & ~3;
  let place = 0;
  let index = 0;
  for (; index < whole; index += 4) {
    const bits =
      (value(text, index) << 18) |
      (value(text, index + 1) << 12) |
      (value(text, index + 2) << 6) |
      value(text, index + 3);
    octets[place] = bits >> 16;
    octets[place + 1] = bits >> 8;
    octets[place + 2] = bits;
    place += 3;
  }
  if (length - whole > 1) {
    const bits = (value(text, index) << 18) | (value(text, index + 1) << 12) | (value(text, index + 2) << 6);
    octets[place] = bits >> 16;
    if (length - whole === 3) octets[place + 1] = bits >> 8;
  }
  return octets;
}

/** Octets as base64url without padding (RFC 7515 §2). */
export function encodeBase64Url(octets: Uint8Array): string {
  let binary = "";
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function value(text: string, index: number): number {
  return VALUES[text.charCodeAt(index)] ?? 0;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Uint8Array(128);
for (let index = 0; index < ALPHABET.length; index += 1) VALUES[ALPHABET.charCodeAt(index)] = index;
