/** A drawing of when the token is valid: issue, start, expiry, leeway and the time of verification. */
import { drawn, element } from "./dom.js";
import { local, relative, short, span } from "./time_words.js";

/** The times of a token, in seconds since 1970. */
export interface Times {
  readonly iat: number | undefined;
  readonly nbf: number | undefined;
  readonly exp: number | undefined;
  /** Unknown while the policy is wrong. */
  readonly leeway: number | undefined;
  readonly now: number;
  /** Whether `now` is the clock's. */
  readonly isNow: boolean;
}

/** The drawing with its words; `undefined` for a token without dates. */
export function timeline(times: Times, width: number): HTMLElement | undefined {
  if (claimed(times).length === 0) return undefined;
  const words = sentences(times);
  return element(
    "figure",
    { class: "timeline" },
    drawing(times, Math.max(width, 240), words),
    element("figcaption", {}, words),
  );
}

/** The same in words. */
function sentences({ iat, nbf, exp, leeway, now, isNow }: Times): string {
  const start = startOf(iat, nbf);
  const said: string[] = [];
  if (start !== undefined && exp !== undefined) {
    said.push(exp > start ? `Valid for ${span(exp - start)}` : never(start, exp, leeway));
  } else {
    said.push(exp === undefined ? "Never expires" : "Valid from any time");
  }
  if (nbf !== undefined && nbf > now) said.push(`begins ${relative(nbf, now, isNow)}`);
  if (exp !== undefined) said.push(`${exp > now ? "expires" : "expired"} ${relative(exp, now, isNow)}`);
  if (leeway !== undefined) said.push(`leeway ${span(leeway)}`);
  return `${said.join(" · ")}.`;
}

/** A token that expires before it begins is accepted where the leeway of both dates meets. */
function never(start: number, exp: number, leeway = 0): string {
  const order = exp === start ? "it expires as it begins" : "it expires before it begins";
  return exp + leeway > start - leeway ? `Valid by the leeway only: ${order}` : `Never valid: ${order}`;
}

function drawing(times: Times, width: number, words: string): SVGElement {
  const { iat, nbf, exp, leeway = 0, now, isNow } = times;
  const points = claimed(times);
  const scale = scaled(
    points.map(([, at]) => at),
    times,
    width,
  );
  const image = drawn("svg", { role: "img", "aria-label": `Timeline. ${words}`, width });
  const bar = (from: number, to: number, kind: string): void => {
    if (to > from)
      image.append(
        drawn("rect", { class: kind, x: from, y: AXIS - 5, width: Math.max(to - from, 1), height: 10, rx: 2 }),
      );
  };
  image.append(drawn("line", { class: "axis", x1: 0, x2: width, y1: AXIS, y2: AXIS }));

  const start = startOf(iat, nbf);
  const from = start === undefined ? 0 : scale.place(start);
  const to = exp === undefined ? width : scale.place(exp);
  if (start !== undefined) bar(scale.place(start - leeway), from, "leeway");
  if (exp !== undefined) bar(to, scale.place(exp + leeway), "leeway");
  bar(from, to, "valid");
  if (scale.gap !== undefined) {
    const x = scale.gap;
    image.append(drawn("rect", { class: "ground", x: x - 5, y: AXIS - 8, width: 10, height: 16 }));
    image.append(drawn("path", { class: "gap", d: `M${x - 8} ${AXIS + 6}l6 -12M${x + 2} ${AXIS + 6}l6 -12` }));
  }

  const apart = spread(points.map(([, at]) => at).concat(now));
  let lastEnd = -Infinity;
  let row = 0;
  let top = ROW;
  for (const [name, at] of merged(points, scale.place)) {
    const x = scale.place(at);
    const label = Math.min(Math.max(x, LABEL), width - LABEL);
    row = label - LABEL < lastEnd ? 1 - row : 0;
    lastEnd = label + LABEL;
    if (row === 1) top = 0;
    const y = row === 0 ? 12 + ROW : 12;
    image.append(drawn("line", { class: "tick", x1: x, x2: x, y1: y + 16, y2: AXIS + 9 }));
    image.append(drawn("text", { class: "name", x: label, y, "text-anchor": "middle" }, name));
    image.append(drawn("text", { class: "time", x: label, y: y + 13, "text-anchor": "middle" }, short(at, apart)));
  }
  const x = scale.place(now);
  const label = Math.min(Math.max(x, LABEL), width - LABEL);
  image.append(drawn("line", { class: "now", x1: x, x2: x, y1: AXIS - 14, y2: AXIS + 18 }));
  image.append(drawn("circle", { class: "now", cx: x, cy: AXIS, r: 5 }));
  image.append(
    drawn(
      "text",
      { class: "name now", x: label, y: AXIS + 33, "text-anchor": "middle" },
      isNow ? "now" : "verified at",
    ),
  );
  image.append(drawn("text", { class: "time", x: label, y: AXIS + 46, "text-anchor": "middle" }, short(now, apart)));
  image.setAttribute("height", String(HEIGHT - top));
  image.setAttribute("viewBox", `0 ${top} ${width} ${HEIGHT - top}`);
  return image;
}

interface Scale {
  readonly place: (at: number) => number;
  /** Where the axis is cut, because `now` is far from the token's times. */
  readonly gap: number | undefined;
}

/** Linear; if `now` is far away, it stands at the end of an axis that is cut. */
function scaled(points: readonly number[], { now, leeway = 0 }: Times, width: number): Scale {
  const first = Math.min(...points);
  const last = Math.max(...points);
  const length = Math.max(last - first, leeway * 4, 60);
  const isBefore = now < first - length;
  const isAfter = now > last + length;
  const low = (isBefore || isAfter ? first : Math.min(first, now)) - leeway;
  const high = Math.max(isBefore || isAfter ? last : Math.max(last, now), low + length) + leeway;
  const left = MARGIN + (isBefore ? width * CUT : 0);
  const right = width - MARGIN - (isAfter ? width * CUT : 0);
  const linear = (at: number): number =>
    left + ((Math.min(Math.max(at, low), high) - low) / (high - low)) * (right - left);
  if (isBefore) return { place: (at) => (at === now ? MARGIN : linear(at)), gap: (MARGIN + left) / 2 };
  if (isAfter) return { place: (at) => (at === now ? width - MARGIN : linear(at)), gap: (width - MARGIN + right) / 2 };
  return { place: linear, gap: undefined };
}

/** The claims with a date, those at one place under one name. */
function merged(
  points: readonly (readonly [string, number])[],
  place: (at: number) => number,
): (readonly [string, number])[] {
  const found: [string, number][] = [];
  for (const [name, at] of [...points].sort((one, other) => one[1] - other[1])) {
    const last = found.at(-1);
    if (last !== undefined && place(at) - place(last[1]) < 3) last[0] += `, ${name}`;
    else found.push([name, at]);
  }
  return found;
}

function claimed({ iat, nbf, exp }: Times): [string, number][] {
  const all: [string, number | undefined][] = [
    ["iat", iat],
    ["nbf", nbf],
    ["exp", exp],
  ];
  return all.filter((each): each is [string, number] => each[1] !== undefined && local(each[1]) !== undefined);
}

function startOf(iat: number | undefined, nbf: number | undefined): number | undefined {
  return nbf ?? iat;
}

function spread(times: readonly number[]): number {
  return Math.max(...times) - Math.min(...times);
}

const HEIGHT = 130;
const AXIS = 76;
/** The height of a second row of labels, for those that stand close together. */
const ROW = 26;
const MARGIN = 14;
/** Half of a label's width. */
const LABEL = 40;
/** The share of the width between the token's times and a `now` far away. */
const CUT = 0.22;
