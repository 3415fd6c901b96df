"""Keeps free text as it is written."""

from __future__ import annotations

from typing import Any, ClassVar

from clinic.intake.kinds.base import EDGES, Kind, parsed
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed


class FreeKind(Kind):
    """Free text."""

    own_words: ClassVar[bool] = True
    is_free: ClassVar[bool] = True
    contrasts: ClassVar[bool] = False

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Keep free text as written, up to `max_length` characters; "none" stores nothing under `none: skip`."""
        limit = int(question.validation.get("max_length", 2000))
        if question.none == "skip" and context.language.means("nothing", text):
            return Accepted(None)
        if len(text) > limit:
            return context.refuse("text_too_long", length=len(text), limit=limit)
        return Accepted(text)

    def reread(self, text: str, stored: Any, question: Question, context: Context) -> Parsed:
        """Read the text with all its marks, or only as it is written."""
        stripped = text.strip() if question.format == "free" else text.strip(EDGES)
        return parsed(self, stripped, question, context)

    def tells_of_health(self, question: Question) -> bool:
        """Return True."""
        return True
