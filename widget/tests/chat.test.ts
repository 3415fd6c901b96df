import { describe, expect, it } from "vitest";
import { Api } from "../src/api";
import { Chat } from "../src/chat";
import { Keeper, type KeyValueStore } from "../src/session";

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | "fail";

class MemoryStore implements KeyValueStore {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
  get text(): string {
    return [...this.items.values()].join();
  }
}

interface Call {
  route: string;
  body: { id?: string; text?: string };
  token: string | null;
}

/** A server whose answers a test orders per route; without an order it starts sessions and echoes. */
function server(orders: Record<string, Answer[]> = {}) {
  const calls: Call[] = [];
  let sessions = 0;
  const fetcher = (async (address: string, init: RequestInit) => {
    const url = new URL(address);
    const route = `${init.method} ${url.pathname.replace("/webhooks/website", "")}`;
    const body = init.body ? (JSON.parse(String(init.body)) as Call["body"]) : {};
    calls.push({ route, body, token: new Headers(init.headers).get("Authorization") });
    const ordered = orders[route]?.shift();
    if (ordered === "fail") throw new TypeError("network");
    if (ordered) return new Response(ordered.body === undefined ? null : JSON.stringify(ordered.body), { status: ordered.status, headers: ordered.headers ?? {} });
    if (route === "POST /session") {
      sessions += 1;
      return Response.json({ token: `t${sessions}`, expires_at: "2099-01-01T00:00:00Z", conversation: `C-${sessions}` }, { status: 201 });
    }
    if (route === "POST /message") return Response.json({ id: body.id, replies: [{ id: `r-${body.id}`, text: `You said ${body.text}` }] });
    if (route === "GET /history") return Response.json({ messages: [], next: null });
    return new Response(null, { status: 204 });
  }) as typeof fetch;
  return { fetcher, calls };
}

function chatWith(fetcher: typeof fetch, store = new MemoryStore()): Chat {
  return new Chat(new Api("https://bot.example/", fetcher), new Keeper("https://bot.example/", store), "en");
}

/** Waits until every delivery has ended. */
async function settled(chat: Chat): Promise<void> {
  for (let turn = 0; turn < 200 && (chat.state.waiting || turn < 5); turn += 1) await new Promise((done) => setTimeout(done));
}

const texts = (chat: Chat) => chat.state.entries.map((entry) => [entry.from, entry.text, entry.status]);

describe("Chat", () => {
  it("asks the server nothing before the person has said something", async () => {
    const { fetcher, calls } = server();
    const chat = chatWith(fetcher);
    await chat.restore();
    chat.setOpen(true);
    expect(calls).toEqual([]);
  });

  it("starts a session with the first message and sends messages in order", async () => {
    const { fetcher, calls } = server();
    const chat = chatWith(fetcher);
    chat.send(" hello ", true);
    chat.send("again", true);
    await settled(chat);
    expect(calls.map((call) => call.route)).toEqual(["POST /session", "POST /message", "POST /message"]);
    expect(calls[1]).toMatchObject({ token: "Bearer t1", body: { text: "hello" } });
    expect(chat.state).toMatchObject({ conversation: "C-1", unread: 2, begun: true });
  });

  it("offers a failed message again under the same id", async () => {
    const { fetcher, calls } = server({ "POST /message": ["fail"] });
    const chat = chatWith(fetcher);
    chat.send("hello", true);
    await settled(chat);
    expect(chat.state.entries[0]).toMatchObject({ status: "failed", failure: "network" });
    chat.retry(chat.state.entries[0]!.id);
    await settled(chat);
    const sent = calls.filter((call) => call.route === "POST /message").map((call) => call.body.id);
    expect(sent[0]).toBe(sent[1]);
    expect(texts(chat)).toEqual([["patient", "hello", "sent"], ["assistant", "You said hello", "sent"]]);
  });

  it.each([
    [{ status: 413 }, "too-long", false],
    [{ status: 429, body: { retry_after: 30 } }, "too-many", true],
    [{ status: 429, headers: { "Retry-After": "30" } }, "too-many", true],
    [{ status: 500 }, "server", false],
    [{ status: 403 }, "refused", false],
  ] as const)("names the failure of %j", async (answer, failure, waits) => {
    const { fetcher, calls } = server({ "POST /message": [answer] });
    const chat = chatWith(fetcher);
    chat.send("hello", true);
    await settled(chat);
    const entry = chat.state.entries[0]!;
    expect(entry.failure).toBe(failure);
    expect(Boolean(entry.retryAt && entry.retryAt > Date.now())).toBe(waits);
    const before = calls.length;
    chat.retry(entry.id);
    await settled(chat);
    expect(calls.length > before).toBe(!waits);
  });

  it("takes an answer that broke off half-way for a failure", async () => {
    const { fetcher } = server();
    const broken = (async (address: string, init: RequestInit) =>
      address.endsWith("/message") ? new Response('{"id"', { status: 200 }) : fetcher(address, init)) as typeof fetch;
    const chat = chatWith(broken);
    chat.send("hello", true);
    await settled(chat);
    expect(chat.state.entries[0]?.status).toBe("failed");
  });

  it("clears an ended chat, and sends typed words in a new one", async () => {
    const { fetcher, calls } = server({ "POST /message": [{ status: 200, body: { replies: [{ id: "1", text: "private" }] } }, { status: 401 }] });
    const chat = chatWith(fetcher);
    chat.send("first", true);
    await settled(chat);
    chat.send("help me", true);
    await settled(chat);
    expect(texts(chat)).toEqual([["patient", "help me", "sent"], ["assistant", "You said help me", "sent"]]);
    expect(chat.state.notice).toBe("expired");
    expect(calls.at(-1)?.token).toBe("Bearer t2");
  });

  it("sends every message that waits behind the one that found the chat ended", async () => {
    const { fetcher, calls } = server({ "POST /message": [{ status: 401 }] });
    const chat = chatWith(fetcher);
    for (const [text, typed] of [["yes", false], ["help me", true], ["please", true]] as const) chat.send(text, typed);
    await settled(chat);
    expect(texts(chat).filter(([from]) => from === "patient")).toEqual([["patient", "help me", "sent"], ["patient", "please", "sent"]]);
    expect(calls.filter((call) => call.route === "POST /session")).toHaveLength(2);
    expect(calls.slice(-2).map((call) => call.token)).toEqual(["Bearer t2", "Bearer t2"]);
  });

  it("keeps every unsent message for the next page of this tab, and forgets each that arrived", async () => {
    const store = new MemoryStore();
    const { fetcher } = server({ "POST /message": ["fail", "fail", "fail"] });
    const chat = chatWith(fetcher, store);
    for (const text of ["one", "two", "three"]) chat.send(text, true);
    await settled(chat);
    const next = chatWith(fetcher, store);
    await next.restore();
    expect(texts(next)).toEqual([["patient", "one", "failed"], ["patient", "two", "failed"], ["patient", "three", "failed"]]);
    next.retry(next.state.entries[1]!.id);
    await settled(next);
    expect(store.text).toContain("one");
    expect(store.text).not.toContain("two");
    expect(store.text).toContain("three");
  });

  it("does not send a button's value into a new chat", async () => {
    const { fetcher, calls } = server({ "POST /message": [{ status: 401 }] });
    const chat = chatWith(fetcher);
    chat.send("yes", false);
    await settled(chat);
    expect(chat.state.entries).toEqual([]);
    expect(calls.filter((call) => call.route === "POST /message")).toHaveLength(1);
  });

  it("restores the conversation of this tab, and a message that was under way", async () => {
    const store = new MemoryStore();
    const { fetcher } = server({ "POST /message": ["fail"], "GET /history": [{ status: 200, body: { messages: [{ id: "1", from: "assistant", text: "before" }], next: "c" } }] });
    const chat = chatWith(fetcher, store);
    chat.send("hello", true);
    await settled(chat);
    expect(store.text).not.toContain("before");
    const again = chatWith(fetcher, store);
    await again.restore();
    expect(texts(again)).toEqual([["assistant", "before", "sent"], ["patient", "hello", "failed"]]);
    expect(again.state.earlier).toBe("c");
  });

  it("forgets everything when the chat ends, even when the server cannot be told", async () => {
    const store = new MemoryStore();
    const { fetcher, calls } = server({ "DELETE /session": ["fail"] });
    const chat = chatWith(fetcher, store);
    chat.send("hello", true);
    await settled(chat);
    await chat.end();
    expect(calls.at(-1)).toMatchObject({ route: "DELETE /session", token: "Bearer t1" });
    expect(chat.state).toMatchObject({ entries: [], begun: false, notice: "ended" });
    expect(store.text).not.toMatch(/t1|C-1|hello/);
  });

  it("drops an answer that arrives after the chat has ended", async () => {
    const { fetcher } = server();
    const chat = chatWith(fetcher);
    chat.send("hello", true);
    await chat.end();
    await settled(chat);
    expect(chat.state.entries).toEqual([]);
  });

  it("opens itself for a safety message", async () => {
    const { fetcher } = server({ "POST /message": [{ status: 200, body: { replies: [{ id: "s", text: "Call", custom: { safety: { kind: "emergency", numbers: ["112"] } } }] } }] });
    const chat = chatWith(fetcher);
    chat.send("chest pain", true);
    await settled(chat);
    expect(chat.state).toMatchObject({ open: true, unread: 0 });
  });

  it("takes a vote back when it could not be sent", async () => {
    const { fetcher } = server({ "POST /feedback": [{ status: 204 }, "fail"] });
    const chat = chatWith(fetcher);
    await chat.vote("m1", "topic", true);
    await chat.vote("m2", "topic", false);
    expect(chat.state.votes).toEqual({ m1: true });
    expect(chat.state.failedVote).toBe("m2");
  });
});

describe("Keeper", () => {
  it("does not give back an expired token, nor choke on spoilt storage", () => {
    const store = new MemoryStore();
    const keeper = new Keeper("s", store, () => Date.parse("2026-01-02T00:00:00Z"));
    keeper.save({ ...keeper.load(), token: "t", expiresAt: "2026-01-01T00:00:00Z", draft: "private" });
    expect(keeper.load()).toMatchObject({ token: "", draft: "" });
    expect(store.text).toBe("");
    store.setItem("marrow-chat:s", "{spoilt");
    expect(keeper.load().token).toBe("");
  });
});
