/** What the panel does with the dialog element and with the place in the conversation. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Entry } from "../transcript";

/**
 * Opens the dialog. Over the whole window it is modal: the page behind is out of reach of keyboard and screen reader as
 * well. Beside the page it is not, and taking the focus is left to the panel.
 */
export function useDialog(dialog: { current: HTMLDialogElement | null }, opener: { current: HTMLElement | null }, small: boolean): void {
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
export function useScrolling(scroll: { current: HTMLDivElement | null }, entries: readonly Entry[], ready: boolean): void {
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
