/** base64url of what the core has verified, of constants, and of tests. */

/** The octets of a text that is canonical base64url. */
export function decodeBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const octets = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) octets[index] = binary.charCodeAt(index);
  return octets;
}

/** Octets as base64url without padding (RFC 7515 §2). */
export function encodeBase64Url(octets: Uint8Array): string {
  let binary = "";
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
