/** The conversation's state and everything that can happen to it; knows nothing of how it is drawn. */
import { ApiError, type Api } from "./api";
import type { Message } from "./contract";
import { newId } from "./ids";
import { NOTHING_KEPT, type Keeper, type Kept, type Pending } from "./session";
import { pinnedSafety, withEarlier, withNew, type Entry } from "./transcript";

export type Notice = "expired" | "ended" | "restore-failed" | "online" | null;

export interface ChatState {
  entries: readonly Entry[];
  /** Cursor of earlier messages on the server. */
  earlier: string | null;
  loadingEarlier: boolean;
  restoring: boolean;
  waiting: boolean;
  open: boolean;
  unread: number;
  online: boolean;
  notice: Notice;
  conversation: string;
  draft: string;
  votes: Readonly<Record<string, boolean>>;
  failedVote: string | null;
  dismissed: readonly string[];
  /** The person has been heard from in this chat: the first-contact part gives way to the conversation. */
  begun: boolean;
}

const EMPTY: ChatState = {
  entries: [],
  earlier: null,
  loadingEarlier: false,
  restoring: false,
  waiting: false,
  open: false,
  unread: 0,
  online: true,
  notice: null,
  conversation: "",
  draft: "",
  votes: {},
  failedVote: null,
  dismissed: [],
  begun: false,
};

export class Chat {
  state: ChatState;
  private kept: Kept;
  private readonly listeners = new Set<() => void>();
  private queue: Promise<void> = Promise.resolve();
  /** Grows when a chat ends: an answer that arrives for an earlier chat is dropped. */
  private generation = 0;

  constructor(
    private readonly api: Api,
    private readonly keeper: Keeper,
    private readonly locale: string,
    online = true,
  ) {
    this.kept = keeper.load();
    const { open, unread, draft, votes, dismissed, conversation, token } = this.kept;
    this.state = { ...EMPTY, online, open, unread, draft, votes, dismissed, conversation, begun: Boolean(token) };
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Fetches the conversation of an earlier page of this tab, if there is one. */
  async restore(): Promise<void> {
    const { token, pending } = this.kept;
    const generation = this.generation;
    if (!token) return this.restorePending(pending);
    this.set({ restoring: true, notice: null });
    try {
      const page = await this.api.history(token, null);
      if (generation !== this.generation) return;
      this.set({ entries: withNew([], page.messages), earlier: page.next, restoring: false });
      this.restorePending(pending);
    } catch (error) {
      if (generation !== this.generation) return;
      if (error instanceof ApiError && error.kind === "expired") {
        this.startOver("expired");
        const typed = pending.filter((message) => message.typed).map((message) => message.text);
        if (typed.length) this.setDraft(typed.join("\n"));
      } else {
        this.set({ restoring: false, notice: "restore-failed" });
      }
    }
  }

  /** Messages that were under way when the page was left are offered again, unless the server has them. */
  private restorePending(kept: readonly Pending[]): void {
    const known = new Set(this.state.entries.map((entry) => entry.id));
    const pending = kept.filter((message) => !known.has(message.id));
    this.keep({ pending });
    if (!pending.length) return;
    const entries = pending.map(({ id, text, typed }): Entry => ({ ...this.patientEntry(id, text, typed), status: "failed", failure: "network" }));
    this.set({ begun: true, entries: [...this.state.entries, ...entries] });
  }

  async loadEarlier(): Promise<void> {
    const { earlier, loadingEarlier } = this.state;
    if (!earlier || loadingEarlier) return;
    const generation = this.generation;
    this.set({ loadingEarlier: true });
    try {
      const page = await this.api.history(this.kept.token, earlier);
      if (generation !== this.generation) return;
      this.set({ entries: withEarlier(this.state.entries, page.messages), earlier: page.next, loadingEarlier: false });
    } catch {
      if (generation === this.generation) this.set({ loadingEarlier: false });
    }
  }

  /** Sends what the person typed (`typed`) or the value of what they chose. Messages go out one after the other. */
  send(text: string, typed: boolean): void {
    const content = text.trim();
    if (!content) return;
    const entry = this.patientEntry(newId(), content, typed);
    this.keep({ pending: [...this.kept.pending, { id: entry.id, text: content, typed }] });
    const notice = this.state.notice === "restore-failed" ? this.state.notice : null;
    this.set({ begun: true, waiting: true, notice, entries: [...this.state.entries, entry] });
    this.deliverNext(entry.id);
  }

  /** Tries a failed message again, under the same id: the server answers it once. */
  retry(id: string): void {
    const entry = this.state.entries.find((item) => item.id === id);
    if (entry?.status !== "failed" || (entry.retryAt ?? 0) > Date.now()) return;
    const rest = this.state.entries.filter((item) => item.id !== id);
    this.set({ waiting: true, entries: [...rest, this.patientEntry(id, entry.text, entry.typed)] });
    this.deliverNext(id);
  }

  /** Takes a message that cannot be sent back into the text box. */
  edit(id: string): void {
    const entry = this.state.entries.find((item) => item.id === id);
    if (entry?.status !== "failed") return;
    this.set({ entries: this.state.entries.filter((item) => item.id !== id) });
    this.keep({ pending: this.pendingWithout(id) });
    this.setDraft(entry.text);
  }

  private pendingWithout(id: string): Pending[] {
    return this.kept.pending.filter((message) => message.id !== id);
  }

  private patientEntry(id: string, text: string, typed: boolean): Entry {
    const at = new Date().toISOString();
    return { id, from: "patient", text, buttons: [], custom: {}, at, status: "sending", typed };
  }

  private deliverNext(id: string): void {
    this.queue = this.queue.then(() => this.deliver(id));
  }

  private async deliver(id: string, newSession = false): Promise<void> {
    const entry = this.state.entries.find((item) => item.id === id);
    if (!entry) return;
    const generation = this.generation;
    this.set({ waiting: true });
    try {
      if (!this.kept.token) {
        const session = await this.api.startSession(this.locale);
        if (generation !== this.generation) return this.discard(session.token);
        this.keep(session);
        this.set({ conversation: session.conversation });
      }
      const replies = await this.api.send(this.kept.token, id, entry.text);
      if (generation !== this.generation) return;
      this.update(id, { status: "sent" });
      this.keep({ pending: this.pendingWithout(id) });
      this.receive(replies);
    } catch (error) {
      if (generation !== this.generation) return;
      const { kind, retryAfter } = error instanceof ApiError ? error : new ApiError("server");
      if (kind === "expired" && !newSession) return this.renew(entry);
      this.update(id, { status: "failed", failure: kind, ...(retryAfter ? { retryAt: Date.now() + retryAfter * 1000 } : {}) });
      this.set({ waiting: false });
    }
  }

  /**
   * The server has ended the session. The old conversation leaves the screen, as somebody else may be sitting there now.
   * Typed words are sent in a new session at once, because they may be a call for help; the value of a button means
   * nothing without its question.
   */
  private async renew(entry: Entry): Promise<void> {
    const { draft, entries } = this.state;
    const { queue } = this;
    this.startOver("expired");
    // What waits in the queue behind this message goes out after it.
    this.queue = queue;
    if (draft) this.setDraft(draft);
    const unsent = entries.filter((other) => other.typed && other.status === "sending");
    if (!unsent.length) return;
    this.keep({ pending: unsent.map(({ id, text, typed }) => ({ id, text, typed })) });
    this.set({ begun: true, entries: unsent });
    if (entry.typed) await this.deliver(entry.id, true);
  }

  private receive(replies: readonly Message[]): void {
    const entries = withNew(this.state.entries, replies);
    const safety = pinnedSafety(withNew([], replies), this.state.dismissed);
    const open = this.state.open || safety !== null;
    const unread = open ? 0 : this.state.unread + replies.length;
    this.set({ entries, waiting: false, open, unread });
    this.keep({ open, unread });
  }

  async vote(messageId: string, topic: string, helpful: boolean): Promise<void> {
    const before = this.state.votes;
    const generation = this.generation;
    this.set({ votes: { ...before, [messageId]: helpful }, failedVote: null });
    try {
      await this.api.feedback(this.kept.token, messageId, topic, helpful);
      if (generation === this.generation) this.keep({ votes: { ...this.state.votes } });
    } catch {
      if (generation === this.generation) this.set({ votes: before, failedVote: messageId });
    }
  }

  dismissSafety(id: string): void {
    const dismissed = [...this.state.dismissed, id];
    this.set({ dismissed });
    this.keep({ dismissed });
  }

  setOpen(open: boolean): void {
    this.set({ open, ...(open ? { unread: 0 } : {}) });
    this.keep({ open, unread: this.state.unread });
  }

  setDraft(draft: string): void {
    this.set({ draft });
    this.keep({ draft });
  }

  setOnline(online: boolean): void {
    if (online !== this.state.online) this.set({ online, notice: online ? "online" : this.state.notice });
  }

  /** Ends the chat: this device forgets it at once, whether or not the server can be told. */
  async end(): Promise<void> {
    const { token } = this.kept;
    this.startOver("ended");
    if (token) await this.discard(token);
  }

  private async discard(token: string): Promise<void> {
    try {
      await this.api.endSession(token);
    } catch {
      // The token is forgotten here, and on the server it expires by itself.
    }
  }

  /** Clears the screen when the session runs out, unless somebody is in the middle of something. */
  expireIfIdle(): void {
    const { token, expiresAt } = this.kept;
    if (token && Date.parse(expiresAt) <= Date.now() && !this.state.draft && !this.state.waiting) this.startOver("expired");
  }

  /** When the session runs out (ms since 1970), or null without one. */
  get expiry(): number | null {
    return (this.kept.token && Date.parse(this.kept.expiresAt)) || null;
  }

  private startOver(notice: Notice): void {
    const { open, online } = this.state;
    this.generation += 1;
    this.queue = Promise.resolve();
    this.keeper.forget();
    this.kept = { ...NOTHING_KEPT, open };
    this.keeper.save(this.kept);
    this.set({ ...EMPTY, open, online, notice });
  }

  private update(id: string, change: Partial<Entry>): void {
    this.set({ entries: this.state.entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)) });
  }

  private keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    this.keeper.save(this.kept);
  }

  private set(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
