/** What every part of the widget needs to draw itself. */
import type { Chat } from "../chat";
import type { Strings } from "../strings";

export interface Settings {
  heading: string;
  privacyHref: string;
  position: string;
}

export interface Ui {
  chat: Chat;
  t: Strings;
  /** For dates and times. */
  locale: string;
  settings: Settings;
  /** Asks whether to clear the chat from this device; the panel gives it to what it shows. */
  clear?: () => void;
}

/** Sends an answer; `typed` when the person wrote it, and did not choose it. */
export type Send = (text: string, typed?: boolean) => void;

/** True on a device that is pointed at with a finger: there, focusing a text box opens the keyboard over the page. */
export function isTouch(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}
