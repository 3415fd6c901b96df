"""Replies stay whole, silence becomes an apology, and the REST channel checks what it is sent."""

from __future__ import annotations

import asyncio
import logging

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.replies import Replies, collect_replies
from bot.channels.rest import MAXIMUM_MESSAGE, problem_in
from bot.language import language


def answer(handler, text="hello"):
    return asyncio.run(collect_replies(handler, UserMessage(text, Replies(), "someone", input_channel="rest")))


def test_text_buttons_and_custom_object_travel_together():
    async def handler(message):
        await message.output_channel.send_response(
            "someone",
            {"text": "one\n\ntwo", "buttons": [{"title": "Yes", "payload": "yes"}], "custom": {"faq": {}}},
        )

    (reply,) = answer(handler)
    assert reply == {
        "recipient_id": "someone",
        "text": "one\n\ntwo",
        "buttons": [{"title": "Yes", "payload": "yes"}],
        "custom": {"faq": {}},
    }


def test_silence_becomes_an_apology():
    async def handler(message):
        return None

    assert answer(handler)[0]["text"] == language().say("silence")


def test_a_failure_becomes_an_apology_and_the_log_holds_no_word_of_the_patient(caplog):
    async def handler(message):
        raise ValueError(message.text)

    with caplog.at_level(logging.DEBUG):
        replies = answer(handler, "my name is Rosalind")
    assert replies[0]["text"] == language().say("silence")
    assert "ValueError" in caplog.text
    assert "Rosalind" not in caplog.text


def test_an_answer_that_could_not_be_stored_is_not_given():
    async def handler(message):
        await message.output_channel.send_response("someone", {"text": "Thank you. Where do you live?"})
        raise OSError("the database is locked")

    assert [reply["text"] for reply in answer(handler)] == [language().say("silence")]


def test_a_safety_message_is_given_whether_it_was_stored_or_not():
    safety = {"text": "Call 911 now.", "custom": {"safety": {"kind": "emergency"}}}

    async def handler(message):
        await message.output_channel.send_response("someone", safety)
        raise OSError("the database is locked")

    assert answer(handler) == [{"recipient_id": "someone", **safety}]


def test_an_empty_message_is_not_passed_on():
    async def handler(message):
        raise AssertionError("must not be called")

    assert answer(handler, "   ")[0]["text"] == language().say("empty")


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (None, "JSON object"),
        ([], "JSON object"),
        ({}, "'message'"),
        ({"message": 1}, "'message'"),
        ({"message": "hi", "sender": ""}, "'sender'"),
        ({"message": "hi", "sender": 7}, "'sender'"),
        ({"message": "hi", "sender": "x" * 129}, "'sender'"),
        ({"message": "x" * (MAXIMUM_MESSAGE + 1)}, "at most"),
    ],
)
def test_a_malformed_body_is_explained(body, part):
    assert part in problem_in(body)


def test_a_right_body_has_no_problem():
    assert problem_in({"sender": "me", "message": "hello"}) is None
