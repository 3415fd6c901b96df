"""What is answered beside the intake: the intents of `data/conversation.yml` that something else replies to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clinic.intake.model.content import SCHEMAS, ContentError, first_violation, line_of, read_yaml

SCHEMA = SCHEMAS / "conversation.schema.json"


class ConversationError(ContentError):
    """The table of what answers each intent cannot be used."""


@dataclass(frozen=True, eq=False)
class Conversation:
    """Handed in beside the language: which intents are conversation, however many there are.

    in_forms: answered while a form is open, which then asks its question again. answered: those, and what a rule of its
    own or the safety policy answers. small_talk: taken for conversation only when they are very sure. in_free_text:
    heard as conversation even where any text is an answer.
    """

    in_forms: frozenset[str]
    answered: frozenset[str]
    small_talk: frozenset[str]
    in_free_text: frozenset[str]

    @classmethod
    def load(cls, path: Path) -> Conversation:
        """Read the table; raises ConversationError (file, line, what is wrong)."""
        data = read_yaml(path, ConversationError)
        wrong = first_violation(data, SCHEMA)
        if wrong is not None:
            raise ConversationError(path, line_of(data, list(wrong.absolute_path)), wrong.message)
        rows = {str(intent): row for intent, row in data["intents"].items()}

        def with_any(*keys: str) -> frozenset[str]:
            return frozenset(intent for intent, row in rows.items() if any(key in row for key in keys))

        return cls(
            in_forms=with_any("in_a_form"),
            answered=with_any("in_a_form", "answered_by"),
            small_talk=with_any("small_talk"),
            in_free_text=with_any("in_free_text"),
        )
