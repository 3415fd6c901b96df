/** The control of a date: three parts to fill in, or words, which go to the text box. */
import { useId, useRef, useState } from "preact/hooks";
import type { Question } from "../contract";
import { isoDate, monthNames, monthOf, partOrder, partsOf, type DatePart } from "../dates";
import type { Send, Ui } from "./context";
import { Problem } from "./problem";
import { isTyping, type Write } from "./typing";

/** Native lists forget the letters typed so far after about this time (ms). */
const LETTERS_LAST = 1000;

const DIGITS = { day: /^\d{0,2}$/, year: /^\d{0,4}$/ };

interface DateProps {
  question: Question;
  send: Send;
  write: Write;
  ui: Ui;
}

export function DateEntry({ question, send, write, ui: { t, locale } }: DateProps) {
  const [parts, setParts] = useState<Record<DatePart, string>>(partsOf(question.prefilled[0] ?? ""));
  const [held, hold] = useState("");
  const problem = useId();
  const birthday = question.id.endsWith("date_of_birth");
  const set = (part: DatePart, value: string) => setParts({ ...parts, [part]: value });
  const onMonthKey = useMonthKeys(parts.month, (month) => set("month", month), write, locale);
  const submit = (event: Event) => {
    event.preventDefault();
    const iso = isoDate(parts.year, parts.month, parts.day);
    const written = [parts.day, monthNames("en")[Number(parts.month) - 1], parts.year].filter(Boolean).join(" ");
    hold(iso ? "" : written || " ");
    // A date that is none is held back once; sent again, it goes to the assistant, who says what is wrong.
    if (iso || (written && written === held)) send(iso ?? written);
  };
  const shared = (part: DatePart) => ({
    name: part,
    value: parts[part],
    "aria-invalid": Boolean(held),
    "aria-describedby": held ? problem : undefined,
    // Browsers may offer the user's own birthday, and only where it is asked.
    autocomplete: (birthday ? `bday-${part}` : "off") as "off",
  });
  const onDigits = (part: "day" | "year") => (event: { currentTarget: HTMLInputElement }) => {
    const { value } = event.currentTarget;
    if (DIGITS[part].test(value)) return set(part, value);
    event.currentTarget.value = "";
    set(part, "");
    write(value);
  };
  return (
    <form class="date" onSubmit={submit} noValidate>
      {partOrder(locale).map((part) => (
        <label key={part} class={part}>
          <span>{t[part]}</span>
          {part === "month" ? (
            <select {...shared(part)} onKeyDown={onMonthKey} onInput={(event) => set(part, event.currentTarget.value)}>
              <option value="">{t.monthPlaceholder}</option>
              {monthNames(locale).map((name, index) => (
                <option key={name} value={String(index + 1)}>
                  {name}
                </option>
              ))}
            </select>
          ) : (
            <input type="text" inputmode="numeric" {...shared(part)} onInput={onDigits(part)} />
          )}
        </label>
      ))}
      <button type="submit" class="button">
        {t.useDate}
      </button>
      <Problem id={problem} text={held && t.badDate} />
    </form>
  );
}

/** Keys pressed on the list of months choose one by its name or number; what can be no month is words. */
function useMonthKeys(month: string, set: (month: string) => void, write: Write, locale: string) {
  const typed = useRef({ letters: "", at: 0, before: "" });
  return (event: KeyboardEvent) => {
    const { letters, at, before } = typed.current;
    const { key, timeStamp } = event;
    if ([...key].length !== 1 || !(isTyping(event) || (key === " " && letters))) {
      typed.current.letters = "";
      return;
    }
    event.preventDefault();
    const names = monthNames(locale);
    const anew = timeStamp - at > LETTERS_LAST && monthOf(letters + key, names) === null && monthOf(key, names) !== null;
    const now = anew ? key : letters + key;
    const found = monthOf(now, names, month);
    typed.current = { letters: found === null ? "" : now, at: timeStamp, before: letters ? before : month };
    set(found ?? typed.current.before);
    if (found === null) write(now);
  };
}
