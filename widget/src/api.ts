/** The HTTP client of the website channel: every failure becomes one `ApiError` with a kind the widget can act on. */
import { readHistory, readMessage, readReplies, readSession, type HistoryPage, type Message, type Session } from "./contract";

export type FailureKind = "network" | "expired" | "too-long" | "too-many" | "refused" | "server";

export class ApiError extends Error {
  /** `retryAfter`: seconds to wait before trying again, 0 when the server named none; `problem`: what the server said. */
  constructor(
    readonly kind: FailureKind,
    readonly retryAfter = 0,
    readonly problem: unknown = null,
  ) {
    super(kind);
  }
}

const TIMEOUT_MS = 45_000;

/** Which failure an HTTP status stands for. */
export function failureOf(status: number): FailureKind {
  if (status === 401) return "expired";
  if (status === 413) return "too-long";
  if (status === 429) return "too-many";
  return status >= 500 ? "server" : "refused";
}

/** Seconds to wait, from the problem's body or else from the header (which CORS may hide). */
export function waitOf(body: unknown, header: string | null): number {
  const named = (body as { retry_after?: unknown } | null)?.retry_after;
  const seconds = Number(named ?? header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), 3600) : 0;
}

/** The safety message in the refusal of message `id`, when that held an emergency or a crisis. */
export function safetyOf(problem: unknown, id: string): Message | null {
  const { text, safety } = (problem ?? {}) as { text?: unknown; safety?: unknown };
  const at = new Date().toISOString();
  const message = readMessage({ id: `${id}.1`, text, custom: { safety }, at }, "assistant");
  return message?.text && message.custom.safety ? message : null;
}

export class Api {
  private readonly base: string;

  /** `server`: the bot's address; `fetcher`: the browser's fetch, or another one in tests. */
  constructor(
    server: string,
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {
    this.base = `${server.replace(/\/+$/, "")}/webhooks/website`;
  }

  async startSession(locale: string): Promise<Session> {
    const session = readSession(await this.call("POST", "/session", null, { locale }));
    if (!session) throw new ApiError("server");
    return session;
  }

  async send(token: string, id: string, text: string): Promise<Message[]> {
    try {
      return readReplies(await this.call("POST", "/message", token, { id, text }));
    } catch (error) {
      // A session that is over is renewed, and the new one answers.
      const safety = error instanceof ApiError && error.kind !== "expired" ? safetyOf(error.problem, id) : null;
      if (!safety) throw error;
      return [safety];
    }
  }

  async history(token: string, before: string | null): Promise<HistoryPage> {
    const query = before ? `?before=${encodeURIComponent(before)}&limit=50` : "?limit=50";
    return readHistory(await this.call("GET", `/history${query}`, token));
  }

  async feedback(token: string, messageId: string, topic: string, helpful: boolean): Promise<void> {
    await this.call("POST", "/feedback", token, { message_id: messageId, topic, helpful });
  }

  async endSession(token: string): Promise<void> {
    await this.call("DELETE", "/session", token);
  }

  private async call(method: string, path: string, token: string | null, body?: object): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json, application/problem+json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await this.fetcher(this.base + path, {
        method,
        headers,
        // The token in the header is the only credential: no cookie is sent, kept or needed.
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        signal: abort.signal,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!response.ok) {
        const problem: unknown = await response.json().catch(() => null);
        throw new ApiError(failureOf(response.status), waitOf(problem, response.headers.get("Retry-After")), problem);
      }
      // An answer that breaks off half-way counts as none: the same message is sent again and gets the same replies.
      return response.status === 204 ? null : ((await response.json()) as unknown);
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError("network");
    } finally {
      clearTimeout(timer);
    }
  }
}
