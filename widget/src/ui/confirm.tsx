/** Asks once more before the chat is ended. */
import { useEffect, useRef } from "preact/hooks";
import type { Ui } from "./context";

interface ConfirmProps {
  ui: Ui;
  cancel: () => void;
  done: () => void;
  box: { current: HTMLTextAreaElement | null };
}

export function ConfirmEnd({ ui: { t, chat }, cancel, done, box }: ConfirmProps) {
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
