/** The controls for what is open now: an intake question's own control, its commands, buttons and suggestions. */
import { useId, useState } from "preact/hooks";
import type { Choice, Question } from "../contract";
import { isoDate, monthNames, partOrder, partsOf, readableDate, type DatePart } from "../dates";
import { commandsOf, type Open } from "../transcript";
import type { Ui } from "./context";
import { Icon } from "./icons";

type Send = (text: string, typed?: boolean) => void;

export function Answer({ open, send, ui }: { open: Open; send: Send; ui: Ui }) {
  const { t } = ui;
  const { asked, question, buttons, suggestions } = open;
  if (!question && !buttons.length && !suggestions.length) return null;
  return (
    <div class="answer">
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
function Control({ question, keepable, send, ui }: ControlProps & { keepable: boolean }) {
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
      {question.kind === "date" && <DateEntry question={question} send={send} ui={ui} />}
      {!several && question.choices.length > 0 && <Chips label={t.choose} items={question.choices} main={question.id === "review" ? "send" : undefined} send={send} />}
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
}

function Chips({ label, showLabel = false, items, main, send }: ChipsProps) {
  return (
    <>
      {showLabel && <p class="label">{label}</p>}
      <ul class="chips" aria-label={label}>
        {items.map((item) => (
          <li key={item.value}>
            <button type="button" class={item.value === main ? "button" : "chip"} dir="auto" onClick={() => send(item.value)}>
              {item.label}
            </button>
          </li>
        ))}
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

function Multi({ question, send, ui: { t } }: ControlProps) {
  // A change starts from the present answer, so that nothing already said is lost by adding to it.
  const known = (value: string) => question.choices.some((choice) => choice.value === value);
  const [chosen, choose] = useState<string[]>(question.prefilled.filter(known));
  const [other, setOther] = useState(question.prefilled.filter((value) => !known(value)).join(", "));
  const count = chosen.length + (other.trim() ? 1 : 0);
  const submit = (event: Event) => {
    event.preventDefault();
    // Labels and not values: what is sent here is also kept as the patient's own words.
    const labels = question.choices.filter((choice) => chosen.includes(choice.value)).map((choice) => choice.label);
    if (count) send([...labels, other.trim()].filter(Boolean).join(", "));
  };
  return (
    <form onSubmit={submit} noValidate>
      <ul class="chips" aria-label={t.chooseSeveral}>
        {question.choices.map((choice) => (
          <li key={choice.value}>
            <label class="chip check">
              <input type="checkbox" checked={chosen.includes(choice.value)} onChange={() => choose(toggled(chosen, choice, question.choices))} />
              <span dir="auto">{choice.label}</span>
            </label>
          </li>
        ))}
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

function DateEntry({ question, send, ui: { t, locale } }: ControlProps) {
  const [parts, setParts] = useState<Record<DatePart, string>>(partsOf(question.prefilled[0] ?? ""));
  const [bad, setBad] = useState(false);
  const problem = useId();
  const birthday = question.id.endsWith("date_of_birth");
  const submit = (event: Event) => {
    event.preventDefault();
    const iso = isoDate(parts.year, parts.month, parts.day);
    setBad(!iso);
    if (iso) send(iso);
  };
  const shared = (part: DatePart) => ({
    name: part,
    value: parts[part],
    "aria-invalid": bad,
    "aria-describedby": bad ? problem : undefined,
    // Browsers may offer the user's own birthday, and only where it is asked.
    autocomplete: (birthday ? `bday-${part}` : "off") as "off",
    onInput: (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) => setParts({ ...parts, [part]: event.currentTarget.value.trim() }),
  });
  return (
    <form class="date" onSubmit={submit} noValidate>
      {partOrder(locale).map((part) => (
        <label key={part} class={part}>
          <span>{t[part]}</span>
          {part === "month" ? (
            <select {...shared(part)}>
              <option value="">{t.monthPlaceholder}</option>
              {monthNames(locale).map((name, index) => (
                <option key={name} value={String(index + 1)}>
                  {name}
                </option>
              ))}
            </select>
          ) : (
            <input type="text" inputmode="numeric" maxLength={part === "year" ? 4 : 2} {...shared(part)} />
          )}
        </label>
      ))}
      <button type="submit" class="button">
        {t.useDate}
      </button>
      <p class="problem" id={problem} role="alert">
        {bad && t.badDate}
      </p>
    </form>
  );
}

interface FieldKind {
  name: string;
  type: "text" | "email" | "tel";
  inputmode: "text" | "email" | "tel" | "numeric";
  autocomplete: string;
  valid: (value: string) => boolean;
}

const FIELDS: Record<string, FieldKind> = {
  email: { name: "email", type: "email", inputmode: "email", autocomplete: "email", valid: (value) => /^\S+@\S+\.\S+$/.test(value) },
  phone: { name: "phone", type: "tel", inputmode: "tel", autocomplete: "tel", valid: (value) => (value.match(/\d/g) ?? []).length > 4 },
  full_name: { name: "full_name", type: "text", inputmode: "text", autocomplete: "name", valid: Boolean },
  country: { name: "country", type: "text", inputmode: "text", autocomplete: "country-name", valid: Boolean },
  number: { name: "number", type: "text", inputmode: "numeric", autocomplete: "off", valid: (value) => /\d/.test(value) },
};

const FORMATS: Record<string, string> = { name: "full_name" };

/** The keyboard and the browser's own suggestions a text question deserves; null where the text box does as well. */
export function fieldKind(question: Question): FieldKind | null {
  if (question.choices.length) return null;
  if (question.kind === "number") return FIELDS.number ?? null;
  if (question.kind !== "text") return null;
  return FIELDS[question.id] ?? FIELDS[FORMATS[question.format] ?? question.format] ?? null;
}

/** Whether there are answers to tick; "no preference" alone is better a button. */
function takesSeveral(question: Question): boolean {
  return question.kind === "multi" && question.choices.some((choice) => !choice.exclusive);
}

/** Whether the question has a control of its own, beside the text box. */
export function hasControl(question: Question): boolean {
  return question.choices.length > 0 || question.kind === "date" || question.kind === "yesno" || fieldKind(question) !== null;
}

function Field({ kind, id, present, send, ui: { t } }: { kind: FieldKind; id: string; present: string[]; send: Send; ui: Ui }) {
  // A country is stored as a code, which nobody would recognise as their answer.
  const [value, setValue] = useState(kind.name === "country" ? "" : present.join(", "));
  const [bad, setBad] = useState(false);
  const problem = useId();
  const label = t.fields[id] ?? t.fields[kind.name];
  const submit = (event: Event) => {
    event.preventDefault();
    const valid = kind.valid(value.trim());
    setBad(!valid);
    if (valid) send(value);
  };
  return (
    <form onSubmit={submit} noValidate>
      <label class="label" for={`${problem}-field`}>
        {label}
      </label>
      <div class="field">
        <input
          id={`${problem}-field`}
          type={kind.type as "text"}
          inputmode={kind.inputmode}
          autocomplete={kind.autocomplete as "email"}
          value={value}
          dir={kind.type === "text" ? "auto" : "ltr"}
          enterkeyhint="send"
          aria-invalid={bad}
          aria-describedby={bad ? problem : undefined}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        <button type="submit" class="button square" aria-label={t.send}>
          <Icon name="send" mirrored />
        </button>
      </div>
      <p class="problem" id={problem} role="alert">
        {bad && (t.badField[kind.name] ?? t.badField.other)}
      </p>
    </form>
  );
}
