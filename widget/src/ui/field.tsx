/** A question's own text field: a fitting keyboard and the browser's suggestions. Words of any kind are sent from it. */
import { useId, useState } from "preact/hooks";
import type { Question } from "../contract";
import { isNearAddress } from "../text";
import type { Send, Ui } from "./context";
import { Icon } from "./icons";
import { Problem } from "./problem";

interface FieldKind {
  name: string;
  inputmode: "text" | "email" | "tel" | "numeric";
  autocomplete: string;
}

const FIELDS: Record<string, FieldKind> = {
  email: { name: "email", inputmode: "email", autocomplete: "email" },
  phone: { name: "phone", inputmode: "tel", autocomplete: "tel" },
  full_name: { name: "full_name", inputmode: "text", autocomplete: "name" },
  country: { name: "country", inputmode: "text", autocomplete: "country-name" },
  number: { name: "number", inputmode: "numeric", autocomplete: "off" },
};

const FORMATS: Record<string, string> = { name: "full_name" };

/** The keyboard and the browser's own suggestions a text question deserves; null where the text box does as well. */
export function fieldKind(question: Question): FieldKind | null {
  if (question.choices.length) return null;
  if (question.kind === "number") return FIELDS.number ?? null;
  if (question.kind !== "text") return null;
  return FIELDS[question.id] ?? FIELDS[FORMATS[question.format] ?? question.format] ?? null;
}

interface FieldProps {
  kind: FieldKind;
  id: string;
  present: string[];
  send: Send;
  ui: Ui;
}

export function Field({ kind, id, present, send, ui: { t } }: FieldProps) {
  // A country is stored as a code, which nobody would recognise as their answer.
  const [value, setValue] = useState(kind.name === "country" ? "" : present.join(", "));
  const [held, hold] = useState<string | null>(null);
  const problem = useId();
  const bad = held !== null;
  const label = t.fields[id] ?? t.fields[kind.name];
  const submit = (event: Event) => {
    event.preventDefault();
    const written = value.trim();
    // What is almost an address is held back once. Everything else is the assistant's to judge: it may be a call for help.
    const back = !written || (kind.name === "email" && isNearAddress(written) && written !== held);
    hold(back ? written : null);
    if (!back) send(written, true);
  };
  return (
    <form onSubmit={submit} noValidate>
      <label class="label" for={`${problem}-field`}>
        {label}
      </label>
      <div class="field">
        <input
          id={`${problem}-field`}
          // A field of type "email" or "number" would drop or change what is no address and no number.
          type="text"
          inputmode={kind.inputmode}
          autocomplete={kind.autocomplete as "email"}
          value={value}
          dir={kind.inputmode === "text" ? "auto" : "ltr"}
          enterkeyhint="send"
          aria-invalid={bad}
          aria-describedby={bad ? problem : undefined}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        <button type="submit" class="button square" aria-label={t.send}>
          <Icon name="send" mirrored />
        </button>
      </div>
      <Problem id={problem} text={(bad && (held ? t.badField.email : t.badField.other)) || ""} />
    </form>
  );
}
