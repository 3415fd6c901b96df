"""Reads labelled messages: questions, statements and red flags, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.importers.articles import FAQ_INTENT
from bot.importers.conversation import listed_intents

OUT_OF_SCOPE = "out_of_scope"
# What is answered by articles, and what is no intent at all.
_NO_CONVERSATION = frozenset({OUT_OF_SCOPE, FAQ_INTENT, "nlu_fallback"})
LOGISTICS = frozenset(
    [
        "cost_general",
        "cost_by_country",
        "insurance_coverage",
        "why_travel_abroad",
        "leading_countries",
        "travel_planning",
        "choosing_a_clinic",
        "clinic_red_flags",
        "consultation_process",
        "medical_records_needed",
        "privacy_of_data",
    ]
)


@cache
def conversation_intents() -> frozenset[str]:
    """The intents of data/conversation.yml that are conversation."""
    return listed_intents() - _NO_CONVERSATION


class DataError(Exception):
    """A file of labelled messages cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Question:
    """A message whose topic (FAQ topic or intent) is known; `right` holds every right answer."""

    text: str
    topic: str
    right: frozenset[str]
    source: str

    @property
    def group(self) -> str:
        """The row of the report that it counts for."""
        if self.topic == OUT_OF_SCOPE:
            return "out of scope"
        if self.topic in conversation_intents():
            return "conversation"
        if self.topic in LOGISTICS:
            return "logistics"
        return "lupus" if self.topic.startswith("lupus_") else "stem cells"

    @property
    def is_faq(self) -> bool:
        """Whether an article answers it."""
        return self.group in ("lupus", "stem cells", "logistics")


@dataclass(frozen=True)
class Statement:
    """A message whose clinical mentions are known; see `bot.evaluation.entities` for their fields."""

    text: str
    entities: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class RedFlag:
    """A message that is an emergency, a crisis or none; `right` holds every right label."""

    text: str
    label: str
    right: frozenset[str]


@dataclass
class Messages:
    """Everything that is measured."""

    questions: list[Question] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    red_flags: list[RedFlag] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """All texts, in order."""
        labelled: list[Question | Statement | RedFlag] = [*self.questions, *self.statements, *self.red_flags]
        return [item.text for item in labelled]


def read(path: Path) -> Messages:
    """The messages of a .jsonl file, or of all .jsonl files of a folder.

    Raises DataError for a missing path or a line that is none of the three kinds.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise DataError(f"{path}: no .jsonl file is there")
    messages = Messages()
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                _add(messages, line, f"{file}:{number}")
    return messages


def _add(messages: Messages, line: str, place: str) -> None:
    try:
        row = json.loads(line)
        text = row["text"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{place}: not a JSON object with a 'text'") from error
    alternatives = frozenset(row.get("alt") or ())
    if "topic" in row:
        right = alternatives | {row["topic"]}
        messages.questions.append(Question(text, row["topic"], right, row.get("source", "")))
    elif "entities" in row:
        messages.statements.append(Statement(text, tuple(row["entities"])))
    elif "label" in row:
        messages.red_flags.append(RedFlag(text, row["label"], alternatives | {row["label"]}))
    else:
        raise DataError(f"{place}: needs 'topic', 'entities' or 'label'")
