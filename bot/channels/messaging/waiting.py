"""A message that waits for its turn, and who may answer it when it raises an alarm."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from bot.channels.messaging.inbound import Inbound
from bot.channels.replies import PATIENCE
from bot.safety.alarm import Alarm


@dataclass
class Waiting:
    """What a person did, with the alarm that its words raise."""

    inbound: Inbound
    alarm: Alarm | None = None
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
