/** The controls for what is open now: an intake question's own control, its commands, buttons and suggestions. */
import { useState } from "preact/hooks";
import type { Choice, Question } from "../contract";
import { readableDate } from "../dates";
import { commandsOf, type Open } from "../transcript";
import type { Send, Ui } from "./context";
import { DateEntry } from "./date";
import { Field, fieldKind } from "./field";
import { More, useFold } from "./folding";
import type { Write } from "./typing";

export function Answer({ open, send, write, ui }: { open: Open; send: Send; write: Write; ui: Ui }) {
  const { t } = ui;
  const { asked, question, buttons, suggestions } = open;
  if (!question && !buttons.length && !suggestions.length) return null;
  return (
    <div class={question?.id === "review" && question.choices.some(({ value }) => value === "send") ? "answer at-hand" : "answer"}>
      {suggestions.length > 0 && (
        <Chips label={t.suggestions} showLabel items={suggestions.map(({ title }) => ({ value: title, label: title }))} send={(text) => send(text, true)} />
      )}
      {question && asked && (
        <div role="group" aria-labelledby={`text-${asked.id}`} class="control">
          <Control
            key={asked.id}
            question={question}
            keepable={!buttons.some((button) => button.payload === "keep")}
            send={send}
            write={write}
            ui={ui}
          />
        </div>
      )}
      {buttons.length > 0 && (
        <Chips label={t.choose} items={buttons.map(({ title, payload }) => ({ value: payload, label: title }))} send={send} />
      )}
      {question && (
        <div class="commands">
          {commandsOf(question).map((command) => (
            <button key={command} type="button" class="text-button" onClick={() => send(command)}>
              {t.commands[command]}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

interface ControlProps {
  question: Question;
  send: Send;
  ui: Ui;
}

/** `keepable`: the server offers no button of its own to keep the present answer. */
function Control({ question, keepable, send, write, ui }: ControlProps & { keepable: boolean; write: Write }) {
  const { t, locale } = ui;
  const kind = fieldKind(question);
  const several = takesSeveral(question);
  const present = question.prefilled;
  const keep = keepable && present.length > 0 && (
    <button type="button" class="chip" onClick={() => send(present.join(", "))}>
      {t.keep(present.map((value) => labelOf(question, value, locale)).join(", "))}
    </button>
  );
  return (
    <>
      {keep}
      {several && <Multi question={question} send={send} ui={ui} />}
      {question.kind === "date" && <DateEntry question={question} send={send} write={write} ui={ui} />}
      {!several && question.choices.length > 0 && <Chips label={t.choose} items={question.choices} main={question.id === "review" ? "send" : undefined} send={send} ui={ui} />}
      {question.kind === "yesno" && !question.choices.length && (
        <Chips label={t.choose} items={[{ value: "yes", label: t.yes }, { value: "no", label: t.no }]} send={send} />
      )}
      {kind && <Field kind={kind} id={question.id} present={present} send={send} ui={ui} />}
    </>
  );
}

function labelOf(question: Question, value: string, locale: string): string {
  return question.choices.find((choice) => choice.value === value)?.label ?? readableDate(value, locale) ?? value;
}

interface ChipsProps {
  label: string;
  showLabel?: boolean;
  items: { value: string; label: string }[];
  /** The value of the button that stands out. */
  main?: string | undefined;
  send: Send;
  /** Given where a long list is folded. */
  ui?: Ui;
}

function Chips({ label, showLabel = false, items, main, send, ui }: ChipsProps) {
  const fold = useFold(items);
  return (
    <>
      {showLabel && <p class="label">{label}</p>}
      <ul class="chips" aria-label={label}>
        {(ui ? fold.visible : items).map((item) => (
          <li key={item.value}>
            <button type="button" class={item.value === main ? "button" : "chip"} dir="auto" onClick={() => send(item.value)}>
              {item.label}
            </button>
          </li>
        ))}
        {ui && <More fold={fold} ui={ui} />}
      </ul>
    </>
  );
}

/** The values after one was ticked or unticked: "none" and its like stand alone. */
export function toggled(chosen: readonly string[], choice: Choice, choices: readonly Choice[]): string[] {
  if (chosen.includes(choice.value)) return chosen.filter((value) => value !== choice.value);
  if (choice.exclusive) return [choice.value];
  const exclusive = new Set(choices.filter((other) => other.exclusive).map((other) => other.value));
  return [...chosen.filter((value) => !exclusive.has(value)), choice.value];
}

function Multi({ question, send, ui }: ControlProps) {
  const { t } = ui;
  // A change starts from the present answer, so that nothing already said is lost by adding to it.
  const known = (value: string) => question.choices.some((choice) => choice.value === value);
  const [chosen, choose] = useState<string[]>(question.prefilled.filter(known));
  const [other, setOther] = useState(question.prefilled.filter((value) => !known(value)).join(", "));
  const fold = useFold(question.choices, chosen, other);
  const toggle = (choice: Choice) => {
    choose(toggled(chosen, choice, question.choices));
    // The words that found a choice are no answer beside it.
    if (other.trim() && choice.label.toLowerCase().includes(other.trim().toLowerCase())) setOther("");
  };
  const count = chosen.length + (other.trim() ? 1 : 0);
  const submit = (event: Event) => {
    event.preventDefault();
    // Labels and not values: what is sent here is also kept as the patient's own words.
    const labels = question.choices.filter((choice) => chosen.includes(choice.value)).map((choice) => choice.label);
    if (count) send([...labels, other.trim()].filter(Boolean).join(", "), Boolean(other.trim()));
  };
  return (
    <form onSubmit={submit} noValidate>
      <ul class="chips" aria-label={t.chooseSeveral}>
        {fold.visible.map((choice) => (
          <li key={choice.value}>
            <label class="chip check">
              <input type="checkbox" checked={chosen.includes(choice.value)} onChange={() => toggle(choice)} />
              <span dir="auto">{choice.label}</span>
            </label>
          </li>
        ))}
        <More fold={fold} ui={ui} />
      </ul>
      <div class="field">
        <input
          type="text"
          value={other}
          aria-label={t.somethingElse}
          placeholder={t.somethingElse}
          dir="auto"
          onInput={(event) => setOther(event.currentTarget.value)}
        />
        <button type="submit" class="button" aria-disabled={!count}>
          {t.sendSelected(count)}
        </button>
      </div>
    </form>
  );
}

/** Whether there are answers to tick; "no preference" alone is better a button. */
function takesSeveral(question: Question): boolean {
  return question.kind === "multi" && question.choices.some((choice) => !choice.exclusive);
}

/** Whether the question has a control of its own, beside the text box. */
export function hasControl(question: Question): boolean {
  return question.choices.length > 0 || question.kind === "date" || question.kind === "yesno" || fieldKind(question) !== null;
}
