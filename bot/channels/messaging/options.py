"""Numbered options and buttons: what a typed number or a pressed button stands for."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

_NUMBER = re.compile(r"\W*(?:(?:option|number|answer|no|nr)\W*)?(\d{1,2})\W*", re.IGNORECASE)
_MARK = "?"


@dataclass(frozen=True)
class Options:
    """What the last turn offered: the payloads behind its numbers, and the intake question that is open.

    An intake question has no payloads here: the intake reads numbers itself.
    """

    payloads: tuple[str, ...] = ()
    question: str | None = None

    def dump(self) -> str:
        """As text for the memory."""
        return json.dumps({"payloads": self.payloads, "question": self.question})

    @classmethod
    def load(cls, value: str | None) -> Options:
        """What `dump` gave; no options for None."""
        if value is None:
            return cls()
        data = json.loads(value)
        return cls(tuple(data["payloads"]), data["question"])


def typed(text: str, options: Options) -> str:
    """The payload that a typed number ("2", "2.", "option 2") stands for; `text` itself when it is none."""
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text.strip()))
    if match is None:
        return text
    number = int(match.group(1))
    return options.payloads[number - 1] if 1 <= number <= len(options.payloads) else text


def button_data(payload: str, question: str | None) -> str:
    """What a button sends back: its payload, and for an intake question which one it answers."""
    return f"{_MARK}{question}{_MARK}{payload}" if question else payload


def pressed(data: str, options: Options) -> str | None:
    """The payload of a pressed button, or None when it answers a question that is no longer open.

    A chat keeps its old buttons: without this a "yes" from the day before could answer another question.
    """
    if not data.startswith(_MARK):
        return data
    question, separator, payload = data[1:].partition(_MARK)
    if not separator:
        return data
    return payload if question == options.question else None
