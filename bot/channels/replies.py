"""Collects the replies to one message, one object each, and never leaves the patient in silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

logger = logging.getLogger(__name__)

SILENCE = (
    "Sorry, I could not take that in just now. Nothing you told me before is lost. "
    "Please send it once more in a minute. If this is an emergency, call your local emergency number now."
)
EMPTY = "I received an empty message. Please type your question or your answer."

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


def content_of(message: dict[str, Any]) -> dict[str, Any]:
    """What a client gets of one bot message: its text, buttons and `custom` object, as far as it has them."""
    return {key: message[key] for key in ("text", "buttons", "custom") if message.get(key)}


class Replies(OutputChannel):
    """Keeps each bot message whole: its text, its buttons and its `custom` object together."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

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
        self.messages.append(reply)


async def collect_replies(on_new_message: OnNewMessage, message: UserMessage) -> list[dict[str, Any]]:
    """Has `message` answered and returns the replies in order.

    `message.output_channel` must be a `Replies`. A failure anywhere below, or no reply at all, becomes
    an apology that says what to do; the log gets the kind of failure and never a word of the patient's.
    """
    replies = message.output_channel
    if not isinstance(replies, Replies):
        raise TypeError("the message must be answered through a Replies channel")
    if not message.text:
        await replies.add({"recipient_id": message.sender_id, "text": EMPTY})
        return replies.messages
    try:
        await on_new_message(message)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        # The traceback's own text may quote the message, so only its type is logged.
        logger.error("A message could not be answered: %s", type(error).__name__)
    if not replies.messages:
        await replies.add({"recipient_id": message.sender_id, "text": SILENCE})
    return replies.messages
