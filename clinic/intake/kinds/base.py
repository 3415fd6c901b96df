"""What every kind of question can do: read an answer, show it, and say how sure its reading is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import clean

# The marks around a value that is cut out of a sentence.
EDGES = " .!,:;\"'"


class Kind(ABC):
    """One kind of question.

    is_closed: there are only so many answers, or one form of them. is_free: whatever is written is the answer.
    is_name: it asks for a person's name. is_list: an answer has several parts, and more can be added.
    is_address: one word with marks in it is an attempt at it. own_words: it is answered in one's own words.
    takes_unknown: words that no list knows are taken as well (see `knows`). contrasts: one value can be put
    against another ("Spain, not Mexico").
    """

    is_closed: ClassVar[bool] = False
    is_free: ClassVar[bool] = False
    is_name: ClassVar[bool] = False
    is_list: ClassVar[bool] = False
    is_address: ClassVar[bool] = False
    own_words: ClassVar[bool] = False
    takes_unknown: ClassVar[bool] = False
    contrasts: ClassVar[bool] = True

    @property
    def is_loose(self) -> bool:
        """True when any words can be an answer."""
        return self.is_free or self.is_name or (self.is_list and self.takes_unknown)

    @abstractmethod
    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read `text` (cleaned, not empty) as an answer to `question`.

        assertions: what the message asserts, as the bot's language understanding found it.
        """

    def reread(self, text: str, stored: Any, question: Question, context: Context) -> Parsed:
        """Read the new value of an answer that is `stored`, cut out of the sentence of a correction."""
        return parsed(self, text.strip(EDGES), question, context)

    def knows(self, result: Accepted) -> bool:
        """Tell whether something known was found in the words, where unknown words are taken as well."""
        return True

    def tells_of_health(self, question: Question) -> bool:
        """Tell whether an answer tells of findings, now or long ago."""
        return False

    def show(self, value: Any, question: Question, context: Context) -> str:
        """Return a stored value as a person would read it: labels, dates, names of countries."""
        if value is None:
            return context.say("not_answered")
        if isinstance(value, list):
            return ", ".join(self.show_part(part, question) for part in value) or context.say("none_listed")
        return self.show_one(value, question, context)

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return a value that is no list."""
        choice = question.choice(value)
        return choice.label if choice is not None else str(value)

    def show_part(self, part: Any, question: Question) -> str:
        """Return one part of a list: a finding in the patient's words, or a choice by its label."""
        if isinstance(part, Mapping):
            text = str(part.get("text") or "")
            if text:
                return text
            part = part.get("code")
        choice = question.choice(part)
        return choice.label if choice is not None else str(part)


def parsed(kind: Kind, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
    """Read a text, which may be empty, as an answer of this kind."""
    body = clean(text)
    return kind.parse(body, question, context, assertions) if body else context.refuse("no_text")
