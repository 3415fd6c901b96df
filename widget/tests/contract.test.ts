import { describe, expect, it } from "vitest";
import { readCustom, readHistory, readMessage, readReplies, readSession } from "../src/contract";

describe("readCustom", () => {
  it("reads an article", () => {
    const faq = { id: "a", title: "A", evidence: "limited", sources: [{ title: "S", kind: "journal", ref: "PMC1234" }], related: [{ id: "b", title: "B" }] };
    expect(readCustom({ faq }).faq).toEqual({ ...faq, also: [], answer: "" });
    expect(readCustom({ faq: { ...faq, also: [{ id: "c", title: "C" }] } }).faq?.also).toEqual([{ id: "c", title: "C" }]);
    expect(readCustom({ faq: { ...faq, answer: { id: "a.narrow" } } }).faq?.answer).toBe("a.narrow");
  });

  it("reads a question and knows which choices stand alone", () => {
    const { question } = readCustom({
      question: { id: "symptoms", kind: "multi", choices: [{ value: "rash", label: "Rash" }, { value: "none", label: "None" }, { value: "x" }], required: false, step: 4, total: 15, prefilled: ["rash", "fever"] },
    });
    expect(question).toMatchObject({ id: "symptoms", kind: "multi", required: false, step: 4, total: 15, prefilled: ["rash", "fever"] });
    expect(question?.choices).toEqual([
      { value: "rash", label: "Rash", exclusive: false },
      { value: "none", label: "None", exclusive: true },
      { value: "x", label: "x", exclusive: false },
    ]);
  });

  it.each([
    [null, []],
    ["1985-03-05", ["1985-03-05"]],
    [2015, ["2015"]],
    [[{ code: "rash", text: "a red face" }, { code: null, text: "tired legs" }], ["rash", "tired legs"]],
    [[{ code: "itching", text: "itchy skin" }], ["itchy skin"]],
  ])("reads the present answer %j", (prefilled, values) => {
    expect(readCustom({ question: { id: "q", prefilled, choices: [{ value: "rash", label: "Rash" }] } }).question?.prefilled).toEqual(values);
  });

  it.each([
    ["911", { name: "", number: "911", call: true, text: false }],
    [112, { name: "", number: "112", call: true, text: false }],
    [{ name: "Line", number: "988", how: "call or text" }, { name: "Line", number: "988", call: true, text: true }],
    [{ name: "Line", number: 741741, how: "text" }, { name: "Line", number: "741741", call: false, text: true }],
    [{ name: "Line", number: "116 123", how: "call" }, { name: "Line", number: "116 123", call: true, text: false }],
  ])("reads the safety number %j", (number, read) => {
    expect(readCustom({ safety: { kind: "crisis", numbers: [number] } }).safety?.numbers).toEqual([read]);
  });

  it("keeps a contact's lines, also nested opening hours", () => {
    const contact = { name: "Clinic", phone: "+1", hours: { monday: "9 to 17", sunday: null }, nothing: null };
    expect(readCustom({ handoff: { contact } }).handoff).toEqual({ name: "Clinic", phone: "+1", hours: "monday: 9 to 17\nsunday: " });
  });

  it.each([null, 1, "x", [], { unknown: { a: 1 } }, { faq: "x" }, { question: {} }, { request: { reference: "" } }, { summary: null }])(
    "leaves out %j",
    (value) => {
      expect(readCustom(value)).toEqual({});
    },
  );
});

describe("readMessage", () => {
  it.each([null, "x", { text: "no id" }, { id: "1" }, { id: "1", text: "", custom: {} }])("refuses %j", (value) => {
    expect(readMessage(value)).toBeNull();
  });

  it("takes buttons without a payload by their title", () => {
    expect(readMessage({ id: "1", buttons: [{ title: "Yes" }, { payload: "x" }, null] })?.buttons).toEqual([{ title: "Yes", payload: "Yes" }]);
  });
});

describe("answers of the server", () => {
  it("reads replies and history", () => {
    expect(readReplies({ id: "p", replies: [{ id: "1", text: "a" }, {}, null] })).toHaveLength(1);
    expect(readHistory({ messages: [{ id: "1", from: "patient", text: "a" }], next: 7 })).toMatchObject({ next: "7", messages: [{ from: "patient" }] });
    expect(readHistory(null)).toEqual({ messages: [], next: null });
  });

  it("refuses a session without a token", () => {
    expect(readSession({ token: "" })).toBeNull();
    expect(readSession({ token: "t", expires_at: "2030-01-01T00:00:00Z", conversation: "C-1" })).toEqual({ token: "t", expiresAt: "2030-01-01T00:00:00Z", conversation: "C-1" });
  });
});
