"""Compares what the bot replied, and what it stored, with what a conversation file expects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.conversations.format import EXPECTATIONS
from tests.e2e.servers import ROOT, Reply

WIRE_CONTRACT = ROOT / "docs" / "wire-contract.schema.json"
APOLOGIES = ("something went wrong on our side", "I could not take that in just now")


@cache
def reply_validator() -> Draft202012Validator:
    """Validator of one reply of the webhook, from the schema in docs/."""
    return Draft202012Validator(json.loads(WIRE_CONTRACT.read_text(encoding="utf-8")))


def custom_objects(replies: list[Reply], name: str) -> list[Any]:
    """The `custom` objects of one kind, in order."""
    return [reply["custom"][name] for reply in replies if name in reply.get("custom", {})]


def spoken(replies: list[Reply]) -> str:
    """Everything the patient reads, buttons included."""
    lines = []
    for reply in replies:
        lines.append(reply.get("text", ""))
        lines += [button["title"] for button in reply.get("buttons", [])]
    return "\n".join(lines)


def open_question(replies: list[Reply]) -> dict[str, Any] | None:
    """The question that waits for an answer, if the last reply asks one."""
    asked = custom_objects(replies[-1:], "question")
    return asked[0] if asked else None


def always_problems(replies: list[Reply]) -> Iterator[str]:
    """What is wrong in any conversation: silence, an apology, a broken contract, a mixed safety reply."""
    if not replies:
        yield "the bot was silent"
    for position, reply in enumerate(replies, 1):
        if not reply.get("text", "").strip():
            yield f"reply {position} has no text"
        for error in reply_validator().iter_errors(reply):
            yield f"reply {position} breaks the wire contract at {error.json_path}: {error.message[:300]}"
        for button in reply.get("buttons", []):
            if button["payload"].startswith("/"):
                yield f"a button sends a command instead of a plain value: {button['payload']}"
    for apology in APOLOGIES:
        if apology in spoken(replies):
            yield "the bot apologised for a failure"
    yield from _safety_problems(replies)


def _safety_problems(replies: list[Reply]) -> Iterator[str]:
    if custom_objects(replies, "safety") and len(replies) > 1:
        yield "a safety message is not the only reply of its turn"


def problems(expected: dict[str, Any], replies: list[Reply]) -> Iterator[str]:
    """What in `replies` is not as the file's `bot:` says."""
    for key, value in expected.items():
        yield from _CHECKS[key](value, replies)


def _faq(expected: str | list[str] | None, replies: list[Reply]) -> Iterator[str]:
    """A list means: one of these; null: no FAQ answer."""
    faqs = custom_objects(replies, "faq")
    # `topic.answer` is a direct answer, `topic` the article or any of its answers.
    topics = [*(faq["id"] for faq in faqs), *(faq["answer"]["id"] for faq in faqs if "answer" in faq)]
    wanted = _alternatives(expected)
    if wanted == [None]:
        if topics:
            yield f"expected no FAQ answer, got {topics}"
    elif not set(topics) & set(wanted):
        yield f"expected the FAQ answer {_either(wanted)}, got {topics or 'none'}"


def _question(expected: str | list[str | None] | None, replies: list[Reply]) -> Iterator[str]:
    """A list means: one of these; null: no question is asked."""
    asked = [question["id"] for question in custom_objects(replies, "question")]
    last = open_question(replies)
    wanted = _alternatives(expected)
    if (last["id"] if last else None) not in wanted or (last is None and asked):
        yield f"expected the question {_either(wanted)} last, got {asked or 'none'}"
    if len(asked) > 1:
        yield f"more than one question in one turn: {asked}"


def _alternatives(expected: Any) -> list[Any]:
    return expected if isinstance(expected, list) else [expected]


def _either(wanted: list[Any]) -> str:
    return " or ".join("none" if item is None else repr(item) for item in wanted)


def _offers(expected: list[str], replies: list[Reply]) -> Iterator[str]:
    payloads = {button["payload"] for reply in replies for button in reply.get("buttons", [])}
    if missing := set(expected) - payloads:
        yield f"expected buttons that send {sorted(missing)}, got {sorted(payloads)}"


def _says(expected: str | list[str], replies: list[Reply]) -> Iterator[str]:
    for pattern in [expected] if isinstance(expected, str) else expected:
        if not re.search(pattern, spoken(replies), re.IGNORECASE | re.DOTALL):
            yield f"expected the reply to say /{pattern}/"


def _not_says(expected: str | list[str], replies: list[Reply]) -> Iterator[str]:
    for pattern in [expected] if isinstance(expected, str) else expected:
        if re.search(pattern, spoken(replies), re.IGNORECASE | re.DOTALL):
            yield f"the reply must not say /{pattern}/"


def _safety(expected: str, replies: list[Reply]) -> Iterator[str]:
    kinds = [safety["kind"] for safety in custom_objects(replies, "safety")]
    if expected == "none":
        if kinds:
            yield f"expected no safety message, got {kinds}"
    elif kinds != [expected]:
        yield f"expected the safety message '{expected}', got {kinds or 'none'}"


def _summary(expected: dict[str, str | None], replies: list[Reply]) -> Iterator[str]:
    """Pattern for each question's value as shown; null means that the question is not in the review."""
    summaries = custom_objects(replies, "summary")
    if not summaries:
        yield "expected the review"
        return
    shown = {item["id"]: str(item["value"]) for item in summaries[-1]["items"]}
    for question, pattern in expected.items():
        if pattern is None:
            if question in shown:
                yield f"the review shows {question}: {shown[question]!r}, expected it not to be there"
        elif question not in shown:
            yield f"the review does not show {question}; it shows {sorted(shown)}"
        elif not re.search(pattern, shown[question], re.IGNORECASE):
            yield f"the review shows {question}: {shown[question]!r}, expected /{pattern}/"


def _request(expected: bool | str, replies: list[Reply]) -> Iterator[str]:
    """true: some request; false: none; a text: the status told."""
    found = custom_objects(replies, "request")
    if expected is False:
        if found:
            yield f"expected no request, got {found}"
    elif not found:
        yield "expected a request"
    elif isinstance(expected, str) and found[-1]["status"] != expected:
        yield f"expected a request with status {expected}, got {found[-1]}"


def _present(name: str) -> Callable[[bool, list[Reply]], Iterator[str]]:
    def check(expected: bool, replies: list[Reply]) -> Iterator[str]:
        if bool(custom_objects(replies, name)) != expected:
            yield f"expected {'a' if expected else 'no'} {name} object"

    return check


def _suggests(expected: list[str], replies: list[Reply]) -> Iterator[str]:
    ids = [topic["id"] for fallback in custom_objects(replies, "fallback") for topic in fallback["suggestions"]]
    if missing := set(expected) - set(ids):
        yield f"expected the suggestions {sorted(missing)}, got {ids}"


_CHECKS: dict[str, Callable[[Any, list[Reply]], Iterator[str]]] = {
    "faq": _faq,
    "question": _question,
    "offers": _offers,
    "says": _says,
    "not_says": _not_says,
    "safety": _safety,
    "summary": _summary,
    "request": _request,
    "fallback": _present("fallback"),
    "suggests": _suggests,
    "handoff": _present("handoff"),
}
if set(_CHECKS) != set(EXPECTATIONS):
    raise RuntimeError("every expectation of the format needs a check")


def request_problems(expected: dict[str, Any], request: dict[str, Any]) -> Iterator[str]:
    """What in the stored request (`marrow requests show --json`) is not as the file's `request:` says."""
    for key in ("status", "channel"):
        if key in expected and request[key] != expected[key]:
            yield f"the request's {key} is {request[key]!r}, expected {expected[key]!r}"
    answers = request["answers"]
    for question, value in expected.get("answers", {}).items():
        if question not in answers:
            yield f"the request has no answer to {question}"
        elif not _same_answer(value, answers[question]):
            yield f"the request's {question} is {answers[question]!r}, expected {value!r}"
    for question in expected.get("unanswered", []):
        if answers.get(question) not in (None, []):
            yield f"the request answers {question} with {answers[question]!r}, expected no answer"
    given = {consent["question_id"]: consent["answer"] for consent in request["consents"]}
    for question, answer in expected.get("consents", {}).items():
        if given.get(question) != answer:
            yield f"the consent {question} is {given.get(question)!r}, expected {answer!r}"
    if "notes" in expected:
        codes = {note["code"] for note in request["notes"]}
        if missing := set(expected["notes"]) - codes:
            yield f"the request lacks the notes {sorted(missing)}, it has {sorted(codes)}"
    if "safety_events" in expected:
        kinds = [event["kind"] for event in request["safety_events"]]
        if kinds != expected["safety_events"]:
            yield f"the request's safety events are {kinds}, expected {expected['safety_events']}"


def _same_answer(expected: Any, stored: Any) -> bool:
    """A list is compared without order and by code; {matches: pattern} compares a text by pattern."""
    if isinstance(expected, dict):
        return bool(re.search(expected["matches"], json.dumps(stored, ensure_ascii=False), re.IGNORECASE))
    if isinstance(expected, list):
        codes = [str(_code(item)) for item in stored] if isinstance(stored, list) else None
        return codes is not None and sorted(map(str, expected)) == sorted(codes)
    return bool(expected == stored)


def _code(item: Any) -> Any:
    return item["code"] if isinstance(item, dict) else item
