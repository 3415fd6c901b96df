"""Alarms on the website are answered without the store, refused ones too, and taken when the store is back."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.website import urgent
from bot.channels.website.http import ProblemError
from bot.channels.website.tokens import Session
from bot.channels.website.urgent import Message, Urgent
from bot.language import language
from bot.safety.alarm import Alarm

ALARM = Alarm("emergency", "chest_pain")
SESSION = Session("abc-1", "en", 2_000_000_000)
MESSAGE = Message(SESSION, "m1", "my chest hurts")
DOWN = OperationalError("select", {}, Exception("down"))


class Bot:
    """Takes messages, or fails as long as the store is down."""

    def __init__(self) -> None:
        self.down = True
        self.taken: list[str] = []

    async def take(self, message: Message) -> list[dict]:
        if self.down:
            raise DOWN
        self.taken.append(message.id)
        return [{"id": f"{message.id}.1", "text": "Call 112."}]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urgent, "PAUSE", 0.05)


def answered(replies: list[dict]) -> str:
    (reply,) = replies
    assert reply["id"] == "m1.1"
    assert reply["custom"]["safety"]["kind"] == "emergency"
    return reply["text"]


def test_a_store_that_is_down_is_answered_for_and_the_message_taken_later() -> None:
    async def run() -> None:
        bot = Bot()
        channel = Urgent(bot.take)
        replies = await channel.answer(bot.take(MESSAGE), ALARM, MESSAGE, time.monotonic())
        assert answered(replies) == language().say("last_resort")
        await asyncio.sleep(0.2)
        assert bot.taken == []
        bot.down = False
        await asyncio.sleep(0.2)
        assert bot.taken == ["m1"]

    asyncio.run(run())


def test_a_store_that_hangs_is_not_waited_for_and_its_turn_goes_on() -> None:
    async def run() -> None:
        released, bot = asyncio.Event(), Bot()
        bot.down = False

        async def work() -> list[dict]:
            await released.wait()
            return await bot.take(MESSAGE)

        began = time.monotonic()
        replies = await Urgent(bot.take).answer(work(), ALARM, MESSAGE, began)
        assert answered(replies) == language().say("last_resort")
        assert time.monotonic() - began < 1
        released.set()
        await asyncio.sleep(0.05)
        assert bot.taken == ["m1"]

    asyncio.run(run())


def test_what_waits_of_a_conversation_comes_before_its_next_message() -> None:
    async def run() -> None:
        bot = Bot()
        channel = Urgent(bot.take)
        await channel.answer(bot.take(MESSAGE), ALARM, MESSAGE, time.monotonic())
        with pytest.raises(OperationalError):
            await channel.settle("abc-1")
        await channel.settle("another")
        bot.down = False
        await channel.settle("abc-1")
        assert bot.taken == ["m1"]
        await asyncio.sleep(0.2)
        assert bot.taken == ["m1"]

    asyncio.run(run())


def test_a_refusal_carries_the_safety_message() -> None:
    async def refuse() -> list[dict]:
        raise ProblemError(401, "this chat is over; start a new one")

    async def run() -> None:
        channel = Urgent(Bot().take)
        with pytest.raises(ProblemError) as caught:
            await channel.answer(refuse(), ALARM, MESSAGE, time.monotonic())
        assert caught.value.safety["custom"]["safety"]["kind"] == "emergency"
        assert b'"safety"' in caught.value.as_response().body

    asyncio.run(run())


def test_a_turn_in_time_is_left_as_it_is() -> None:
    async def run() -> None:
        bot = Bot()
        bot.down = False
        replies = await Urgent(bot.take).answer(bot.take(MESSAGE), ALARM, MESSAGE, time.monotonic())
        assert replies[0]["text"] == "Call 112."

    asyncio.run(run())
