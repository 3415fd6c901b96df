/** The custom element `<marrow-chat>`: attributes in, a shadow tree with the widget out. */
import { render } from "preact";
import { Api } from "./api";
import { Chat } from "./chat";
import { browserStore, Keeper } from "./session";
import { directionOf, intlLocale, languageFor, languageTag, stringsFor } from "./strings";
import { safeHref } from "./text";
import { App } from "./ui/app";
import type { Settings, Ui } from "./ui/context";
import css from "./widget.css?inline";

export const ATTRIBUTES = ["server", "locale", "dir", "theme", "position", "heading", "privacy-href", "open"] as const;

/** Address fragment that opens the chat, for links from a message or another page. */
const OPENING_HASH = "#marrow-chat";

let sheet: CSSStyleSheet | null = null;

/** Styles through a constructed sheet need no `unsafe-inline`; a browser without them gets a style element. */
function style(root: ShadowRoot): void {
  try {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    }
    root.adoptedStyleSheets = [sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = css;
    root.prepend(element);
  }
}

/** Makes the element's class; `defaultServer` is where the script came from. */
export function marrowChat(defaultServer: string): CustomElementConstructor {
  return class MarrowChat extends HTMLElement {
    static observedAttributes = ["locale", "dir", "position", "heading", "privacy-href"];

    private chat: Chat | null = null;
    private mount: HTMLElement | null = null;
    private expiryTimer = 0;
    private stop: (() => void)[] = [];

    connectedCallback(): void {
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      style(root);
      this.mount = document.createElement("div");
      this.mount.className = "root";
      root.append(this.mount);
      const server = new URL(this.getAttribute("server") || defaultServer, document.baseURI).href;
      const chat = new Chat(new Api(server), new Keeper(server, browserStore()), languageTag(this.locale), navigator.onLine);
      this.chat = chat;
      if (this.hasAttribute("open") && !chat.state.begun) chat.setOpen(true);
      this.listen(window, "online", () => chat.setOnline(true));
      this.listen(window, "offline", () => chat.setOnline(false));
      this.listen(window, "hashchange", () => this.openByHash());
      this.listen(document, "click", (event) => this.openByLink(event));
      this.listen(document, "visibilitychange", () => chat.expireIfIdle());
      this.stop.push(chat.subscribe(() => this.watchExpiry()));
      this.openByHash();
      // Starting to restore before drawing lets the panel know that nobody has just opened it.
      const restored = chat.restore();
      this.draw();
      void restored;
      this.watchExpiry();
    }

    disconnectedCallback(): void {
      for (const stop of this.stop.splice(0)) stop();
      clearTimeout(this.expiryTimer);
      if (this.mount) render(null, this.mount);
      this.mount?.remove();
      this.mount = this.chat = null;
    }

    attributeChangedCallback(): void {
      if (this.mount) this.draw();
    }

    /** Opens the chat panel. */
    show(): void {
      this.chat?.setOpen(true);
    }

    /** Minimises the chat panel. */
    hide(): void {
      this.chat?.setOpen(false);
    }

    private get locale(): string {
      return this.getAttribute("locale") || document.documentElement.lang || "en";
    }

    private listen(target: EventTarget, type: string, listener: (event: Event) => void): void {
      target.addEventListener(type, listener);
      this.stop.push(() => target.removeEventListener(type, listener));
    }

    private openByHash(): void {
      if (location.hash === OPENING_HASH) this.show();
    }

    /** A second click on the same link changes no address, so the click itself opens the chat. */
    private openByLink(event: Event): void {
      const target = event.target instanceof Element ? event.target.closest(`a[href="${OPENING_HASH}"]`) : null;
      if (!target) return;
      event.preventDefault();
      this.show();
    }

    private watchExpiry(): void {
      clearTimeout(this.expiryTimer);
      const expiry = this.chat?.expiry;
      // A timer cannot be longer than 2^31 ms; a longer session is looked at again then.
      if (expiry) this.expiryTimer = window.setTimeout(() => this.chat?.expireIfIdle(), Math.min(Math.max(expiry - Date.now(), 1000), 2 ** 31 - 1));
    }

    private draw(): void {
      const { mount, chat, locale } = this;
      if (!mount || !chat) return;
      const t = stringsFor(locale);
      const settings: Settings = {
        heading: this.getAttribute("heading") || t.title,
        privacyHref: privacyAddress(this.getAttribute("privacy-href")),
        position: this.getAttribute("position") === "start" ? "start" : "end",
      };
      mount.lang = languageFor(locale);
      mount.dir = this.getAttribute("dir") || document.documentElement.dir || directionOf(locale);
      const ui: Ui = { chat, t, locale: intlLocale(locale), settings };
      render(<App ui={ui} />, mount);
    }
  };
}

/** The privacy page's full address, "" when there is none or its scheme is not allowed. */
function privacyAddress(value: string | null): string {
  try {
    return value ? (safeHref(new URL(value, document.baseURI).href) ?? "") : "";
  } catch {
    return "";
  }
}
