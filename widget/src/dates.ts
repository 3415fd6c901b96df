/** Dates as people enter and read them, in the order and the words of their language. */

export type DatePart = "day" | "month" | "year";

/** The order in which `locale` writes day, month and year. */
export function partOrder(locale: string): DatePart[] {
  const parts = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }).formatToParts(0);
  return parts.map((part) => part.type).filter((type): type is DatePart => type === "day" || type === "month" || type === "year");
}

/** The twelve month names of `locale`. */
export function monthNames(locale: string): string[] {
  const format = new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2001, month, 15)));
}

/**
 * The month (1 to 12) that typed letters or digits begin, null when they are no month's. One letter again and again goes
 * through its months, from `present` on; "" stands for a number not finished.
 */
export function monthOf(typed: string, names: readonly string[], present = ""): string | null {
  if (/^\d{1,2}$/.test(typed)) return Number(typed) > 12 ? null : String(Number(typed) || "");
  const repeated = new Set(typed.toLowerCase()).size === 1;
  const wanted = (repeated ? typed.slice(0, 1) : typed).toLowerCase();
  const fitting = names.flatMap((name, index) => (name.toLowerCase().startsWith(wanted) ? [index + 1] : []));
  const next = (repeated && typed.length > 1 && fitting.find((month) => month > Number(present))) || fitting[0];
  return next ? String(next) : null;
}

/** "YYYY-MM-DD" for a day that exists, null otherwise (31 February, a two-digit year). */
export function isoDate(year: string, month: string, day: string): string | null {
  if (!/^\d{4}$/.test(year) || !/^\d{1,2}$/.test(month) || !/^\d{1,2}$/.test(day)) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const exists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return exists && date.getUTCFullYear() === Number(year) ? date.toISOString().slice(0, 10) : null;
}

/** The parts of an ISO date as the date control shows them; empty parts for anything else. */
export function partsOf(iso: string): Record<DatePart, string> {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  return { year: match?.[1] ?? "", month: String(Number(match?.[2]) || ""), day: String(Number(match?.[3]) || "") };
}

/** "2026-11-21" as "21 November 2026"; null for anything that is no ISO date. */
export function readableDate(iso: string, locale: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (!match || !isoDate(match[1] ?? "", match[2] ?? "", match[3] ?? "")) return null;
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(iso));
}

/** The time of day of a message, or its day and time when it is not of today; empty when `at` is no time. */
export function readableTime(at: string, locale: string, now = new Date()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const today = date.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(locale, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(date);
}
