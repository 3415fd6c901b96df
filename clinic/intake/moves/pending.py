"""What has to be settled before the next question: one class a kind, with its question, its replies and its JSON."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.kinds import parse
from clinic.intake.kinds.choice import number_picked
from clinic.intake.kinds.yesno import strict_yesno
from clinic.intake.model.decisions import Answer, Change, Command, Correction, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Button, Message, Outcome
from clinic.intake.model.pending import Pending
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Option, Refused, Unclear
from clinic.intake.model.state import REVIEW, IntakeState
from clinic.intake.model.text import normalise
from clinic.intake.reading.after_alarm import CHECK
from clinic.intake.reading.commands import find_command
from clinic.intake.reading.corrections import named_item
from clinic.intake.saying import sentences
from clinic.intake.saying.prompts import PAUSE, question_message, question_object

YES_NO = Question(
    id="yes_or_no", label="", kind="yesno", prompt="", help="",
    choices=(Choice("yes", "Yes"), Choice("no", "No")),
)  # fmt: skip
_DELETE = frozenset(
    ["delete", "delete them", "yes delete", "yes cancel", "yes stop", "yes delete them", "yes start over"]
)
_GO_ON = frozenset(["no continue", "no go on", "no keep going", "do not cancel"])
_NO_ITEM = frozenset(["nothing", "none", "never mind", "back", "go back"])
_CHANGE_CONSENT = frozenset(["change", "change my answer", "1", "change it", "change answer"])
_FINISH = frozenset(["finish", "finish without sending", "2", "do not send", "end", "stop", "without sending"])


def pending_of(stored: Any) -> Pending | None:
    """Return the pending that `Pending.plain` gave, or None unless it has the shape its kind needs."""
    if not isinstance(stored, Mapping) or not isinstance(stored.get("type"), str):
        return None
    read = _STORED.get(stored["type"])
    return read(stored) if read is not None else None


@dataclass(frozen=True)
class Deletion(Pending):
    """Shall everything be deleted?"""

    to_confirm: ClassVar[bool] = True
    left_by_back: ClassVar[bool] = True

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type}

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read yes or no; the command once more is a yes."""
        reply = strict_yesno(YES_NO, text)
        command = find_command(text)
        if reply is None and (command == self.type or normalise(text) in _DELETE):
            reply = "yes"
        if reply is None and (command in ("resume", "keep") or normalise(text) in _GO_ON):
            reply = "no"
        return Answer(self.type, text, Accepted(reply)) if reply is not None else None

    def prompt(self, interview: Interview) -> Message:
        """Ask whether to delete the answers."""
        return _asked(interview, self.type, "yesno", sentences.CONFIRM[self.type], sentences.CONFIRM_CHOICES, PAUSE)

    def settle(self, interview: Interview, reply: Any) -> Outcome:
        """Delete the answers, or go on."""
        if reply == "yes":
            return self.deleted(interview)
        return Outcome(interview.changed(pending=None).state, (Message(sentences.GOING_ON),))

    @abstractmethod
    def deleted(self, interview: Interview) -> Outcome:
        """Delete the answers."""


@dataclass(frozen=True)
class Cancel(Deletion):
    """To stop for good."""

    type: ClassVar[str] = "cancel"

    def deleted(self, interview: Interview) -> Outcome:
        """End unsent."""
        return Outcome(interview.ended("cancelled").state, (Message(sentences.CANCELLED),), "cancelled")


@dataclass(frozen=True)
class Restart(Deletion):
    """To start over."""

    type: ClassVar[str] = "restart"

    def deleted(self, interview: Interview) -> Outcome:
        """Begin again under the same intake id."""
        version = interview.questionnaire.version
        fresh = IntakeState(intake_id=interview.state.intake_id, questionnaire_version=version)
        return Outcome(interview.at(fresh).moved_on().state, (Message(sentences.RESTARTED),))


@dataclass(frozen=True)
class Which(Pending):
    """Which answer is to be changed: `options` are the ids in the order in which they are shown."""

    options: tuple[str, ...]
    type: ClassVar[str] = "which"
    left_by_back: ClassVar[bool] = True

    @classmethod
    def stored(cls, plain: Mapping[str, Any]) -> Which | None:
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
        if item is None and (strict_yesno(YES_NO, text) == "no" or normalise(text) in _NO_ITEM):
            return Command("resume")
        if item is None or not interview.applies(questionnaire.get(item)):
            return None
        return Correction((Change(item),))

    def prompt(self, interview: Interview) -> Message:
        """List the items with their numbers."""
        questions = [interview.questionnaire.get(item) for item in self.options if item in interview.questionnaire]
        lines = [f"{number}. {question.label}" for number, question in enumerate(questions, 1)]
        choices = [(question.id, question.label) for question in questions]
        _, total = interview.step
        custom = question_object(REVIEW, "choice", choices, required=True, step=total, total=total)
        text = "\n".join([sentences.WHICH_ITEM, *lines])
        return Message(text, custom, tuple(Button(label, value) for value, label in choices))


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
    def stored(cls, plain: Mapping[str, Any]) -> Choose | None:
        """Read the stored form."""
        question, options = plain.get("question"), plain.get("options")
        if not isinstance(question, str) or not isinstance(options, list | tuple):
            return None
        if not all(isinstance(option, list | tuple) and len(option) == 2 for option in options):
            return None
        read = tuple(Option(value, str(label)) for value, label in options)
        return cls(question, read, str(plain.get("problem", sentences.WHICH_ONE)), bool(plain.get("yes_no")))

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
            index = self._said_yes_or_no(text)
        if index is None:
            index = self._named(normalise(text))
        if index is None or index >= len(self.options):
            return None
        value = self.options[index].value
        result = Refused(sentences.TYPE_AGAIN, retype=True) if value is None else Accepted(value)
        return Answer(self.question, text, result)

    def _said_yes_or_no(self, text: str) -> int | None:
        reply = strict_yesno(YES_NO, text)
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
        step, total = interview.step
        options = [(_sent_back(option.value), option.label) for option in self.options]
        text = self.problem
        if not self.yes_no:
            text += " " + sentences.one_of([label for _, label in options])
        required = interview.requires(question)
        custom = question_object(question.id, "choice", options, required=required, step=step, total=total)
        return Message(text, custom, tuple(Button(label, value) for value, label in options))


@dataclass(frozen=True)
class NoContact(Pending):
    """Contact was refused: change that, or finish without sending."""

    type: ClassVar[str] = "no_contact"

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type}

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read "change" or "finish"."""
        norm = normalise(text)
        reply = strict_yesno(YES_NO, text)
        if norm in _CHANGE_CONSENT or reply == "yes":
            return Answer(self.type, text, Accepted("change"))
        if norm in _FINISH or reply == "no":
            return Answer(self.type, text, Accepted("finish"))
        return None

    def prompt(self, interview: Interview) -> Message | None:
        """Say what cannot be done without the permission, and ask."""
        question = interview.open
        if question is None:
            return None
        return _asked(interview, question.id, "choice", sentences.NO_CONTACT, sentences.NO_CONTACT_CHOICES)

    def settle(self, interview: Interview, reply: Any) -> Outcome:
        """End without sending, or ask for the permission again."""
        if reply == "finish":
            ended = interview.ended("declined", keep_consents=True)
            return Outcome(ended.state, (Message(sentences.NOT_SENT),), "declined")
        return Outcome(interview.opened("consent_contact").state)


@dataclass(frozen=True)
class Minor(Pending):
    """By the date of birth `value` (ISO) the patient is a minor: is a parent or guardian filling this in?"""

    value: str
    type: ClassVar[str] = "minor"
    detour: ClassVar[bool] = True

    @classmethod
    def stored(cls, plain: Mapping[str, Any]) -> Minor | None:
        """Read the stored form."""
        return cls(plain["value"]) if isinstance(plain.get("value"), str) else None

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type, "value": self.value}

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read yes or no, or another date of birth."""
        reply = strict_yesno(YES_NO, text)
        if reply is not None:
            return Answer("for_whom", text, Accepted("someone_else" if reply == "yes" else "self"))
        question = interview.questionnaire.get("date_of_birth")
        typed = parse(question, text, interview.context())
        return None if isinstance(typed, Refused) else Correction((Change(question.id, typed),))

    def prompt(self, interview: Interview) -> Message | None:
        """Ask for whom it is, in other words."""
        question = interview.open
        return None if question is None else question_message(interview, question, text=sentences.ASK_GUARDIAN)

    def comes_with(self, question_id: str, value: Any) -> Mapping[str, Any]:
        """Return the date of birth once a parent or guardian answers."""
        return {"date_of_birth": self.value} if question_id == "for_whom" and value == "someone_else" else {}


@dataclass(frozen=True)
class SafetyCheck(Pending):
    """Is it happening right now: asked before `then`, the pending that an alarm came between."""

    then: Pending | None = None
    type: ClassVar[str] = "safety_check"

    @classmethod
    def stored(cls, plain: Mapping[str, Any]) -> SafetyCheck | None:
        """Read the stored form."""
        if plain.get("then") is None:
            return cls()
        then = pending_of(plain["then"])
        return cls(then) if then is not None else None

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type, "then": self.then.plain() if self.then is not None else None}

    def prompt(self, interview: Interview) -> Message:
        """Ask; the reply is read where the alarm is known (`moves/alarm.py`)."""
        choices = [(choice.value, choice.label) for choice in CHECK.choices]
        return _asked(interview, self.type, "yesno", f"{CHECK.prompt} {sentences.YES_OR_NO}", choices)


_STORED: dict[str, Callable[[Mapping[str, Any]], Pending | None]] = {
    "cancel": lambda plain: Cancel(),
    "restart": lambda plain: Restart(),
    "no_contact": lambda plain: NoContact(),
    **{kind.type: kind.stored for kind in (Which, Choose, Minor, SafetyCheck)},
}


def _asked(
    interview: Interview, id_: str, kind: str, text: str, choices: list[tuple[str, str]], *more: Button
) -> Message:
    """A question of its own, at the step of the open one, with one button a choice."""
    step, total = interview.step
    custom = question_object(id_, kind, choices, required=True, step=step, total=total)
    return Message(text, custom, (*(Button(label, value) for value, label in choices), *more))


def _sent_back(value: Any) -> str:
    """Return what a button sends back for an option: its value, or "no" for "I will type it again"."""
    if value is None:
        return "no"
    return str(value[0]) if isinstance(value, list) and value else str(value)
