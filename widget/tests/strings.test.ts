import { describe, expect, it } from "vitest";
import { directionOf, LANGUAGES, intlLocale, languageFor, languageTag, stringsFor } from "../src/strings";
import { en } from "../src/strings/en";
import { es } from "../src/strings/es";

/** Every text and its path; a function is called with examples. */
function flat(value: unknown, path = ""): [string, string][] {
  if (typeof value === "function") return [[path, String((value as (...args: unknown[]) => unknown)(3, 7))]];
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([key, inner]) => flat(inner, `${path}.${key}`));
  return [[path, String(value)]];
}

it("has every text in Spanish, and none left in English", () => {
  const english = new Map(flat(en));
  const spanish = new Map(flat(es));
  expect([...spanish.keys()].sort()).toEqual([...english.keys()].sort());
  const alike = [...spanish].filter(([path, text]) => english.get(path) === text).map(([path]) => path);
  // What a starter sends is understood by the assistant in English; names stay as they are.
  expect(alike.filter((path) => !path.endsWith(".payload"))).toEqual([".no", ".contactFields.whatsapp"]);
  expect([...spanish].filter(([, text]) => !text.trim())).toEqual([]);
});

it("says in every other language, before anything else, that only English is understood, and the emergency numbers", () => {
  expect(en.onlyEnglish).toBe("");
  for (const language of Object.values(LANGUAGES).filter((texts) => texts !== en)) {
    expect(language.onlyEnglish).toMatch(/\b911\b.*\b112\b/);
  }
});

it.each([
  ["es-MX", "es-MX"],
  ["en_US", "en-US"],
  ["", "en"],
  ["not a tag", "en"],
])("tells the server %j as %s", (locale, tag) => {
  expect(languageTag(locale)).toBe(tag);
});

describe("languages", () => {
  it.each([
    ["es-MX", "es", "ltr", "es-MX"],
    ["en-GB", "en", "ltr", "en-GB"],
    ["ar", "en", "rtl", "en"],
    ["he-IL", "en", "rtl", "en"],
    ["", "en", "ltr", "en"],
    ["en_broken!", "en", "ltr", "en"],
  ])("%s", (locale, language, direction, forIntl) => {
    expect(languageFor(locale)).toBe(language);
    expect(stringsFor(locale)).toBe(language === "es" ? es : en);
    expect(directionOf(locale)).toBe(direction);
    expect(intlLocale(locale)).toBe(forIntl);
  });
});
