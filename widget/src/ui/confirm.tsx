/** Asks once more before the chat is ended. */
import { useEffect, useRef } from "preact/hooks";
import type { Ui } from "./context";

interface ConfirmProps {
  ui: Ui;
  cancel: () => void;
  done: () => void;
  box: { current: HTMLTextAreaElement | null };
  /** Something is asked: a code would keep the answers. */
  asked: boolean;
}

export function ConfirmEnd({ ui: { t, chat }, cancel, done, box, asked }: ConfirmProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  const leave = (way: () => void) => () => {
    way();
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
          {asked && (
            <button type="button" class="chip" onClick={leave(() => chat.send("continue on another device", false))}>
              {t.elsewhere}
            </button>
          )}
          <button type="button" class="button" onClick={leave(() => void chat.end())}>
            {t.confirmEndYes}
          </button>
        </div>
      </div>
    </div>
  );
}
