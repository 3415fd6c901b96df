/** The wire contract: what the server may send, and how untrusted JSON becomes one of these shapes. */

export interface Button {
  title: string;
  payload: string;
}

export interface Topic {
  id: string;
  title: string;
}

export interface Source {
  title: string;
  kind: string;
  ref: string;
}

export interface Faq {
  id: string;
  title: string;
  evidence: string;
  sources: Source[];
  related: Topic[];
  /** Topics that may have been meant instead. */
  also: Topic[];
  /** The id of the direct answer that the text is; empty where it is the whole article. */
  answer: string;
}

export interface Choice {
  value: string;
  label: string;
  exclusive: boolean;
}

/** Where a question stands: its part of the questionnaire, and its place in it. */
export interface Section {
  label: string;
  number: number;
  sections: number;
  step: number;
  total: number;
}

export interface Question {
  id: string;
  kind: string;
  format: string;
  choices: Choice[];
  required: boolean;
  step: number;
  total: number;
  section: Section | null;
  /** What is needed is there: the rest may be left out, and the request sent. */
  canSend: boolean;
  /** The present answer while it is being changed: values of choices, or the person's own words. */
  prefilled: string[];
}

export interface SummaryItem {
  id: string;
  label: string;
  value: string;
}

export interface SafetyNumber {
  name: string;
  number: string;
  call: boolean;
  text: boolean;
}

export interface Custom {
  faq?: Faq;
  question?: Question;
  summary?: SummaryItem[];
  /** The labels of what the review's questions left out unasked. */
  notAsked?: string[];
  request?: { reference: string; status: string };
  /** The code with which an unsent intake goes on elsewhere. */
  code?: string;
  safety?: { kind: string; numbers: SafetyNumber[] };
  fallback?: Topic[];
  handoff?: Record<string, string>;
}

export interface Message {
  id: string;
  from: "patient" | "assistant";
  text: string;
  buttons: Button[];
  custom: Custom;
  at: string;
}

export interface Session {
  token: string;
  expiresAt: string;
  conversation: string;
}

export interface HistoryPage {
  messages: Message[];
  next: string | null;
}

type Json = Record<string, unknown>;

function object(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object).filter((item): item is Json => item !== null) : [];
}

/** A text from a text, a number or a list of them; everything else is empty. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? value.map(text).filter(Boolean).join(", ") : "";
}

function topics(value: unknown): Topic[] {
  return objects(value)
    .map((item) => ({ id: text(item.id), title: text(item.title) || text(item.id) }))
    .filter((topic) => topic.title);
}

const EXCLUSIVE_VALUES = new Set(["none", "not_sure", "no_preference"]);

function question(json: Json): Question | null {
  const id = text(json.id);
  if (!id) return null;
  const choices = objects(json.choices)
    .map((item) => {
      const value = text(item.value);
      return {
        value,
        label: text(item.label) || value,
        exclusive: item.exclusive === true || EXCLUSIVE_VALUES.has(value),
      };
    })
    .filter((choice) => choice.value);
  return {
    id,
    kind: text(json.kind) || "text",
    format: text(json.format),
    choices,
    required: json.required !== false,
    step: Number(json.step) || 0,
    total: Number(json.total) || 0,
    section: section(object(json.section)),
    canSend: json.can_send === true,
    prefilled: presentAnswer(json.prefilled, choices),
  };
}

function section(json: Json | null): Section | null {
  if (!json || !text(json.label)) return null;
  const count = (key: string) => Number(json[key]) || 0;
  return { label: text(json.label), number: count("number"), sections: count("sections"), step: count("step"), total: count("total") };
}

/** Stored answers are values, or {code, text}: a code that is no choice here gives way to the person's own words. */
function presentAnswer(value: unknown, choices: readonly Choice[]): string[] {
  const items = Array.isArray(value) ? (value as unknown[]) : [value];
  return items
    .map((item) => {
      const json = object(item);
      if (!json) return text(item);
      const code = text(json.code);
      return choices.some((choice) => choice.value === code) ? code : text(json.text) || code;
    })
    .filter(Boolean);
}

/** Emergency numbers come as plain numbers or as {name, number, how}; `how` says whether to call, to text or both. */
function safetyNumber(value: unknown): SafetyNumber | null {
  const json = object(value);
  const number = text(json ? json.number : value);
  if (!/\d/.test(number)) return null;
  const how = json ? text(json.how) : "";
  const byText = /text|sms/i.test(how);
  return { name: json ? text(json.name) : "", number, call: !byText || /call/i.test(how), text: byText };
}

function contact(json: Json): Record<string, string> {
  const entries = Object.entries(json).map(([key, value]): [string, string] => {
    const nested = object(value);
    return [key, nested ? Object.entries(nested).map(([day, hours]) => `${day}: ${text(hours)}`).join("\n") : text(value)];
  });
  return Object.fromEntries(entries.filter(([, value]) => value));
}

/** Reads a message's `custom` object. What is unknown or malformed is left out, so that the text still shows. */
export function readCustom(value: unknown): Custom {
  const json = object(value);
  const custom: Custom = {};
  if (!json) return custom;
  const faq = object(json.faq);
  if (faq) {
    custom.faq = {
      id: text(faq.id),
      title: text(faq.title),
      evidence: text(faq.evidence),
      sources: objects(faq.sources)
        .map((item) => ({ title: text(item.title), kind: text(item.kind), ref: text(item.ref) }))
        .filter((source) => source.title || source.ref),
      related: topics(faq.related),
      also: topics(faq.also),
      answer: text(object(faq.answer)?.id),
    };
  }
  const asked = object(json.question);
  const read = asked && question(asked);
  if (read) custom.question = read;
  const summary = object(json.summary);
  if (summary) {
    custom.summary = objects(summary.items).map((item) => ({
      id: text(item.id),
      label: text(item.label) || text(item.id),
      value: text(item.value),
    }));
    custom.notAsked = objects(summary.not_asked)
      .map((item) => text(item.label) || text(item.id))
      .filter(Boolean);
  }
  const request = object(json.request);
  if (request && text(request.reference)) {
    custom.request = { reference: text(request.reference), status: text(request.status) };
  }
  const code = text(object(json.resume)?.code);
  if (code) custom.code = code;
  const safety = object(json.safety);
  if (safety) {
    const numbers = Array.isArray(safety.numbers) ? safety.numbers : [];
    custom.safety = {
      kind: text(safety.kind),
      numbers: numbers.map(safetyNumber).filter((number): number is SafetyNumber => number !== null),
    };
  }
  const fallback = object(json.fallback);
  if (fallback) custom.fallback = topics(fallback.suggestions);
  const handoff = object(json.handoff);
  if (handoff) custom.handoff = contact(object(handoff.contact) ?? {});
  return custom;
}

/** Reads one message; null when it has no id or nothing to show. */
export function readMessage(value: unknown, from?: "patient" | "assistant"): Message | null {
  const json = object(value);
  if (!json || !text(json.id)) return null;
  const message: Message = {
    id: text(json.id),
    from: from ?? (json.from === "patient" ? "patient" : "assistant"),
    text: text(json.text),
    buttons: objects(json.buttons)
      .map((item) => ({ title: text(item.title), payload: text(item.payload) || text(item.title) }))
      .filter((button) => button.title),
    custom: readCustom(json.custom),
    at: text(json.at),
  };
  const empty = !message.text && !message.buttons.length && !Object.keys(message.custom).length;
  return empty ? null : message;
}

function present<T>(value: T | null): value is T {
  return value !== null;
}

/** Reads the answer to `POST /message`. */
export function readReplies(value: unknown): Message[] {
  const replies = object(value)?.replies;
  return Array.isArray(replies) ? replies.map((item) => readMessage(item, "assistant")).filter(present) : [];
}

/** Reads the answer to `GET /history`: messages in the order they were said, and the cursor of earlier ones. */
export function readHistory(value: unknown): HistoryPage {
  const json = object(value) ?? {};
  const messages = Array.isArray(json.messages) ? json.messages.map((item) => readMessage(item)).filter(present) : [];
  return { messages, next: text(json.next) || null };
}

/** Reads the answer to `POST /session`; null when it is no session. */
export function readSession(value: unknown): Session | null {
  const json = object(value);
  if (!json || !text(json.token)) return null;
  return { token: text(json.token), expiresAt: text(json.expires_at), conversation: text(json.conversation) };
}
