/** One message in the conversation. */
import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SummaryItem } from "../contract";
import { readableTime } from "../dates";
import { emergencyNumbers, proseOf, shownText, type Entry } from "../transcript";
import { Contact, EvidenceMark, FaqFoot, Reference, Summary } from "./cards";
import type { Ui } from "./context";
import { Icon } from "./icons";
import { Prose } from "./prose";
import { CallInstead, SafetyNumbers } from "./safety";

/** Shows a message's bare text should one of its cards fail, so that one bad message never takes the chat down. */
class Guard extends Component<{ text: string; children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };
  override componentDidCatch(): void {
    this.setState({ failed: true });
  }
  render() {
    return this.state.failed ? <p>{this.props.text}</p> : this.props.children;
  }
}

export interface EntryProps {
  entry: Entry;
  before: readonly Entry[];
  /** The newest review: older ones show no change buttons. */
  currentSummary: boolean;
  previous: Entry | undefined;
  ui: Ui;
}

export function EntryView(props: EntryProps) {
  return (
    <Guard text={props.entry.text}>
      <Time {...props} />
      {props.entry.from === "patient" ? <Patient {...props} /> : <Assistant {...props} />}
    </Guard>
  );
}

const PAUSE_MS = 15 * 60 * 1000;

/** The time, where the conversation begins and after each longer pause. */
function Time({ entry, previous, ui }: EntryProps) {
  if (previous && !(Date.parse(entry.at) - Date.parse(previous.at) > PAUSE_MS)) return null;
  const time = readableTime(entry.at, ui.locale);
  return time ? <time datetime={entry.at}>{time}</time> : null;
}

function Assistant({ entry, before, currentSummary, ui }: EntryProps) {
  const { t } = ui;
  const { faq, summary, notAsked = [], request, code, safety, handoff } = entry.custom;
  const text = proseOf(entry);
  // The review's list stands between its heading and what is said after it.
  const [heading, ...after] = summary ? text.split("\n") : [text];
  return (
    // A safety message was read aloud when it arrived on top; put away into the log, it stays silent.
    <div class={`entry assistant${safety ? ` safety ${safety.kind}` : ""}`} data-id={entry.id} {...(safety ? { "aria-live": "off" } : {})}>
      <span class="hidden">{t.assistant}: </span>
      <div class="bubble">
        {faq && <EvidenceMark faq={faq} ui={ui} />}
        <div id={`text-${entry.id}`}>
          <Prose text={heading ?? ""} t={t} />
        </div>
        {safety && <SafetyNumbers numbers={safety.numbers} ui={ui} />}
        {faq && <FaqFoot faq={faq} messageId={entry.id} ui={ui} />}
        {summary && <Summary items={summary} notAsked={notAsked} current={currentSummary} ui={ui} />}
        {after.length > 0 && (
          <div>
            <Prose text={after.join("\n")} t={t} />
          </div>
        )}
        {request && <Reference {...request} label={t.reference} answers={answersBefore(before)} ui={ui} />}
        {code && <Reference reference={code} label={t.code} answers={[]} ui={ui} />}
        {handoff && <Contact contact={handoff} ui={ui} />}
      </div>
    </div>
  );
}

/** The newest review: what was sent, if a request follows. */
function answersBefore(before: readonly Entry[]): SummaryItem[] {
  return [...before].reverse().find((entry) => entry.custom.summary)?.custom.summary ?? [];
}

function Patient({ entry, before, ui }: EntryProps) {
  const { t, locale } = ui;
  return (
    <div class={`entry patient ${entry.status}`} data-id={entry.id}>
      <span class="hidden">{t.you}: </span>
      <div class="bubble">
        <Prose text={shownText(entry, before, t, locale)} t={t} links={false} />
      </div>
      {entry.status === "sending" && <span class="state">{t.sending}</span>}
      {entry.status === "failed" && <Failed entry={entry} ui={ui} />}
    </div>
  );
}

function Failed({ entry, ui }: { entry: Entry; ui: Ui }) {
  const { t, chat } = ui;
  const wait = useCountdown(entry.retryAt ?? 0);
  const tooLong = entry.failure === "too-long";
  const { conversation } = chat.state;
  return (
    <div class="state failed">
      <span>
        <Icon name="warning" /> {t.failed} {t.failures[entry.failure ?? "network"]}
        {entry.failure === "server" && conversation && ` ${t.chatNumber(conversation)}`}
      </span>
      <button
        type="button"
        class="text-button"
        aria-disabled={wait > 0}
        onClick={() => (tooLong ? chat.edit(entry.id) : chat.retry(entry.id))}
      >
        {tooLong ? t.change : wait > 0 ? t.retryIn(wait) : t.retry}
      </button>
      <CallInstead numbers={emergencyNumbers(chat.state.entries)} ui={ui} />
    </div>
  );
}

/** Whole seconds until `until` (ms), counting down. */
function useCountdown(until: number): number {
  const [now, setNow] = useState(Date.now());
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [left, now]);
  return left;
}
