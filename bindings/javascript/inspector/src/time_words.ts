/** Dates and spans in words. */

/** A span such as `1 hour 5 minutes`: its two largest units. */
export function span(seconds: number): string {
  if (!(Math.abs(seconds) < FARTHEST)) return "more than 270,000 years";
  let left = Math.round(Math.abs(seconds));
  const words: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) words.push(`${count.toLocaleString("en")} ${unit}${count === 1 ? "" : "s"}`);
    else if (words.length > 0) break;
    if (words.length === 2) break;
  }
  return words.length === 0 ? "0 seconds" : words.join(" ");
}

/** Where a time is, seen from another one. */
export function relative(seconds: number, from: number, isNow: boolean): string {
  const distance = seconds - from;
  if (Math.abs(distance) < 1) return isNow ? "now" : "at the time of verification";
  if (isNow) return distance > 0 ? `in ${span(distance)}` : `${span(distance)} ago`;
  return `${span(distance)} ${distance > 0 ? "after" : "before"} the time of verification`;
}

/** A time in the time zone of this machine, with the zone's name; `undefined` beyond the calendar. */
export function local(seconds: number): string | undefined {
  return formatted(seconds, undefined);
}

/** A time in UTC; `undefined` beyond the calendar. */
export function utc(seconds: number): string | undefined {
  return formatted(seconds, "UTC");
}

/** A short local time for a drawing: with as much of the date as times that far apart (in seconds) need. */
export function short(seconds: number, apart: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "";
  if (apart > 300 * 86_400) return new Intl.DateTimeFormat("en-GB", { ...DAY, year: "numeric" }).format(date);
  const options = apart > 86_400 ? { ...DAY, ...TIME } : { ...TIME, second: "2-digit" as const };
  return new Intl.DateTimeFormat("en-GB", options).format(date);
}

/** A time as it is typed: seconds since 1970, a date, or a date and a time, local unless it names a zone. */
export function typedTime(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^-?\d{1,12}(\.\d{1,9})?$/.test(trimmed) && !/^\d{4}$/.test(trimmed)) return Number(trimmed);
  const parts = TYPED.exec(trimmed);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // The constructors take a year below 100 for one of the twentieth century.
  if (year < 100) return undefined;
  // The calendar is the same in every zone; 30 February is in none.
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const zone = parts[7];
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000;
  return date.getTime() / 1000 - offset(zone);
}

function offset(zone: string): number {
  if (/^(?:z|utc|gmt)$/i.test(zone)) return 0;
  const [hours, minutes] = zone.slice(1).split(":").map(Number);
  return (zone.startsWith("-") ? -1 : 1) * ((hours ?? 0) * 3600 + (minutes ?? 0) * 60);
}

function formatted(seconds: number, timeZone: string | undefined): string | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
    // Otherwise a year before Christ looks as one after.
    ...(seconds < COMMON_ERA ? { era: "short" as const } : {}),
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(date);
}

const DAY = { day: "numeric", month: "short" } as const;
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const TYPED =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(z|utc|gmt|[+-]\d{2}:\d{2})?$/i;

/** The beginning of the year 2, safely after the year 1 in every zone. */
const COMMON_ERA = -62_104_060_800;
/** What JavaScript's calendar reaches, in seconds. */
const FARTHEST = 8.64e12;
const UNITS: readonly (readonly [string, number])[] = [
  ["year", 31_557_600],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
