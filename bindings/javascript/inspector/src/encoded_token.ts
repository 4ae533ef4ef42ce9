/** A token as it is pasted, and what its segments hold. None of this is verified. */

/** A token without what is often copied along. */
export interface Pasted {
  readonly token: string;
  /** What was left out, in words; empty if nothing. */
  readonly note: string;
}

/** Removes white space around a token and an `Authorization: Bearer` before it. */
export function pasted(text: string): Pasted {
  const trimmed = text.trim();
  const prefix = /^(?:authorization\s*:\s*)?bearer\s+/i.exec(trimmed)?.[0] ?? "";
  const token = trimmed.slice(prefix.length);
  const parts = token.split(".", 7).length;
  const note = prefix === "" ? "" : "“Bearer” before the token is left out. ";
  if (token === "") return { token, note: "" };
  const size = `${token.length.toLocaleString("en")} characters, ${parts > 6 ? "many" : parts} ${parts === 1 ? "part" : "parts"}.`;
  if (/\s/.test(token)) return { token, note: `${note}${size} It contains white space: copy it again as one line.` };
  return { token, note: note + size };
}

/** The text of a segment; `undefined` if it is not base64url. */
export function segment(token: string, index: 0 | 1): string | undefined {
  const octets = decoded(token.split(".", 3)[index] ?? "");
  return octets === undefined ? undefined : new TextDecoder().decode(octets);
}

/** The octets of base64url or base64; `undefined` if it is neither. */
export function decoded(text: string): Uint8Array | undefined {
  if (!/^[\w+/-]+={0,2}$/.test(text)) return undefined;
  try {
    const octets = atob(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""));
    return Uint8Array.from(octets, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
