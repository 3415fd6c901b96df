"""The shell shows whole replies as text and takes a typed number for the option it stands for."""

from __future__ import annotations

import asyncio

import pytest

from bot.language import language
from bot.safety import current
from bot.shell import ShellInput

MENU = {"text": "What next?", "buttons": [{"title": "Start", "payload": "start"}, {"title": "Help", "payload": "help"}]}
ANSWER = {
    "text": "Lupus is a disease.",
    "custom": {
        "faq": {
            "id": "lupus_definition",
            "evidence": "established",
            "sources": [{"title": "Lupus", "kind": "health-body", "ref": "niams.nih.gov"}],
            "related": [{"id": "lupus_types", "title": "Types of lupus"}],
        }
    },
}


@pytest.fixture(autouse=True)
def no_model():
    current.install(None)


class Conversation:
    """A shell and a bot that replies with the next of `replies`, and notes what it was told."""

    def __init__(self, *replies: dict) -> None:
        self.shell, self.replies, self.heard = ShellInput(), iter(replies), []

    async def _bot(self, message):
        self.heard.append(message.text)
        await message.output_channel.send_response("someone", next(self.replies))

    def say(self, text: str) -> list[str]:
        async def turn():
            queue: asyncio.Queue = asyncio.Queue()
            await self.shell.on_message_wrapper(self._bot, text, queue, "someone", "cmdline", None)
            return [queue.get_nowait() for _ in range(queue.qsize())]

        *shown, done = asyncio.run(turn())
        assert done == "DONE"
        return [message["text"] for message in shown]


def test_options_are_numbered_and_a_number_chooses():
    chat = Conversation(MENU, ANSWER)
    (shown,) = chat.say("hello")
    assert shown == "What next?\n\nReply with a number:\n1. Start\n2. Help"
    chat.say("2")
    assert chat.heard == ["hello", "help"]


@pytest.mark.parametrize("number", ["0", "3", "2024"])
def test_a_number_that_was_not_offered_is_a_message_like_any_other(number):
    chat = Conversation(MENU, ANSWER)
    chat.say("hello")
    chat.say(number)
    assert chat.heard == ["hello", number]


def test_sources_and_related_topics_are_shown():
    chat = Conversation(ANSWER, MENU)
    (shown,) = chat.say("what is lupus")
    assert "Lupus (niams.nih.gov)" in shown
    assert shown.endswith("1. Types of lupus")
    chat.say("1")
    assert chat.heard[-1] == "Types of lupus"


def test_an_alarm_is_answered_with_its_buttons_as_numbers_and_also_when_the_bot_fails(watching):
    buttons = [{"title": "It is not happening now", "payload": "it is not happening now"}]
    safety = {"text": "Call 112.", "custom": {"safety": {"kind": "emergency", "numbers": []}}, "buttons": buttons}
    chat = Conversation(safety, ANSWER)
    (shown,) = chat.say("my chest hurts and i cant breathe")
    assert shown == "Call 112.\n\nReply with a number:\n1. It is not happening now"
    chat.say("1")
    assert chat.heard[1] == "it is not happening now"
    # There is nothing left to reply: the turn fails.
    (shown,) = chat.say("I want to kill myself")
    assert shown == language().say("last_resort")
