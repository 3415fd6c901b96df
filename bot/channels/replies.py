"""Collects the replies to one message, one object each, and never leaves the patient in silence.

A message is looked at before its turn begins (bot/safety/watch.py). When it raises an alarm, the safety message is
out within `PATIENCE` seconds, whether the turn gets that far or hangs.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.turn_thread import OnNewMessage, take_turn
from bot.language import language
from bot.metrics import count_turn
from bot.safety.alarm import Alarm
from bot.safety.reply import is_safety, safety_reply
from bot.safety.watch import look_aside

__all__ = ["OnNewMessage", "Replies", "collect_replies", "content_of"]

# How long the turn of an alarm may take before the watch answers in its place. Seconds.
PATIENCE = 0.5
# The same where the look itself took long.
LEAST_PATIENCE = 0.2


def content_of(message: dict[str, Any]) -> dict[str, Any]:
    """What a client gets of one bot message: its text, buttons and `custom` object, as far as it has them."""
    return {key: message[key] for key in ("text", "buttons", "custom") if message.get(key)}


class Replies(OutputChannel):
    """Keeps each bot message whole: its text, its buttons and its `custom` object together.

    A safety message stands alone: what comes with it is dropped, and so is what comes after `close`.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._closed = False
        self._alarmed: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    @classmethod
    def name(cls) -> str:
        """Name under which Rasa picks channel-specific responses."""
        return "replies"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Adds `message` as one reply; a message without content is dropped."""
        reply = content_of(message)
        if reply:
            await self.add({"recipient_id": recipient_id, **reply})

    async def add(self, reply: dict[str, Any]) -> None:
        """Stores one reply."""
        if self._closed:
            return
        self.messages.append(reply)
        if is_safety(reply) and self._alarmed is not None:
            loop, event = self._alarmed
            # The turn runs in a thread of its own.
            loop.call_soon_threadsafe(event.set)

    def watch_for_safety(self) -> asyncio.Event:
        """An event of the running loop that is set as soon as a safety message is stored."""
        event = asyncio.Event()
        self._alarmed = (asyncio.get_running_loop(), event)
        return event

    def close(self) -> list[dict[str, Any]]:
        """The replies that count, once and for all: safety messages alone where there are any."""
        self._closed = True
        messages = list(self.messages)
        return [reply for reply in messages if is_safety(reply)] or messages


async def collect_replies(
    on_new_message: OnNewMessage, message: UserMessage, alarm: Alarm | None = None
) -> list[dict[str, Any]]:
    """Has `message` answered and returns the replies in order.

    `message.output_channel` must be a `Replies`; `alarm` is what the watch saw, where a channel had it look before.
    A failure anywhere below, or no reply at all, becomes an apology that says what to do, or the safety message of
    the alarm. The log gets the kind of failure and never a word of the patient's.
    """
    replies = message.output_channel
    if not isinstance(replies, Replies):
        raise TypeError("the message must be answered through a Replies channel")
    if not message.text:
        await replies.add({"recipient_id": message.sender_id, "text": language().say("empty")})
        return replies.close()
    began = time.monotonic()
    alarm = alarm or await look_aside(message.text)
    if alarm is not None and alarm.passage is not None:
        # The bot reads the beginning of a message only; the alarm may stand further on.
        message.text = alarm.passage
    patience = None if alarm is None else max(LEAST_PATIENCE, PATIENCE - (time.monotonic() - began))
    lost = await _await_turn(on_new_message, message, replies, patience)
    collected = replies.close()
    if lost and not any(is_safety(reply) for reply in collected):
        # What they say was not stored: the next question would be asked of an answer that is gone.
        collected = []
    if not collected:
        answer = {"text": language().say("silence")} if alarm is None else safety_reply(alarm, message.sender_id)
        collected = [{"recipient_id": message.sender_id, **answer}]
        lost = lost or alarm is None
    count_turn(message.input_channel, time.monotonic() - began, collected, failed=lost)
    return collected


async def _await_turn(
    on_new_message: OnNewMessage, message: UserMessage, replies: Replies, patience: float | None
) -> bool:
    """Waits for the turn's end or its safety message; with `patience`, only so long for its first reply.

    A turn that has replied, but with no safety message, knows from the conversation that there is no danger.
    Returns whether the turn ended without being stored.
    """
    alarmed = asyncio.ensure_future(replies.watch_for_safety().wait())
    turn = take_turn(on_new_message, message, again=patience is not None)
    first: set[asyncio.Future[Any]] = {turn, alarmed}
    try:
        done, _ = await asyncio.wait(first, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if not done and replies.messages:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarmed.cancel()
    return turn.done() and not turn.result()
