/** The text box: always there, whatever control a question has. */
import { useLayoutEffect } from "preact/hooks";
import type { Ui } from "./context";
import { Icon } from "./icons";

export function Composer({ ui, box, placeholder }: { ui: Ui; box: { current: HTMLTextAreaElement | null }; placeholder: string }) {
  const { t, chat } = ui;
  const { draft } = chat.state;

  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.setProperty("block-size", "auto");
    area.style.setProperty("block-size", `${area.scrollHeight + 2}px`);
  }, [draft]);

  const submit = (event: Event) => {
    event.preventDefault();
    chat.send(draft, true);
    chat.setDraft("");
    box.current?.focus({ preventScroll: true });
  };
  return (
    <form class="composer" onSubmit={submit}>
      <textarea
        ref={box}
        rows={1}
        value={draft}
        dir="auto"
        aria-label={t.composer}
        placeholder={placeholder}
        enterkeyhint="send"
        onInput={(event) => chat.setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
        }}
      />
      <button type="submit" class="button square" aria-label={t.send} aria-disabled={!draft.trim()}>
        <Icon name="send" mirrored />
      </button>
    </form>
  );
}
