"""How long what is kept, and how much of it is past its time or will soon be."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kept(StrEnum):
    """What is kept for a time of its own, as people call it."""

    DRAFTS = "unsent intakes"
    SAFETY_EVENTS = "emergencies without a request"
    REQUESTS = "requests"
    MESSAGES = "messages"
    CONVERSATIONS = "conversations"


# So many days ahead a plan looks, the present moment included.
AHEAD = (0, 7, 30)


@dataclass(frozen=True)
class Aged:
    """One kind: kept for `days`; `held` of it are there, and `going[n]` are past their time AHEAD[n] days from now.

    `oldest` is the time from which the oldest one is counted.
    """

    kind: Kept
    days: int
    held: int
    going: tuple[int, ...]
    oldest: datetime | None
