"""What an answer meant: a suggestion to confirm, or one of several readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.kinds.choice import number_picked
from clinic.intake.kinds.yesno import YES_NO, strict_yesno
from clinic.intake.model.decisions import Answer, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Button, Message
from clinic.intake.model.pending import Pending
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Option, Refused, Unclear
from clinic.intake.model.text import normalise
from clinic.intake.saying import sentences
from clinic.intake.saying.prompts import question_object


@dataclass(frozen=True)
class Choose(Pending):
    """What was meant: a suggestion ("did you mean ...?") or one of several readings of an answer to `question`.

    With `yes_no`, "yes" means the first option and "no" the second; a value of None, "I will type it again".
    """

    question: str
    options: tuple[Option, ...]
    problem: str
    yes_no: bool = False
    type: ClassVar[str] = "choose"
    left_by_back: ClassVar[bool] = True
    stays: ClassVar[bool] = True

    @classmethod
    def between(cls, question: Question, unclear: Unclear) -> Choose:
        """Return what has to be settled of an unclear answer."""
        return cls(question.id, unclear.options, unclear.problem, unclear.yes_no)

    @classmethod
    def stored(cls, plain: Mapping[str, Any], then: Pending | None = None) -> Choose | None:
        """Read the stored form."""
        question, options = plain.get("question"), plain.get("options")
        if not isinstance(question, str) or not isinstance(options, list | tuple):
            return None
        if not all(isinstance(option, list | tuple) and len(option) == 2 for option in options):
            return None
        read = tuple(Option(value, str(label)) for value, label in options)
        return cls(question, read, str(plain.get("problem", "")), bool(plain.get("yes_no")))

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "type": self.type,
            "question": self.question,
            "options": [[option.value, option.label] for option in self.options],
            "problem": self.problem,
            "yes_no": self.yes_no,
        }

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read a number, a label, a value, or yes and no."""
        index = number_picked(text, len(self.options))
        if index is None and self.yes_no:
            index = self._said_yes_or_no(interview, text)
        if index is None:
            index = self._named(normalise(text))
        if index is None or index >= len(self.options):
            return None
        value = self.options[index].value
        result = Refused(interview.say("type_again"), retype=True) if value is None else Accepted(value)
        return Answer(self.question, text, result)

    def _said_yes_or_no(self, interview: Interview, text: str) -> int | None:
        reply = strict_yesno(interview.language, YES_NO, text)
        if reply is not None:
            return 0 if reply == "yes" else 1
        norm = normalise(text)
        if not re.match(r"^(?:yes|no) ", norm):
            return None
        exact = [
            i
            for i, option in enumerate(self.options)
            if norm in (normalise(option.label), f"yes {normalise(str(option.value))}")
        ]
        return exact[0] if exact else None

    def _named(self, norm: str) -> int | None:
        labels = [normalise(option.label) for option in self.options]
        same = [i for i, option in enumerate(self.options) if norm in (normalise(str(option.value)), labels[i])]
        if same:
            return same[0]
        within = [i for i, label in enumerate(labels) if len(norm) >= 3 and re.search(rf"\b{re.escape(norm)}", label)]
        return within[0] if len(within) == 1 else None

    def prompt(self, interview: Interview) -> Message | None:
        """Ask which is meant, as a choice with the question's own id."""
        question = interview.open
        if question is None:
            return None
        options = [(_sent_back(option.value), option.label) for option in self.options]
        text = self.problem or interview.say("which_one")
        if not self.yes_no:
            text += " " + sentences.one_of(interview.language, [label for _, label in options])
        required = interview.requires(question)
        custom = question_object(interview, question.id, "choice", options, required=required)
        return Message(text, custom, tuple(Button(label, value) for value, label in options))


def _sent_back(value: Any) -> str:
    """Return what a button sends back for an option: its value, or "no" for "I will type it again"."""
    if value is None:
        return "no"
    return str(value[0]) if isinstance(value, list) and value else str(value)
