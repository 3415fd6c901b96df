/** The whole widget: the launcher and the panel it opens. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { Panel } from "./panel";
import type { Ui } from "./context";

/** Redraws whenever the conversation changes. */
function useChat(ui: Ui) {
  const [, redraw] = useState({});
  // Before the first paint: an answer that comes between drawing and listening would never show.
  useLayoutEffect(() => ui.chat.subscribe(() => redraw({})), [ui.chat]);
  return ui.chat.state;
}

const SMALL = "(max-width: 520px), (max-height: 480px)";

/** True while the panel covers the whole window, as on a phone. */
function useSmall(): boolean {
  const [query] = useState(() => matchMedia(SMALL));
  const [small, setSmall] = useState(query.matches);
  useEffect(() => {
    const follow = () => setSmall(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return small;
}

/** Keeps a full-window panel inside what the on-screen keyboard leaves free. */
function useVisibleHeight(panel: { current: HTMLElement | null }, active: boolean): void {
  useEffect(() => {
    const view = window.visualViewport;
    if (!view || !active) return;
    const fit = () => {
      // While somebody has zoomed in, the panel keeps its size and they move around in it.
      if (view.scale > 1.01) return;
      panel.current?.style.setProperty("--view-height", `${view.height}px`);
      panel.current?.style.setProperty("--view-top", `${view.offsetTop}px`);
    };
    fit();
    view.addEventListener("resize", fit);
    view.addEventListener("scroll", fit);
    return () => {
      view.removeEventListener("resize", fit);
      view.removeEventListener("scroll", fit);
    };
  }, [panel, active]);
}

export function App({ ui }: { ui: Ui }) {
  const { t, chat, settings } = ui;
  const { open, unread } = useChat(ui);
  const small = useSmall();
  const dialog = useRef<HTMLDialogElement>(null);
  const launcher = useRef<HTMLButtonElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  const wasOpen = useRef(open);
  /** Open since the page was loaded: nobody asked for the focus. */
  const sinceLoad = useRef(open);
  useVisibleHeight(dialog, open && small);

  useEffect(() => {
    if (wasOpen.current && !open) {
      sinceLoad.current = false;
      // Back to the link that opened the chat, or else to the launcher (which is inside this element's own host).
      const link = opener.current?.closest("a");
      (link?.isConnected ? link : launcher.current)?.focus();
    }
    wasOpen.current = open;
  }, [open]);

  return (
    <>
      <button
        ref={launcher}
        type="button"
        class={`launcher ${settings.position}`}
        hidden={open}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => chat.setOpen(true)}
      >
        <Icon name="chat" />
        <span class="launcher-label">{settings.heading}</span>
        {unread > 0 && (
          <>
            <span class="badge" aria-hidden="true">
              {unread > 9 ? "9+" : unread}
            </span>
            <span class="hidden">, {t.unread(unread)}</span>
          </>
        )}
      </button>
      <p class="hidden" role="status">
        {unread > 0 ? t.newMessage : ""}
      </p>
      <dialog
        ref={dialog}
        class={`panel ${settings.position}${small ? " small" : ""}`}
        aria-label={`${settings.heading}, ${t.assistantRole}`}
        onCancel={(event) => event.preventDefault()}
      >
        {open && <Panel ui={ui} small={small} dialog={dialog} opener={opener} byPerson={!sinceLoad.current} />}
      </dialog>
    </>
  );
}
