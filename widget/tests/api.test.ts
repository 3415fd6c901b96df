import { describe, expect, it } from "vitest";
import { Api } from "../src/api";

const SAFETY = { kind: "emergency", numbers: [{ name: "Emergency services", number: "112", how: "call" }] };

/** A server that answers every call with `status` and `body`. */
function serverWith(status: number, body: object): Api {
  return new Api("https://bot.example", () => Promise.resolve(new Response(JSON.stringify(body), { status })));
}

describe("a refused message that held an emergency", () => {
  it("is answered with the safety message of the refusal", async () => {
    const api = serverWith(429, { status: 429, text: "Call 112.", safety: SAFETY });
    const [reply] = await api.send("token", "m1", "my chest hurts");
    expect(reply?.id).toBe("m1.1");
    expect(reply?.text).toBe("Call 112.");
    expect(reply?.custom.safety?.numbers[0]?.number).toBe("112");
  });

  it("renews a session that is over, which then answers", async () => {
    const api = serverWith(401, { status: 401, text: "Call 112.", safety: SAFETY });
    await expect(api.send("token", "m1", "my chest hurts")).rejects.toMatchObject({ kind: "expired" });
  });

  it("leaves any other refusal a refusal", async () => {
    await expect(serverWith(429, { status: 429, retry_after: 3 }).send("token", "m1", "hi")).rejects.toMatchObject({
      kind: "too-many",
      retryAfter: 3,
    });
    await expect(serverWith(503, { text: "x" }).send("token", "m1", "hi")).rejects.toMatchObject({ kind: "server" });
  });
});
