/** base64url of what the core has verified, or of constants. */

/** The octets of a text that is canonical base64url. */
export function decodeBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const octets = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) octets[index] = binary.charCodeAt(index);
  return octets;
}
