/** What a message carries beside its text: an article's sources, the review, a reference, a contact. */
import { useRef, useState } from "preact/hooks";
import type { Faq, SummaryItem, Topic } from "../contract";
import { readableDate } from "../dates";
import { phoneHref, safeHref, sourceHref } from "../text";
import type { Ui } from "./context";
import { Icon, type IconName } from "./icons";
import { Link } from "./prose";

const EVIDENCE_ICONS: Record<string, IconName> = { established: "check", limited: "half", "clinic-claim": "speech" };

export function EvidenceMark({ faq, ui }: { faq: Faq; ui: Ui }) {
  const evidence = ui.t.evidence[faq.evidence];
  if (!evidence) return null;
  return (
    <p class={`evidence ${faq.evidence}`}>
      <Icon name={EVIDENCE_ICONS[faq.evidence] ?? "speech"} />
      {evidence.label}
    </p>
  );
}

export function FaqFoot({ faq, messageId, ui }: { faq: Faq; messageId: string; ui: Ui }) {
  const { t } = ui;
  const meaning = t.evidence[faq.evidence]?.meaning;
  return (
    <div class="faq-foot">
      {faq.sources.length > 0 && (
        <details class="sources">
          <summary>{t.sources(faq.sources.length)}</summary>
          {meaning && <p>{meaning}</p>}
          <ul>
            {faq.sources.map((source) => {
              const href = sourceHref(source.ref);
              const title = source.title || source.ref;
              const kind = t.sourceKinds[source.kind] ?? source.kind;
              return (
                <li key={title + source.ref} dir="auto">
                  {href ? (
                    <Link href={href} t={t}>
                      {title}
                    </Link>
                  ) : (
                    title
                  )}
                  <small>{[kind, source.title && source.ref.replace(/^https?:\/\/([^/]+).*$/i, "$1")].filter(Boolean).join(" · ")}</small>
                </li>
              );
            })}
          </ul>
        </details>
      )}
      <Vote faq={faq} messageId={messageId} ui={ui} />
      <Topics topics={faq.also} label={t.also} id={`also-${messageId}`} ui={ui} />
      <Topics topics={faq.related} label={t.related} id={`related-${messageId}`} ui={ui} />
    </div>
  );
}

/** Topics to ask with one tap, below their label. */
function Topics({ topics, label, id, ui: { chat } }: { topics: Topic[]; label: string; id: string; ui: Ui }) {
  if (topics.length === 0) return null;
  return (
    <div class="related">
      <p class="label" id={id}>
        {label}
      </p>
      <ul class="chips" aria-labelledby={id}>
        {topics.map((topic) => (
          <li key={topic.id}>
            <button type="button" class="chip quiet" dir="auto" onClick={() => chat.send(topic.title, true)}>
              {topic.title}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Vote({ faq, messageId, ui: { t, chat } }: { faq: Faq; messageId: string; ui: Ui }) {
  const vote = chat.state.votes[messageId];
  const cast = (helpful: boolean) => void chat.vote(messageId, faq.answer || faq.id, helpful);
  return (
    <div class="vote" role="group" aria-label={t.helpful}>
      <span>{t.helpful}</span>
      <button type="button" class="icon-button" aria-label={t.helpfulYes} aria-pressed={vote === true} onClick={() => cast(true)}>
        <Icon name="up" />
      </button>
      <button type="button" class="icon-button" aria-label={t.helpfulNo} aria-pressed={vote === false} onClick={() => cast(false)}>
        <Icon name="down" />
      </button>
      <span role="status">{vote !== undefined ? t.thanks : chat.state.failedVote === messageId ? t.voteFailed : ""}</span>
    </div>
  );
}

interface SummaryProps {
  items: SummaryItem[];
  notAsked: string[];
  current: boolean;
  ui: Ui;
}

export function Summary({ items, notAsked, current, ui: { t, chat, locale } }: SummaryProps) {
  return (
    <div class="card summary">
      <h3>{t.summary}</h3>
      <dl>
        {items.map((item) => (
          <div key={item.id}>
            <dt dir="auto">{item.label}</dt>
            <dd>
              <span dir="auto">{readableDate(item.value, locale) ?? (item.value || t.noAnswer)}</span>
              {current && (
                <button type="button" class="text-button" aria-label={t.changeItem(item.label)} onClick={() => chat.send(`change ${item.label}`, false)}>
                  {t.change}
                </button>
              )}
            </dd>
          </div>
        ))}
        {notAsked.length > 0 && (
          <div>
            <dt>{t.notAsked}</dt>
            <dd>
              <span dir="auto">{notAsked.join(", ")}</span>
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

interface ReferenceProps {
  reference: string;
  label: string;
  /** Of a request; a code has none. */
  status?: string;
  /** What was sent, as it was reviewed; empty when it is not known here. */
  answers: SummaryItem[];
  ui: Ui;
}

/** What has to be written down: a request's reference, or the code of an unsent one. */
export function Reference({ reference, label, status, answers, ui: { t, locale, clear } }: ReferenceProps) {
  const code = useRef<HTMLElement>(null);
  const [said, say] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(reference);
      say(t.copied);
    } catch {
      // Without permission (or on an insecure page) the reference is selected, ready for the person's own copy.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      say(t.copyFailed);
    }
  };
  return (
    <div class="card reference">
      <h3>{label}</h3>
      <p>
        <code ref={code} dir="ltr">
          {reference}
        </code>
      </p>
      {status && (
        <p class="status">
          <Icon name="check" />
          {t.statuses[status] ?? status}
        </p>
      )}
      <div class="chips">
        <button type="button" class="chip" onClick={() => void copy()}>
          <Icon name="copy" />
          {t.copy}
        </button>
        {answers.length > 0 && (
          <button type="button" class="chip" onClick={() => print(`${label}: ${reference}`, answers, locale)}>
            {t.print}
          </button>
        )}
        {answers.length > 0 && clear && (
          <button type="button" class="chip" onClick={clear}>
            {t.clear}
          </button>
        )}
      </div>
      <span role="status">{said}</span>
      {status && <p class="help">{t.referenceHelp}</p>}
    </div>
  );
}

/** Prints the answers from a page of their own, which only this browser sees. */
function print(title: string, answers: readonly SummaryItem[], locale: string): void {
  const page = window.open("", "_blank");
  if (!page) return;
  const { document: paper } = page;
  paper.title = title;
  const element = (name: string, text: string) => {
    const made = paper.createElement(name);
    made.textContent = text;
    paper.body.append(made);
  };
  element("h1", title);
  for (const { label, value } of answers) element("p", `${label}: ${readableDate(value, locale) ?? value}`);
  page.print();
}

/** The address behind one line of a contact, or null when it is plain text. */
function contactHref(key: string, value: string): string | null {
  if (/phone|whatsapp|mobile/.test(key)) return phoneHref(value);
  if (/mail/.test(key)) return safeHref(`mailto:${value}`);
  return /^https?:/i.test(value) ? safeHref(value) : null;
}

export function Contact({ contact, ui: { t } }: { contact: Record<string, string>; ui: Ui }) {
  const { name, ...lines } = contact;
  return (
    <div class="card contact">
      <h3 dir="auto">
        <Icon name="person" />
        {name || t.contact}
      </h3>
      <dl>
        {Object.entries(lines).map(([key, value]) => {
          const href = contactHref(key, value);
          const shown = <bdi>{value}</bdi>;
          return (
            <div key={key}>
              <dt>{t.contactFields[key] ?? key}</dt>
              <dd>{href ? <Link href={href} t={t}>{shown}</Link> : shown}</dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
