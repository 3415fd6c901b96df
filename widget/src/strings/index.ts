/** Chooses the language of the widget's own texts. Adding one: a file like en.ts, and a line here. */
import { en } from "./en";
import { es } from "./es";
import type { Strings } from "./types";

export const LANGUAGES: Record<string, Strings> = { en, es };
const RIGHT_TO_LEFT = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);

function languageOf(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? "";
}

/** The texts for `locale` ("es-MX"), English where a language has none. */
export function stringsFor(locale: string): Strings {
  return LANGUAGES[languageOf(locale)] ?? en;
}

/** The language code of the texts that `stringsFor` returns. */
export function languageFor(locale: string): string {
  const language = languageOf(locale);
  return language in LANGUAGES ? language : "en";
}

/** `locale` as a well-formed language tag for the server, "en" for anything else. */
export function languageTag(locale: string): string {
  const tag = locale.replace(/_/g, "-");
  return /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i.test(tag) ? tag : "en";
}

/** The writing direction of `locale`. */
export function directionOf(locale: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(languageOf(locale)) ? "rtl" : "ltr";
}

/** The locale for dates and times: the region is kept ("en-GB"), but never another language than that of the texts. */
export function intlLocale(locale: string): string {
  try {
    return languageOf(locale) in LANGUAGES ? (Intl.getCanonicalLocales(locale)[0] ?? "en") : "en";
  } catch {
    return languageFor(locale);
  }
}

export type { Strings } from "./types";
