"""What the engine says: messages with buttons and wire-contract objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from clinic.intake.model.state import IntakeState

Status = Literal["asking", "digression", "confirmed", "paused", "cancelled", "declined", "handoff", "alarm"]


@dataclass(frozen=True)
class Button:
    """A button of a chat client; its payload is a plain value, taken back as typed text."""

    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One message to the patient, with the wire-contract object beside the text."""

    text: str
    custom: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()


Prompt = tuple[Message, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a turn: the new state, what to say before the next question, and how the intake stands."""

    state: IntakeState
    messages: tuple[Message, ...] = ()
    status: Status = "asking"
