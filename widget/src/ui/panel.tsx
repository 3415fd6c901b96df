/** The open chat: header, pinned safety message, conversation, the answer's control and the text box. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ENOUGH, openPart, pinnedSafety } from "../transcript";
import { Answer, hasControl } from "./answer";
import { Composer } from "./composer";
import { ConfirmEnd } from "./confirm";
import { isTouch, type Ui } from "./context";
import type { Question } from "../contract";
import { EntryView } from "./entry";
import { FirstContact, Starters } from "./first";
import { useDialog, useScrolling } from "./hooks";
import { Icon } from "./icons";
import { Alarm } from "./safety";
import { isTyping, takesWords, writeInto } from "./typing";

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
  const frame = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const endButton = useRef<HTMLButtonElement>(null);
  const [ending, setEnding] = useState(false);

  const pinned = pinnedSafety(state.entries, state.dismissed);
  const fresh = pinned !== null && pinned === state.entries[state.entries.length - 1];
  const shown = state.entries.filter((entry) => entry !== pinned);
  const open = openPart(state.entries);
  const ready = !state.waiting && !state.restoring;
  const { question } = open;

  useDialog(dialog, opener, small);
  useScrolling(scroll, shown, ready);

  // Before the first paint, so that no key press falls between opening and focusing.
  useLayoutEffect(() => {
    if (!byPerson && !small) return;
    const target = fresh ? dialog.current?.querySelector<HTMLElement>(".pinned") : isTouch() ? scroll.current : box.current;
    target?.focus({ preventScroll: true });
  }, []);

  const rest = () => (isTouch() ? scroll : box).current?.focus({ preventScroll: true });
  const spoken = state.entries.filter((entry) => entry.from === "patient").length;
  // Once something is sent, the focus is where one writes, and stays there: never on the next answer, which a key would press.
  useLayoutEffect(() => {
    const active = (frame.current?.getRootNode() as ShadowRoot | undefined)?.activeElement;
    if (state.waiting && active !== box.current) rest();
  }, [state.waiting, spoken]);

  const inside: Ui = { ...ui, clear: () => setEnding(true) };
  const send = (text: string, typed = false) => chat.send(text, typed);

  const closeConfirm = () => {
    setEnding(false);
    requestAnimationFrame(() => endButton.current?.focus());
  };

  const write = (words: string) => {
    setEnding(false);
    if (frame.current) frame.current.inert = false;
    writeInto(box.current, chat, words);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key !== "Escape") {
      if (isTyping(event) && !takesWords(event.target as Element)) write("");
      return;
    }
    event.stopPropagation();
    event.preventDefault();
    if (ending) closeConfirm();
    else chat.setOpen(false);
  };

  const beside = question && hasControl(question) ? t.composerPlaceholderQuestion : t.composerPlaceholderAnswer;
  const placeholder = question && ready ? beside : t.composerPlaceholder;
  const newest = [...shown].reverse().find((entry) => entry.custom.summary || entry.custom.request);
  return (
    // Takes the focus when somebody clicks beside everything, so that what they type next still arrives.
    <div class="panel-inside" tabIndex={-1} onKeyDown={onKeyDown}>
      <div class="frame" ref={frame} inert={ending}>
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
        {question && question.total > 0 && <Progress question={question} enough={ready ? () => send(ENOUGH) : null} ui={ui} />}
        {pinned && <Alarm key={pinned.id} entry={pinned} fresh={fresh} ui={ui} back={rest} />}
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
                currentSummary={entry === newest && question !== null}
                previous={shown[index - 1]}
                ui={inside}
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
          {ready && <Answer open={open} send={send} write={write} ui={ui} />}
          {ready && !state.begun && <Starters ui={ui} send={send} />}
        </div>
        <Composer ui={ui} box={box} placeholder={placeholder} />
      </div>
      {ending && <ConfirmEnd ui={ui} cancel={closeConfirm} done={() => setEnding(false)} box={box} asked={question !== null} />}
    </div>
  );
}

/** How far one is; `enough` leaves the rest of the questions out (null while an answer is under way). */
function Progress({ question, enough, ui: { t } }: { question: Question; enough: (() => void) | null; ui: Ui }) {
  const { section } = question;
  const { step, total } = section ?? question;
  const bar = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    bar.current?.style.setProperty("inline-size", `${Math.min(100, (100 * step) / total)}%`);
  }, [step, total]);
  const label = section ? t.sectionProgress(section) : t.progress(step, total);
  return (
    <div class="progress">
      <p>
        <span aria-hidden="true" dir="auto">
          {label}
        </span>
        {question.canSend && (
          <button type="button" class="text-button" aria-disabled={!enough} onClick={() => enough?.()}>
            {t.sendWhatIHave}
          </button>
        )}
      </p>
      <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={step} aria-valuetext={label}>
        <span ref={bar} />
      </div>
    </div>
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
