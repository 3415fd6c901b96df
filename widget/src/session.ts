/**
 * What the widget keeps in the browser, and for how long.
 *
 * sessionStorage ends with the tab, so that on a shared computer the next person finds nothing; the conversation itself
 * is never stored here but fetched again from the server with the token.
 */

export interface Pending {
  id: string;
  text: string;
  typed: boolean;
}

export interface Kept {
  token: string;
  expiresAt: string;
  conversation: string;
  open: boolean;
  unread: number;
  draft: string;
  /** Messages that have not been confirmed by the server yet. */
  pending: Pending[];
  votes: Record<string, boolean>;
  /** Safety messages the person has put away. */
  dismissed: string[];
}

export const NOTHING_KEPT: Kept = {
  token: "",
  expiresAt: "",
  conversation: "",
  open: false,
  unread: 0,
  draft: "",
  pending: [],
  votes: {},
  dismissed: [],
};

export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The browser's sessionStorage, or null where the page may not use it (a sandboxed frame, blocked storage). */
export function browserStore(): KeyValueStore | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

export class Keeper {
  private readonly key: string;

  constructor(
    server: string,
    private readonly store: KeyValueStore | null,
    private readonly now: () => number = Date.now,
  ) {
    this.key = `marrow-chat:${server}`;
  }

  /** What was kept by an earlier page of this tab; an expired token counts as nothing. */
  load(): Kept {
    let kept: Kept = NOTHING_KEPT;
    try {
      const json = this.store?.getItem(this.key);
      if (json) kept = { ...NOTHING_KEPT, ...(JSON.parse(json) as Partial<Kept>) };
      // An older widget of this tab kept one message, or none.
      kept.pending = [kept.pending ?? []].flat();
    } catch {
      this.forget();
    }
    if (kept.token && Date.parse(kept.expiresAt) <= this.now()) {
      this.forget();
      return { ...NOTHING_KEPT, open: kept.open };
    }
    return kept;
  }

  save(kept: Kept): void {
    try {
      this.store?.setItem(this.key, JSON.stringify(kept));
    } catch {
      // Storage that is full or forbidden costs only the restored history after a reload.
    }
  }

  forget(): void {
    try {
      this.store?.removeItem(this.key);
    } catch {
      // Nothing can have been stored where removing is forbidden.
    }
  }
}
