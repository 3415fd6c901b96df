import { describe, expect, it } from "vitest";
import { blocksOf, isNearAddress, phoneHref, safeHref, sourceHref, spansOf } from "../src/text";

describe("blocksOf", () => {
  it.each([
    ["One line.", [{ kind: "paragraph", lines: ["One line."] }]],
    ["a\nb\n\nc", [{ kind: "paragraph", lines: ["a", "b"] }, { kind: "paragraph", lines: ["c"] }]],
    ["Before:\n- one\n- two\nAfter", [
      { kind: "paragraph", lines: ["Before:"] },
      { kind: "list", items: ["one", "two"] },
      { kind: "paragraph", lines: ["After"] },
    ]],
    ["5 - 3 is two", [{ kind: "paragraph", lines: ["5 - 3 is two"] }]],
    ["", []],
  ])("reads %j", (text, blocks) => {
    expect(blocksOf(text)).toEqual(blocks);
  });
});

describe("spansOf", () => {
  it("links web and mail addresses and leaves the full stop outside", () => {
    expect(spansOf("See https://example.org/a?b=1. Or a.b@example.org!")).toEqual([
      { text: "See " },
      { text: "https://example.org/a?b=1", href: "https://example.org/a?b=1" },
      { text: ". Or " },
      { text: "a.b@example.org", href: "mailto:a.b@example.org" },
      { text: "!" },
    ]);
  });

  it("leaves markup and scripts as plain text", () => {
    const text = "<img src=x onerror=alert(1)> javascript:alert(1)";
    expect(spansOf(text)).toEqual([{ text }]);
  });
});

describe("safeHref", () => {
  it.each([
    ["https://example.org/", "https://example.org/"],
    ["tel:+1202", "tel:+1202"],
    ["sms:988", "sms:988"],
    ["mailto:a@b.example", "mailto:a@b.example"],
    ["javascript:alert(1)", null],
    [" JaVaScRiPt:alert(1)", null],
    ["data:text/html,x", null],
    ["file:///etc/passwd", null],
    ["vbscript:x", null],
    ["no address", null],
  ])("%s", (address, href) => {
    expect(safeHref(address)).toBe(href);
  });
});

describe("phoneHref", () => {
  it.each([
    ["+1 202 555 0142", "tel", "tel:+12025550142"],
    ["988", "sms", "sms:988"],
    ["*123#", "tel", "tel:*123%23"],
    ["javascript:alert(1)", "tel", "tel:1"],
    ["none", "tel", null],
  ] as const)("%s by %s", (number, scheme, href) => {
    expect(phoneHref(number, scheme)).toBe(href);
  });
});

describe("sourceHref", () => {
  it.each([
    ["https://www.lupus.org/a", "https://www.lupus.org/a"],
    ["PMC6751808", "https://pmc.ncbi.nlm.nih.gov/articles/PMC6751808/"],
    ["doi:10.1038/s41409-025-02695-y", "https://doi.org/10.1038/s41409-025-02695-y"],
    ["clinicaltrials.gov, NCT02633163", "https://clinicaltrials.gov/study/NCT02633163"],
    ["US Food and Drug Administration, fda.gov", "https://fda.gov/"],
    ["eur-lex.europa.eu", "https://eur-lex.europa.eu/"],
    ["lupus.org/resources/what-is-lupus", "https://lupus.org/resources/what-is-lupus"],
    ["PlacidWay", null],
    ["Annals of the Rheumatic Diseases 2017;76:1436-1439", null],
    ["javascript:alert(1)//fda.gov", null],
  ])("%s", (ref, href) => {
    expect(sourceHref(ref)).toBe(href);
  });
});

it.each([
  ["ana@", true],
  ["ana@gmial", true],
  ["@gmail.com", true],
  ["ana@@example.org", true],
  ["ana@example.org", false],
  ["ana", false],
  ["help", false],
  ["i cant breathe my chest hurts", false],
  ["reach me @ work", false],
])("%j is almost an address: %s", (text, near) => {
  expect(isNearAddress(text)).toBe(near);
});
