/** The open chat: header, pinned safety message, conversation, the answer's control and the text box. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { openPart, pinnedSafety, type Entry } from "../transcript";
import { Answer, hasControl } from "./answer";
import { SafetyNumbers } from "./cards";
import { Composer } from "./composer";
import { isTouch, type Ui } from "./context";
import { EntryView } from "./entry";
import { Icon } from "./icons";
import { Link, Prose } from "./prose";

interface PanelProps {
  ui: Ui;
  /** The panel covers the whole window. */
  small: boolean;
  dialog: { current: HTMLDialogElement | null };
  /** Receives what had the focus before, to give it back. */
  opener: { current: HTMLElement | null };
  /** Opened by the person, who then expects the focus in it. */
  byPerson: boolean;
}

export function Panel({ ui, small, dialog, opener, byPerson }: PanelProps) {
  const { chat, t, settings } = ui;
  const state = chat.state;
  const scroll = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const endButton = useRef<HTMLButtonElement>(null);
  /** The person answered with a control, so the next control gets the focus. */
  const answering = useRef(false);
  const [ending, setEnding] = useState(false);

  const pinned = pinnedSafety(state.entries, state.dismissed);
  const shown = state.entries.filter((entry) => entry !== pinned);
  const open = openPart(state.entries);
  const ready = !state.waiting && !state.restoring;
  const { question } = open;

  useDialog(dialog, opener, small);
  useScrolling(scroll, shown, ready);

  // Before the first paint, so that no key press falls between opening and focusing.
  useLayoutEffect(() => {
    if (!byPerson && !small) return;
    const target = pinned ? dialog.current?.querySelector<HTMLElement>(".pinned") : isTouch() ? scroll.current : box.current;
    target?.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    if (!ready || !answering.current) return;
    answering.current = false;
    // With a finger the next control is in sight anyway, and focusing a field would open the keyboard over it.
    if (isTouch()) return;
    // Where words are asked for, a chip ("None") is a shortcut: what is typed must not land on it.
    const written = question && !question.choices.length && ["text", "number"].includes(question.kind);
    const places = written ? ".control" : ":is(.control, .chips)";
    const next = scroll.current?.querySelector<HTMLElement>(`.answer ${places} :is(button, input, select)`);
    // A control below a long message (the review) waits until the person has scrolled there.
    const hidden = next && next.getBoundingClientRect().bottom > scroll.current!.getBoundingClientRect().bottom;
    (hidden ? scroll.current : (next ?? box.current))?.focus({ preventScroll: true });
  }, [ready, open.asked?.id]);

  const answer = (text: string, typed = false) => {
    answering.current = true;
    scroll.current?.focus({ preventScroll: true });
    chat.send(text, typed);
  };

  const closeConfirm = () => {
    setEnding(false);
    requestAnimationFrame(() => endButton.current?.focus());
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    event.preventDefault();
    if (ending) closeConfirm();
    else chat.setOpen(false);
  };

  const beside = question && hasControl(question) ? t.composerPlaceholderQuestion : t.composerPlaceholderAnswer;
  const placeholder = question && ready ? beside : t.composerPlaceholder;
  const newest = [...shown].reverse().find((entry) => entry.custom.summary || entry.custom.request);
  return (
    <div class="panel-inside" onKeyDown={onKeyDown}>
      <div class="frame" inert={ending}>
        <div class="header">
          <div class="who">
            <h2 dir="auto">{settings.heading}</h2>
            <p>{t.assistantRole}</p>
          </div>
          {state.begun && (
            <button ref={endButton} type="button" class="header-button" onClick={() => setEnding(true)}>
              {t.end}
            </button>
          )}
          <button type="button" class="header-button square" aria-label={t.minimise} onClick={() => chat.setOpen(false)}>
            <Icon name="minimise" />
          </button>
        </div>
        {question && question.total > 0 && <Progress step={question.step} total={question.total} ui={ui} />}
        {pinned && <Pinned key={pinned.id} entry={pinned} ui={ui} back={() => (isTouch() ? scroll : box).current?.focus()} />}
        <Banner ui={ui} />
        <div class="scroll" ref={scroll} tabIndex={0} role="group" aria-label={t.log}>
          {!state.earlier && <FirstContact ui={ui} />}
          {state.earlier && (
            <button type="button" class="chip quiet centred" aria-disabled={state.loadingEarlier} onClick={() => void chat.loadEarlier()}>
              {t.earlier}
            </button>
          )}
          <div role="log" aria-label={t.log} aria-live={state.restoring ? "off" : "polite"} class="log">
            {shown.map((entry, index) => (
              <EntryView
                key={entry.id}
                entry={entry}
                before={shown.slice(0, index)}
                currentSummary={entry === newest}
                previous={shown[index - 1]}
                ui={ui}
              />
            ))}
          </div>
          <p role="status" class="typing">
            {state.waiting && (
              <>
                <span class="dots" aria-hidden="true">
                  <i />
                  <i />
                  <i />
                </span>
                <span class="hidden">{t.writing}</span>
              </>
            )}
            {state.restoring && t.restoring}
          </p>
          {ready && <Answer open={open} send={answer} ui={ui} />}
          {ready && !state.begun && <Starters ui={ui} send={answer} />}
        </div>
        <Composer ui={ui} box={box} placeholder={placeholder} />
      </div>
      {ending && <ConfirmEnd ui={ui} cancel={closeConfirm} done={() => setEnding(false)} box={box} />}
    </div>
  );
}

/**
 * Opens the dialog. Over the whole window it is modal: the page behind is out of reach of keyboard and screen reader as
 * well. Beside the page it is not, and taking the focus is left to the panel.
 */
function useDialog(dialog: PanelProps["dialog"], opener: PanelProps["opener"], small: boolean): void {
  useLayoutEffect(() => {
    opener.current = document.activeElement as HTMLElement | null;
  }, []);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (small) element.showModal();
    else element.setAttribute("open", "");
    return () => {
      if (small) element.close();
      else element.removeAttribute("open");
    };
  }, [small]);
}

/** Shows new messages from their beginning, and keeps the place when earlier ones are put before them. */
function useScrolling(scroll: { current: HTMLDivElement | null }, entries: readonly Entry[], ready: boolean): void {
  const seen = useRef<{ first: string; count: number; height: number }>({ first: "", count: 0, height: 0 });
  useLayoutEffect(() => {
    const area = scroll.current;
    if (!area) return;
    const first = entries[0]?.id ?? "";
    const { first: oldFirst, count, height } = seen.current;
    if (count && first !== oldFirst && entries.some((entry) => entry.id === oldFirst)) {
      area.scrollTop += area.scrollHeight - height;
    } else {
      const spoken = entries.reduce((found, entry, index) => (entry.from === "patient" ? index + 1 : found), 0);
      const start = entries[Math.max(spoken, count)] ?? entries[spoken];
      const element = start && area.querySelector<HTMLElement>(`[data-id="${CSS.escape(start.id)}"]`);
      const bottom = area.scrollHeight - area.clientHeight;
      // First contact is read from its beginning.
      if (!entries.length) area.scrollTop = 0;
      else area.scrollTop = element ? Math.min(bottom, element.offsetTop - 12) : bottom;
    }
    seen.current = { first, count: entries.length, height: area.scrollHeight };
  }, [entries.length, entries[0]?.id, ready]);
}

function Progress({ step, total, ui: { t } }: { step: number; total: number; ui: Ui }) {
  const bar = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    bar.current?.style.setProperty("inline-size", `${Math.min(100, (100 * step) / total)}%`);
  }, [step, total]);
  const label = t.progress(step, total);
  return (
    <div class="progress">
      <span aria-hidden="true">{label}</span>
      <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={step} aria-valuetext={label}>
        <span ref={bar} />
      </div>
    </div>
  );
}

function Pinned({ entry, ui, back }: { entry: Entry; ui: Ui; back: () => void }) {
  const { t, chat } = ui;
  const section = useRef<HTMLElement>(null);
  const safety = entry.custom.safety!;
  useEffect(() => {
    // On a phone this also puts the keyboard away, so that the numbers are in view.
    if (isTouch()) section.current?.focus({ preventScroll: true });
  }, []);
  const dismiss = () => {
    chat.dismissSafety(entry.id);
    back();
  };
  return (
    <section ref={section} class={`pinned ${safety.kind}`} role="alert" tabIndex={0}>
      <h3>
        <Icon name={safety.kind === "crisis" ? "person" : "warning"} />
        {safety.kind === "crisis" ? t.crisis : t.emergency}
      </h3>
      <SafetyNumbers numbers={safety.numbers} ui={ui} />
      <Prose text={entry.text} t={t} />
      <button type="button" class="dismiss" onClick={dismiss}>
        {t.dismissSafety}
      </button>
    </section>
  );
}

function Banner({ ui: { t, chat } }: { ui: Ui }) {
  const { online, notice } = chat.state;
  const texts = { expired: t.expired, ended: t.ended, "restore-failed": t.restoreFailed, online: t.online };
  const text = !online ? t.offline : notice ? texts[notice] : "";
  return (
    <div role="status" class={text ? `banner${online ? "" : " warning"}` : "hidden"}>
      <span>{text}</span>
      {online && notice === "restore-failed" && (
        <button type="button" class="text-button" onClick={() => void chat.restore()}>
          {t.retry}
        </button>
      )}
    </div>
  );
}

/** Says who is speaking and where the words go, before anything is asked. */
function FirstContact({ ui: { t, settings } }: { ui: Ui }) {
  return (
    <div class="first">
      <p>{t.notice}</p>
      <p class="caution">
        <Icon name="phone" />
        <span>{t.emergencyNotice}</span>
      </p>
      <p class="privacy">
        <Icon name="lock" />
        <span>
          {t.privacy}{" "}
          {settings.privacyHref && (
            <Link href={settings.privacyHref} t={t}>
              {t.privacyLink}
            </Link>
          )}
        </span>
      </p>
    </div>
  );
}

function Starters({ ui: { t }, send }: { ui: Ui; send: (text: string, typed?: boolean) => void }) {
  return (
    <ul class="chips answer" aria-label={t.choose}>
      {t.starters.map((starter) => (
        <li key={starter.payload}>
          <button type="button" class="chip" dir="auto" onClick={() => send(starter.payload, true)}>
            {starter.title}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface ConfirmProps {
  ui: Ui;
  cancel: () => void;
  done: () => void;
  box: { current: HTMLTextAreaElement | null };
}

function ConfirmEnd({ ui: { t, chat }, cancel, done, box }: ConfirmProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  const end = () => {
    void chat.end();
    done();
    requestAnimationFrame(() => box.current?.focus());
  };
  return (
    <div class="veil">
      <div class="confirm" role="alertdialog" aria-modal="true" aria-labelledby="end-title" aria-describedby="end-text">
        <h3 id="end-title">{t.confirmEndTitle}</h3>
        <p id="end-text">{t.confirmEnd}</p>
        <div>
          <button type="button" class="chip" ref={keep} onClick={cancel}>
            {t.confirmEndNo}
          </button>
          <button type="button" class="button" onClick={end}>
            {t.confirmEndYes}
          </button>
        </div>
      </div>
    </div>
  );
}
