"""Patients on the website, with the real bot and the real action server."""

from __future__ import annotations

import json

import httpx
import jsonschema
import pytest

from tests.conversations.format import load_patients
from tests.conversations.player import REVIEW, SEND, Player
from tests.e2e.leaks import leaks_in_logs, leaks_on_disk
from tests.e2e.servers import ROOT, Reply, Stack
from tests.e2e.website import Chat

ANSWERS = load_patients()["ana"]
CONTRACT = json.loads((ROOT / "docs" / "wire-contract.schema.json").read_text(encoding="utf-8"))


def as_wire_contract(reply: Reply) -> Reply:
    """A reply without what the website channel adds to the wire contract: its id and its time."""
    return {"recipient_id": "website", **{key: reply[key] for key in ("text", "buttons", "custom") if key in reply}}


class Website:
    """The website channel of a stack, spoken to as the conversation tests speak to the REST channel."""

    def __init__(self, stack: Stack) -> None:
        self.chat = Chat(stack.webhook.replace("/rest/webhook", "/website"))

    def say(self, sender: str, text: str) -> list[Reply]:
        """Sends one message; the session stands for the sender."""
        return [as_wire_contract(reply) for reply in self.chat.say(text)]


@pytest.fixture
def website(stack: Stack) -> Website:
    return Website(stack)


def everything_in(chat: Chat) -> list[Reply]:
    """The whole history, fetched in pages."""
    messages, cursor = [], None
    while True:
        page = chat.history(limit=20, **({"before": cursor} if cursor else {})).json()
        messages, cursor = page["messages"] + messages, page["next"]
        if cursor is None:
            return messages


def test_a_whole_intake_becomes_one_request_that_names_the_channel(stack, website):
    before = stack.references()
    player = Player(website, "website")
    player.answer_until(REVIEW, ANSWERS)
    player.say(SEND, {"request": "new"})
    (reference,) = stack.references() - before
    assert reference == player.reference
    request = stack.show_request(reference)
    assert request["channel"] == "website"
    assert request["answers"]["full_name"] == ANSWERS["full_name"]
    told = everything_in(website.chat)
    assert any(message.get("custom", {}).get("request", {}).get("reference") == reference for message in told)


def test_an_answer_keeps_to_the_wire_contract_and_comes_back_in_the_history(website):
    chat = website.chat
    replies = chat.say("What is lupus?", "question-1")
    [answer] = [reply for reply in replies if reply.get("custom", {}).get("faq")]
    assert answer["custom"]["faq"]["sources"]
    for reply in replies:
        jsonschema.validate(as_wire_contract(reply), CONTRACT)
    assert chat.say("What is lupus?", "question-1") == replies
    asked, *told = everything_in(chat)
    assert (asked["id"], asked["text"]) == ("question-1", "What is lupus?")
    assert told == [{"from": "assistant", **reply} for reply in replies]
    vote = {"message_id": answer["id"], "topic": answer["custom"]["faq"]["id"], "helpful": True}
    assert httpx.post(f"{chat.url}/feedback", json=vote, headers=chat.headers).status_code == 204


def test_the_next_person_at_the_computer_finds_nothing_of_a_started_intake(stack, website):
    player = Player(website, "left-behind")
    player.answer_until("date_of_birth", ANSWERS)
    assert website.chat.end().status_code == 204
    assert website.chat.history().status_code == 401
    following = Website(stack)
    assert following.chat.history().json()["messages"] == []
    said = json.dumps(following.say("x", "go on with my request"))
    assert ANSWERS["full_name"] not in said


@pytest.mark.parametrize("typed", ["/restart", "/session_start", '/affirm{"full_name": "x"}'])
def test_typed_commands_are_not_obeyed(website, typed):
    website.chat.say("What is lupus?")
    before = len(everything_in(website.chat))
    assert website.chat.say(typed)
    assert len(everything_in(website.chat)) > before


def test_the_bot_stays_silent_about_patients_in_logs_and_on_disk(stack, website):
    words = "my grandmother Aurelia Winterbottom had it"
    website.chat.say(words)
    website.chat.send(words + "x" * 2500)
    assert leaks_in_logs(stack, ["Winterbottom"]) == []
    assert leaks_on_disk(stack, ["Winterbottom"]) == []
