/** Turns plain text into paragraphs, lists and safe links. Nothing here produces HTML. */

export type Block = { kind: "paragraph"; lines: string[] } | { kind: "list"; items: string[] };

const BULLET = /^\s*[-*\u2022]\s+(.*)$/;

/** Splits text into paragraphs (lines kept) and bullet lists ("- x"). */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const bullet = BULLET.exec(line);
    if (bullet) {
      if (open?.kind !== "list") blocks.push((open = { kind: "list", items: [] }));
      open.items.push(bullet[1] ?? "");
    } else if (!line.trim()) {
      open = null;
    } else {
      if (open?.kind !== "paragraph") blocks.push((open = { kind: "paragraph", lines: [] }));
      open.lines.push(line.trim());
    }
  }
  return blocks;
}

export type Span = { text: string; href?: string };

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;

/** Splits a line into plain and linked parts: web addresses and e-mail addresses become links. */
export function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const found of line.matchAll(LINK)) {
    const href = safeHref(found[0].includes("://") ? found[0] : `mailto:${found[0]}`);
    if (!href) continue;
    if (found.index > from) spans.push({ text: line.slice(from, found.index) });
    spans.push({ text: found[0], href });
    from = found.index + found[0].length;
  }
  if (from < line.length) spans.push({ text: line.slice(from) });
  return spans;
}

const SCHEMES = new Set(["http:", "https:", "tel:", "sms:", "mailto:"]);

/** The address if it is a web, telephone, text or mail link; null for every other scheme. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address.trim());
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A telephone or text link from a number as people write it. */
export function phoneHref(number: string, scheme: "tel" | "sms" = "tel"): string | null {
  const digits = number.replace(/[^\d+*#]/g, "");
  return /\d/.test(digits) ? `${scheme}:${digits.replace(/#/g, "%23")}` : null;
}

/** Where a source can be read: its own address, or the public page of its PMC, DOI or trial number; else null. */
export function sourceHref(ref: string): string | null {
  const direct = /^https?:\/\//i.test(ref) ? safeHref(ref) : null;
  if (direct) return direct;
  const pmc = /\bPMC\d{4,}\b/i.exec(ref);
  if (pmc) return `https://pmc.ncbi.nlm.nih.gov/articles/${pmc[0].toUpperCase()}/`;
  const doi = /\b10\.\d{4,9}\/[^\s,;]+/.exec(ref);
  if (doi) return `https://doi.org/${encodeURI(doi[0])}`;
  const trial = /\bNCT\d{8}\b/i.exec(ref);
  if (trial) return `https://clinicaltrials.gov/study/${trial[0].toUpperCase()}`;
  const site = /(?:^|[\s,])((?:[a-z0-9-]+\.)+(?:gov|org|int|com|eu|net|uk))(\/[^\s,;]*)?$/i.exec(ref.trim());
  return site?.[1] ? `https://${site[1].toLowerCase()}${encodeURI(site[2] ?? "/")}` : null;
}

/** Whether one word is almost an e-mail address ("ana@gmial", "ana@"). Words without an @ sign and sentences are not. */
export function isNearAddress(text: string): boolean {
  return /^\S*@\S*$/.test(text) && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}
