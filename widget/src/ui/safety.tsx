/** The safety message on top of the chat: large when it arrives, one line with its call button afterwards. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { SafetyNumber } from "../contract";
import { phoneHref } from "../text";
import type { Entry } from "../transcript";
import { isTouch, type Ui } from "./context";
import { Icon } from "./icons";
import { Prose } from "./prose";

function NumberLink({ line, by, ui: { t } }: { line: SafetyNumber; by: "tel" | "sms"; ui: Ui }) {
  const href = phoneHref(line.number, by);
  if (!href) return null;
  return (
    <a class="number" href={href}>
      <Icon name={by === "tel" ? "phone" : "speech"} />
      <span>
        {by === "tel" ? t.call : t.text} <bdi dir="ltr">{line.number}</bdi>
      </span>
    </a>
  );
}

/** Every number of a safety message, to call or to text. */
export function SafetyNumbers({ numbers, ui }: { numbers: SafetyNumber[]; ui: Ui }) {
  return (
    <ul class="numbers">
      {numbers.map((line, index) => (
        <li key={line.name + line.number}>
          {line.name && line.name !== numbers[index - 1]?.name && <span dir="auto">{line.name}</span>}
          <div>
            {line.call && <NumberLink line={line} by="tel" ui={ui} />}
            {line.text && <NumberLink line={line} by="sms" ui={ui} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

interface AlarmProps {
  entry: Entry;
  /** Nothing has been said after it. */
  fresh: boolean;
  ui: Ui;
  /** Gives the focus back when the message is put away. */
  back: () => void;
}

export function Alarm({ entry, fresh, ui, back }: AlarmProps) {
  const { t, chat } = ui;
  const [opened, setOpened] = useState(false);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone this also puts the keyboard away, so that the numbers are in view.
    if (fresh && isTouch()) section.current?.focus({ preventScroll: true });
  }, []);
  const { kind, numbers } = entry.custom.safety!;
  const [first] = numbers;
  const whole = fresh || opened;
  const title = kind === "crisis" ? t.crisis : t.emergency;
  const named = (
    <>
      <Icon name={kind === "crisis" ? "person" : "warning"} />
      <span>{whole || kind === "crisis" ? title : t.emergencyLine}</span>
    </>
  );
  const dismiss = () => {
    chat.dismissSafety(entry.id);
    back();
  };
  return (
    // Another element once it is no longer fresh: screen readers would read an alert that changes once more.
    <section
      key={String(fresh)}
      ref={section}
      class={`pinned ${kind}${whole ? "" : " line"}`}
      role={fresh ? "alert" : "region"}
      aria-label={fresh ? undefined : title}
      {...(whole ? { tabIndex: 0 } : {})}
    >
      <h3>
        {fresh ? (
          named
        ) : (
          <button type="button" class="unfold" aria-label={title} aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {named}
            <Icon name="minimise" />
          </button>
        )}
      </h3>
      {!whole && first && <NumberLink line={first} by={first.call ? "tel" : "sms"} ui={ui} />}
      {whole && (
        <>
          <SafetyNumbers numbers={numbers} ui={ui} />
          <Prose text={entry.text} t={t} />
          <button type="button" class="dismiss" onClick={dismiss}>
            {t.dismissSafety}
          </button>
        </>
      )}
    </section>
  );
}

/** What stands beside a message that was not sent: it may have been a call for help. */
export function CallInstead({ numbers, ui }: { numbers: SafetyNumber[]; ui: Ui }) {
  return (
    <p class="call-instead">
      <Icon name="phone" />
      <span>
        {ui.t.callInstead}{" "}
        {numbers.map(({ number }) => {
          const href = phoneHref(number);
          return (
            href && (
              <a key={number} href={href}>
                {ui.t.call} <bdi dir="ltr">{number}</bdi>
              </a>
            )
          );
        })}
      </span>
    </p>
  );
}
