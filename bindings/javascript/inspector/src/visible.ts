/** Text whose every character can be seen. */

/** A piece of text; a hidden one is the number of a character that has no glyph of its own. */
export interface Piece {
  readonly text: string;
  readonly isHidden: boolean;
}

/** Splits text into what is shown as it is and the numbers of characters that hide or reorder text. */
export function visible(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), isHidden: false });
    const code = match[0].codePointAt(0) ?? 0;
    pieces.push({ text: `U+${code.toString(16).toUpperCase().padStart(4, "0")}`, isHidden: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isHidden: false });
  return pieces;
}

/** Controls other than the line break, format characters such as bidirectional overrides, lone surrogates, odd spaces. */
const HIDDEN = /[\p{Cs}\p{Cf}\p{Co}\p{Zl}\p{Zp}\u00A0\u2000-\u200A\u3000\u115F\u1160\u3164\uFFA0]|(?!\n)\p{Cc}/gu;
