/** Entry point: registers the element, and adds one to the page when the script tag carries data attributes. */
import { ATTRIBUTES, marrowChat } from "./element";

const TAG = "marrow-chat";

function ownScript(): HTMLScriptElement | null {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement) return current;
  // As a module the script has no `currentScript`.
  return document.querySelector<HTMLScriptElement>('script[src*="marrow-widget.js"]');
}

const script = ownScript();
// The bot serves the script at <address>/widget/marrow-widget.js, so its own folder's parent is the bot's address.
const defaultServer = script?.src ? new URL("..", script.src).href : location.origin;

function insert(data: DOMStringMap): void {
  if (document.querySelector(TAG)) return;
  const element = document.createElement(TAG);
  for (const name of ATTRIBUTES) {
    const value = data[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined) element.setAttribute(name, value);
  }
  document.body.append(element);
}

if (!customElements.get(TAG)) {
  customElements.define(TAG, marrowChat(defaultServer));
  const data = script?.dataset;
  if (data && Object.keys(data).length > 0) {
    if (document.body) insert(data);
    else document.addEventListener("DOMContentLoaded", () => insert(data));
  }
}
