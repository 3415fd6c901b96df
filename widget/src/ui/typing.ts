/** Words typed anywhere in the chat reach the text box: no key press is lost, and none of them presses an answer. */
import type { Chat } from "../chat";

/** Puts words at the end of the text box and the focus into it. */
export type Write = (words: string) => void;

/**
 * Whether a key press begins or goes on with words. A space does not: it presses a button and ticks an answer that was
 * reached by keyboard, and words do not begin with one.
 */
export function isTyping(event: KeyboardEvent): boolean {
  const combined = event.ctrlKey || event.altKey || event.metaKey;
  if (combined && !event.getModifierState("AltGraph")) return false;
  // An accent ("Dead") and an input method ("Process") have the character still to come.
  return (event.key !== " " && [...event.key].length === 1) || event.key === "Dead" || event.key === "Process";
}

/** Whether an element takes words itself; a list takes them in its own way (see `date.tsx`). */
export function takesWords(element: Element): boolean {
  return element.matches("textarea, select, input:not([type=checkbox])");
}

/** With no words, only the focus moves: the browser itself then puts the character of the pressed key into the box. */
export function writeInto(box: HTMLTextAreaElement | null, chat: Chat, words: string): void {
  if (!box) return;
  if (words) {
    chat.setDraft(chat.state.draft + words);
    // At once and not with the next drawing: the next key press may come before it.
    box.value = chat.state.draft;
  }
  box.focus({ preventScroll: true });
  box.setSelectionRange(box.value.length, box.value.length);
}
