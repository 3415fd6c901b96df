"""The objects beside the text, as a client gets them: all seven kinds, valid against the published schema."""

from __future__ import annotations

import copy
from typing import Any

import httpx
import pytest

from tests.conversations.checks import WIRE_CONTRACT, open_question, reply_validator
from tests.conversations.format import load_patients, load_yaml
from tests.conversations.player import REVIEW, Player
from tests.e2e.servers import ROOT, Reply, Stack

ANSWERS = load_patients()["ana"]
KINDS = set(load_yaml(WIRE_CONTRACT)["properties"]["custom"]["properties"])


def test_a_conversation_with_every_kind_of_object_keeps_the_contract(stack: Stack) -> None:
    player = Player(stack, "wire-contract")
    seen: list[Reply] = []
    for text in ("what is lupus?", "lupus blorp stem zonk", "I want to talk to a person"):
        seen += player.say(text)
    player.start_intake()
    while (asked := open_question(player.replies)) is not None and asked["id"] != REVIEW:
        seen += player.say(ANSWERS[asked["id"]])
    seen += player.say("continue on another device")
    player.send()
    seen += player.replies
    seen += player.say("I forgot to say that I also take aspirin")
    seen += player.say("I can't breathe and my chest hurts, help")

    assert {kind for reply in seen for kind in reply.get("custom", {})} == KINDS
    assert [error.message for reply in seen for error in reply_validator().iter_errors(reply)] == []
    questions = [reply["custom"]["question"] for reply in seen if "question" in reply.get("custom", {})]
    steps = [question["step"] for question in questions]
    assert steps == sorted(steps), "the progress never goes back"
    assert all(question["step"] <= question["total"] for question in questions)


def test_what_a_choice_sends_is_its_plain_value(stack: Stack) -> None:
    player = Player(stack, "plain-values")
    player.answer_until("preferred_contact", ANSWERS)
    question = player.replies[-1]["custom"]["question"]
    assert [choice["value"] for choice in question["choices"]] == ["email", "phone", "whatsapp"]
    player.say("whatsapp", {"question": "phone"})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_object_is_documented(kind: str) -> None:
    assert f'"{kind}"' in (ROOT / "docs" / "wire-contract.md").read_text(encoding="utf-8")


REQUEST: dict[str, Any] = {
    "recipient_id": "a",
    "text": "Sent.",
    "custom": {"request": {"reference": "MR-7F3K-9Q2M", "status": "new"}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("text",), " "),
        (("recipient_id",), 1),
        (("custom", "request", "status"), "lost"),
        (("custom", "request", "reference"), "7F3K"),
        (("custom", "request", "note"), "too old"),
        (("custom", "handof"), {}),
        (("buttons",), [{"title": "Yes", "payload": "/affirm"}]),
    ],
)
def test_the_schema_refuses_what_breaks_the_contract(path: tuple[str, ...], value: Any) -> None:
    assert reply_validator().is_valid(REQUEST)
    broken = copy.deepcopy(REQUEST)
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not reply_validator().is_valid(broken)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"sender": "a"}',
        b'{"sender": "", "message": "hi"}',
        b'{"sender": "a", "message": 7}',
        b'{"sender": "' + b"a" * 500 + b'", "message": "hi"}',
        b'{"sender": "a", "message": "' + b"a" * 20_000 + b'"}',
    ],
)
def test_a_malformed_message_is_refused_in_plain_words(stack: Stack, body: bytes) -> None:
    answer = httpx.post(stack.webhook, content=body, headers={"content-type": "application/json"}, timeout=30)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_message_is_answered(stack: Stack, text: str) -> None:
    assert stack.say("empty-message", text)[0]["text"].strip()
