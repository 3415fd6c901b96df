/** A long list of choices, folded after the first six. */
import { useState } from "preact/hooks";
import type { Ui } from "./context";

const SHOWN = 6;

interface Foldable {
  value: string;
  label: string;
  exclusive?: boolean;
}

interface Fold<T> {
  visible: T[];
  /** How many are folded away. */
  hidden: number;
  unfold: () => void;
}

/**
 * What of `choices` is shown: the first six, what is ticked, "none" and its like, and what the words typed beside them name.
 * One more than six is not worth a button.
 */
export function useFold<T extends Foldable>(choices: readonly T[], chosen: readonly string[] = [], typed = ""): Fold<T> {
  const [open, setOpen] = useState(false);
  const first = choices.filter((choice) => !choice.exclusive);
  const words = typed.trim().toLowerCase();
  const named = (choice: T) => words.length > 1 && choice.label.toLowerCase().includes(words);
  const all = open || first.length <= SHOWN + 1;
  const visible = choices.filter(
    (choice) => all || choice.exclusive || first.indexOf(choice) < SHOWN || chosen.includes(choice.value) || named(choice),
  );
  return { visible, hidden: choices.length - visible.length, unfold: () => setOpen(true) };
}

export function More({ fold, ui: { t } }: { fold: Fold<Foldable>; ui: Ui }) {
  if (!fold.hidden) return null;
  return (
    <li>
      <button type="button" class="text-button" aria-expanded="false" onClick={fold.unfold}>
        {t.showMore(fold.hidden)}
      </button>
    </li>
  );
}
