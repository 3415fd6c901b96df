import { describe, expect, it } from "vitest";
import { readMessage } from "../src/contract";
import { en } from "../src/strings/en";
import { commandsOf, emergencyNumbers, openPart, pinnedSafety, proseOf, shownText, withEarlier, withNew, type Entry } from "../src/transcript";
import { toggled } from "../src/ui/answer";
import { fieldKind } from "../src/ui/field";

let count = 0;
function assistant(fields: object): Entry {
  count += 1;
  return { ...readMessage({ id: `a${count}`, text: "text", ...fields }, "assistant")!, status: "sent", typed: false };
}
function patient(text: string, status: Entry["status"] = "sent"): Entry {
  count += 1;
  return { ...readMessage({ id: `p${count}`, text }, "patient")!, status, typed: true };
}
function question(fields: object): Entry {
  return assistant({ custom: { question: { id: "q", kind: "choice", required: true, step: 2, total: 5, choices: [{ value: "self", label: "For me" }], ...fields } } });
}

describe("openPart", () => {
  it("offers the newest question, and its buttons once", () => {
    const asked = question({});
    asked.buttons = [{ title: "For me", payload: "self" }, { title: "Pause", payload: "pause" }, { title: "A person", payload: "human" }];
    const open = openPart([patient("hello"), assistant({}), asked]);
    expect(open.question?.id).toBe("q");
    expect(open.buttons).toEqual([{ title: "A person", payload: "human" }]);
  });

  it("offers a suggested topic once", () => {
    const topic = { id: "lupus_cure", title: "Can lupus be cured?" };
    const missed = assistant({ custom: { fallback: { suggestions: [topic] } }, buttons: [{ title: topic.title, payload: topic.title }] });
    expect(openPart([patient("hm"), missed])).toMatchObject({ suggestions: [topic], buttons: [] });
  });

  it("keeps a skip button for a required question, which has none of its own", () => {
    const asked = question({ required: true });
    asked.buttons = [{ title: "Skip", payload: "skip" }];
    expect(openPart([asked]).buttons).toHaveLength(1);
  });

  it("is empty once the person has answered, and comes back when the answer failed", () => {
    const asked = question({});
    expect(openPart([asked, patient("self")]).question).toBeNull();
    expect(openPart([asked, patient("self", "sending")]).question).toBeNull();
    expect(openPart([asked, patient("self", "failed")]).question?.id).toBe("q");
  });

  it("keeps the ways on of a safety message until one is taken or a question is asked", () => {
    const back = { title: "Go on (question 3)", payload: "go on" };
    const alarm = assistant({ custom: { safety: { kind: "emergency", numbers: ["911"] } }, buttons: [back] });
    const before = [question({}), patient("my chest hurts"), alarm];
    expect(openPart(before).buttons).toEqual([back]);
    expect(openPart([...before, patient("hm"), assistant({ buttons: [back] })]).buttons).toEqual([back]);
    expect(openPart([...before, patient("hm"), assistant({})]).buttons).toEqual([back]);
    expect(openPart([...before, patient("go on", "failed")]).buttons).toEqual([back]);
    expect(openPart([...before, patient("go on"), assistant({})]).buttons).toEqual([]);
    expect(openPart([...before, patient("resume"), question({}), patient("hm"), assistant({})]).buttons).toEqual([]);
  });

  it("collects suggestions", () => {
    const entry = assistant({ custom: { fallback: { suggestions: [{ id: "a", title: "A" }] } } });
    expect(openPart([entry]).suggestions).toEqual([{ id: "a", title: "A" }]);
  });
});

it.each([
  [{ step: 1, required: true }, ["pause"]],
  [{ step: 3, required: true }, ["back", "pause"]],
  [{ step: 3, required: false }, ["back", "skip", "pause"]],
  [{ step: 0, id: "review", required: true }, ["back", "pause"]],
  [{ step: 5, id: "review", choices: [{ value: "send", label: "Send" }, { value: "pause", label: "Pause" }] }, ["back"]],
  [{ step: 2, id: "lookup_date_of_birth" }, ["stop"]],
])("commands of %j", (fields, commands) => {
  expect(commandsOf(question(fields).custom.question!)).toEqual(commands);
});

describe("shownText", () => {
  const choice = question({});
  const several = question({ kind: "multi", choices: [{ value: "joint_pain", label: "Joint pain" }, { value: "rash", label: "Rash" }] });
  const date = question({ kind: "date", choices: [] });
  it.each([
    [choice, "self", "For me"],
    [choice, "for my mother", "for my mother"],
    [several, "joint_pain, rash, my own words", "Joint pain, Rash, my own words"],
    [date, "1985-03-05", "March 5, 1985"],
    [date, "5 March 85", "5 March 85"],
    [date, "skip", "Skip"],
  ])("shows %#", (asked, sent, shown) => {
    expect(shownText(patient(sent), [asked], en, "en-US")).toBe(shown);
  });
});

describe("proseOf", () => {
  it("leaves out what the widget shows in another way", () => {
    const asked = question({});
    asked.text = "For whom?\n1. For me\n(Question 2 of 5)";
    expect(proseOf(asked)).toBe("For whom?");
    const optional = question({ required: false });
    optional.text = "For whom?\nYou can skip this one: type “skip”.\n(Question 2 of 5)";
    expect(proseOf(optional)).toBe("For whom?");
    const items = [{ id: "a", label: "Name", value: "Ana" }, { id: "b", label: "Note", value: "two\nlines" }];
    const review = assistant({ text: "Here is what I have:\n1. Name: Ana\n2. Note: two\nlines\nLeft out: Sex.", custom: { summary: { items } } });
    expect(proseOf(review)).toBe("Here is what I have:\nLeft out: Sex.");
    expect(proseOf(assistant({ text: "(Question 2 of 5)" }))).toBe("(Question 2 of 5)");
  });
});

describe("pinnedSafety", () => {
  const first = assistant({ custom: { safety: { kind: "emergency", numbers: ["911"] } } });
  const second = assistant({ custom: { safety: { kind: "crisis", numbers: ["988"] } } });
  it("is the newest one until it is put away", () => {
    expect(pinnedSafety([assistant({})], [])).toBeNull();
    expect(pinnedSafety([first, second, patient("ok")], [])).toBe(second);
    expect(pinnedSafety([first, second], [second.id])).toBeNull();
  });
});

describe("emergencyNumbers", () => {
  const numbersOf = (kind: string, lines: [string, string, string][]) => {
    const numbers = lines.map(([name, number, how]) => ({ name, number, how }));
    return emergencyNumbers([assistant({ custom: { safety: { kind, numbers } } }), patient("ok")]).map((line) => line.number);
  };
  it("are those of the newest safety message, without the lines for a crisis", () => {
    expect(emergencyNumbers([assistant({})])).toEqual([]);
    expect(numbersOf("emergency", [["Emergency services", "999", "call"]])).toEqual(["999"]);
    expect(numbersOf("emergency", [["Emergency", "1", "call"], ["Emergency", "2", "text"], ["Fire", "3", "call"], ["Police", "4", "call"]])).toEqual(["1", "3"]);
    expect(numbersOf("crisis", [["Samaritans", "116 123", "call"], ["Emergency services", "999", "call"], ["Emergency services", "112", "call"]])).toEqual(["999", "112"]);
  });
});

it("adds each message once", () => {
  const [a, b, c] = [assistant({}), assistant({}), assistant({})];
  expect(withNew([a!], [a!, b!]).map((entry) => entry.id)).toEqual([a!.id, b!.id]);
  expect(withEarlier([b!, c!], [a!, b!]).map((entry) => entry.id)).toEqual([a!.id, b!.id, c!.id]);
});

it.each([
  [[], "rash", ["rash"]],
  [["rash"], "rash", []],
  [["rash"], "none", ["none"]],
  [["none"], "rash", ["rash"]],
])("ticking: %j and %s gives %j", (chosen, value, expected) => {
  const choices = [{ value: "rash", label: "Rash", exclusive: false }, { value: "none", label: "None", exclusive: true }];
  expect(toggled(chosen, choices.find((choice) => choice.value === value)!, choices)).toEqual(expected);
});

it.each([
  [{ id: "email", kind: "text" }, "email"],
  [{ id: "phone", kind: "text" }, "tel"],
  [{ id: "contact", kind: "text", format: "phone" }, "tel"],
  [{ id: "diagnosis_year", kind: "number" }, "numeric"],
  [{ id: "full_name", kind: "text" }, "text"],
  [{ id: "allergies", kind: "text" }, undefined],
  [{ id: "date_of_birth", kind: "date" }, undefined],
])("keyboard for %j is %s", (fields, inputmode) => {
  expect(fieldKind(question({ choices: [], ...fields }).custom.question!)?.inputmode).toBe(inputmode);
});

describe("the short way", () => {
  const section = { id: "health", label: "Your health", number: 4, sections: 6, step: 3, total: 10 };
  const text = "Which symptoms?\n(Your health, 3 of 10 – part 4 of 6)\nTo stop here and send, type “send what I have”.";

  it("shows progress and the way to send in its own bar, not in the message", () => {
    const asked = question({ section, can_send: true });
    asked.text = text;
    asked.buttons = [{ title: "Send what I have", payload: "send what i have" }];
    expect(proseOf(asked)).toBe("Which symptoms?");
    expect(openPart([asked]).buttons).toEqual([]);
  });

  it("keeps the button where the server does not say that it can be sent", () => {
    const asked = question({ section });
    asked.buttons = [{ title: "Send what I have", payload: "send what i have" }];
    expect(openPart([asked]).buttons).toHaveLength(1);
  });

  it("lists what was not asked in the review's card only", () => {
    const review = assistant({
      text: "Here is what I have:\n1. Name: Ana\nNot asked: Symptoms now. To answer more of it, type “more”.",
      custom: { summary: { items: [{ id: "name", label: "Name", value: "Ana" }], not_asked: [{ id: "symptoms", label: "Symptoms now" }] } },
    });
    expect(review.custom.notAsked).toEqual(["Symptoms now"]);
    expect(proseOf(review)).toBe("Here is what I have:");
  });
});
