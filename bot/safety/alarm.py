"""What a look at a message's words alone says about danger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Alarm:
    """An emergency or a crisis in a message.

    `kind` is "emergency" or "crisis", `rule` names what fired, `language` is that of the words, `form` is
    "already_taken" where somebody has already swallowed something, else "now". `passage` is the part of a long
    message that holds the alarm, None for a message that is read as a whole. `country` is where the message says that
    its writer is (ISO 3166 alpha-2).
    """

    kind: str
    rule: str
    language: str = "en"
    form: str = "now"
    passage: str | None = None
    country: str | None = None
