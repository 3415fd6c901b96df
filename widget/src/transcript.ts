/** Decisions about a conversation's messages: what is open now, and how the patient's own words are shown. */
import type { Button, Message, Question, SafetyNumber, Section, Topic } from "./contract";
import { readableDate } from "./dates";
import type { Strings } from "./strings/types";

export type Status = "sent" | "sending" | "failed";

export interface Entry extends Message {
  status: Status;
  /** Why it failed, as a key of `strings.failures`. */
  failure?: string;
  /** Time (ms) before which trying again is pointless. */
  retryAt?: number;
  /** Typed by the person, and not the value of a button or a control. */
  typed: boolean;
}

export interface Open {
  /** The message the person is to answer, when it is a question. */
  asked: Entry | null;
  question: Question | null;
  /** Buttons of the newest messages that the question's own control does not already offer. */
  buttons: Button[];
  suggestions: Topic[];
}

const COMMANDS = new Set(["back", "skip", "pause", "stop"]);

/** Said for channels without buttons. */
const SKIP_HINT = "You can skip this one: type “skip”.";
const SEND_HINT = "To stop here and send, type “send what I have”.";

/** What is sent to leave the rest of the questions out. */
export const ENOUGH = "send what i have";

/** What waits for an answer: taken from the messages since the patient's last delivered one. */
export function openPart(entries: readonly Entry[]): Open {
  const delivered = entries.filter((entry) => entry.from === "assistant" || entry.status !== "failed");
  const last = delivered.reduce((found, entry, index) => (entry.from === "patient" ? index : found), -1);
  const recent = delivered.slice(last + 1);
  const asked = [...recent].reverse().find((entry) => entry.custom.question) ?? null;
  const question = asked?.custom.question ?? null;
  const suggestions = recent.flatMap((entry) => entry.custom.fallback ?? []);
  const offered = new Set([...(question?.choices ?? []).map((choice) => choice.value), ...suggestions.map((topic) => topic.title)]);
  const seen = new Set<string>();
  const waysOn = recent.some((entry) => entry.custom.safety) ? [] : waysOnOf(delivered);
  const buttons = [...recent.flatMap((entry) => entry.buttons), ...waysOn]
    .filter((button) => {
      const repeated = offered.has(button.payload) || seen.has(button.payload);
      seen.add(button.payload);
      return !repeated && !(question && isShownCommand(button.payload, question));
    });
  return { asked, question, buttons, suggestions };
}

/** The buttons of the newest safety message, until one was pressed or a question was asked: a way on stays in sight. */
function waysOnOf(delivered: readonly Entry[]): Button[] {
  const at = delivered.reduce((found, entry, index) => (entry.custom.safety ? index : found), -1);
  const { buttons = [] } = delivered[at] ?? {};
  const payloads = buttons.map((button) => button.payload);
  const over = (entry: Entry) => entry.custom.question || (entry.from === "patient" && payloads.includes(entry.text));
  return delivered.slice(at + 1).some(over) ? [] : buttons;
}

/** Lines that the widget shows better in another way: progress, numbered choices, the review's list. */
export function proseOf(entry: Entry): string {
  const { question, summary } = entry.custom;
  let text = entry.text;
  const drop = (line: string) => {
    text = `\n${text}\n`.replace(`\n${line}\n`, "\n").trim();
  };
  if (question) drop(`(Question ${question.step} of ${question.total})`);
  if (question?.section) drop(progressLine(question.section));
  if (question && commandsOf(question).includes("skip")) drop(SKIP_HINT);
  if (question?.canSend) drop(SEND_HINT);
  question?.choices.forEach((choice, index) => drop(`${index + 1}. ${choice.label}`));
  if (entry.custom.notAsked?.length) {
    text = text.split("\n").filter((line) => !line.startsWith("Not asked: ")).join("\n");
  }
  summary?.forEach((item, index) => drop(`${index + 1}. ${item.label}: ${item.value}`));
  return text;
}

function progressLine({ label, number, sections, step, total }: Section): string {
  return `(${label}, ${step} of ${total} – part ${number} of ${sections})`;
}

/** Whether the question's own row of commands already has this button. */
function isShownCommand(payload: string, question: Question): boolean {
  if (payload === ENOUGH) return question.canSend;
  return COMMANDS.has(payload) && commandsOf(question).includes(payload as Command);
}

export type Command = "back" | "skip" | "pause" | "stop";

/** The commands that make sense at this question: nothing before the first, and only optional ones can be skipped. */
export function commandsOf(question: Question): Command[] {
  // The look-up of a request is no intake: it has no earlier question to go back to, and keeps nothing to come back to.
  if (question.id.startsWith("lookup_")) return ["stop"];
  const commands: Command[] = [];
  if (question.step > 1 || question.id === "review") commands.push("back");
  if (!question.required) commands.push("skip");
  commands.push("pause");
  const offered = question.choices.map((choice) => choice.value);
  return commands.filter((command) => !offered.includes(command));
}

/** A patient's message as it reads best: the label behind a choice's value, a date in words, else their own words. */
export function shownText(entry: Entry, before: readonly Entry[], strings: Strings, locale: string): string {
  if (entry.from !== "patient") return entry.text;
  const sent = entry.text.trim();
  const titles = new Map(strings.starters.map((starter) => [starter.payload, starter.title]));
  let question: Question | null = null;
  for (const earlier of before.slice(-8)) {
    for (const button of earlier.buttons) titles.set(button.payload, button.title);
    question = earlier.custom.question ?? question;
  }
  for (const choice of question?.choices ?? []) titles.set(choice.value, choice.label);
  const title = titles.get(sent);
  if (title) return title;
  const command = (strings.commands as Record<string, string>)[sent];
  if (command) return command;
  if (question?.kind === "multi") {
    return sent.split(/,\s*/).map((part) => titles.get(part) ?? part).join(", ");
  }
  return (question?.kind === "date" && readableDate(sent, locale)) || entry.text;
}

/** The newest safety message that has not been put away. */
export function pinnedSafety(entries: readonly Entry[], dismissed: readonly string[]): Entry | null {
  const newest = [...entries].reverse().find((entry) => entry.custom.safety);
  return newest && !dismissed.includes(newest.id) ? newest : null;
}

/** Numbers of the emergency services that an earlier safety message named, at most two. */
export function emergencyNumbers(entries: readonly Entry[]): SafetyNumber[] {
  const newest = [...entries].reverse().find((entry) => entry.custom.safety)?.custom.safety;
  // In a crisis the lines to talk to come first, and the emergency services last.
  const callable = (newest?.numbers ?? []).filter((line) => line.call);
  const services = callable[callable.length - 1]?.name;
  return callable.filter((line) => newest?.kind === "emergency" || line.name === services).slice(0, 2);
}

/** Adds messages that are not there yet, in order. */
export function withNew(entries: readonly Entry[], messages: readonly Message[]): Entry[] {
  const known = new Set(entries.map((entry) => entry.id));
  return [...entries, ...messages.filter((message) => !known.has(message.id)).map(asEntry)];
}

/** Puts earlier messages before those already there. */
export function withEarlier(entries: readonly Entry[], messages: readonly Message[]): Entry[] {
  const known = new Set(entries.map((entry) => entry.id));
  return [...messages.filter((message) => !known.has(message.id)).map(asEntry), ...entries];
}

function asEntry(message: Message): Entry {
  return { ...message, status: "sent", typed: false };
}
