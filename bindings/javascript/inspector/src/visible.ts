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

/**
 * Controls other than the line break, what a font leaves out, such as variation selectors, format characters such as
 * bidirectional overrides, lone surrogates, every space but the usual one, and the empty pattern of Braille.
 */
const HIDDEN = /[\p{DI}\p{Cs}\p{Cf}\p{Co}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}|(?!\n)\p{Cc}/gu;
