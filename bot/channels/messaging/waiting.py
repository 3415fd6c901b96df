"""A message that waits for its turn, and who may answer it when it raises an alarm."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from bot.channels.messaging.inbound import Inbound
from bot.channels.replies import PATIENCE, Replies
from bot.safety.alarm import Alarm


class MessagingReplies(Replies):
    """Replies that also remember which response they come from."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Adds `message` as one reply, as `Replies` does, with its `utter_action`."""
        before = len(self.messages)
        await super().send_response(recipient_id, message)
        if len(self.messages) > before and message.get("utter_action"):
            self.messages[-1]["utter_action"] = message["utter_action"]


@dataclass
class Waiting:
    """What a person did, with the alarm that its words raise.

    `event` names it in the notes; `again` says that a process may have answered it, and died; `begun` that it is being
    answered; `offered` holds the options of its answer (`Options.dump`).
    """

    inbound: Inbound
    alarm: Alarm | None = None
    event: str = ""
    again: bool = False
    begun: bool = False
    offered: str | None = None
    arrived: float = field(default_factory=time.monotonic)
    _answered: bool = False

    def __post_init__(self) -> None:
        # An edited message that raises an alarm is taken like a new one.
        if self.alarm is not None and self.inbound.kind == "edit":
            self.inbound = replace(self.inbound, kind="text")

    def patience(self) -> float:
        """How many seconds are left for an alarm's turn."""
        return max(0.0, PATIENCE - (time.monotonic() - self.arrived))

    def may_answer(self) -> bool:
        """True for the first who asks: its turn, or the watch when that takes too long. Always without an alarm."""
        first = not self._answered
        self._answered = self.alarm is not None
        return first
