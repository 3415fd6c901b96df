"""Which answer is to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.kinds.choice import number_picked
from clinic.intake.kinds.yesno import YES_NO, strict_yesno
from clinic.intake.model.decisions import Change, Command, Correction, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Button, Message
from clinic.intake.model.pending import Pending
from clinic.intake.model.state import REVIEW
from clinic.intake.reading.corrections import named_item
from clinic.intake.saying.prompts import question_object


@dataclass(frozen=True)
class Which(Pending):
    """Which answer is to be changed: `options` are the ids in the order in which they are shown."""

    options: tuple[str, ...]
    type: ClassVar[str] = "which"
    left_by_back: ClassVar[bool] = True

    @classmethod
    def stored(cls, plain: Mapping[str, Any], then: Pending | None = None) -> Which | None:
        """Read the stored form."""
        options = plain.get("options")
        sound = isinstance(options, list | tuple) and all(isinstance(option, str) for option in options)
        return cls(tuple(options)) if sound and options is not None else None

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type, "options": list(self.options)}

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read the number or the name of an item."""
        questionnaire = interview.questionnaire
        listed = [item for item in self.options if item in questionnaire]
        index = number_picked(text, len(listed))
        item = listed[index] if index is not None else named_item(questionnaire, text)
        if item is None and text.strip() in listed:
            item = text.strip()
        if item is None and (
            strict_yesno(interview.language, YES_NO, text) == "no" or interview.language.means("no_item", text)
        ):
            return Command("resume")
        if item is None or not interview.applies(questionnaire.get(item)):
            return None
        return Correction((Change(item),))

    def prompt(self, interview: Interview) -> Message:
        """List the items with their numbers."""
        questions = [interview.questionnaire.get(item) for item in self.options if item in interview.questionnaire]
        lines = [f"{number}. {question.label}" for number, question in enumerate(questions, 1)]
        choices = [(question.id, question.label) for question in questions]
        custom = question_object(interview, REVIEW, "choice", choices, required=True)
        text = "\n".join([interview.say("which_item"), *lines])
        return Message(text, custom, tuple(Button(label, value) for value, label in choices))
