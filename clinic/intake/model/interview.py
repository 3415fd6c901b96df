"""One interview at one moment: the questionnaire, the state and the time, and the pure steps from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from clinic.intake.model.conditions import age_on
from clinic.intake.model.conversation import Conversation
from clinic.intake.model.language import Language
from clinic.intake.model.pending import Pending
from clinic.intake.model.pruning import still_standing
from clinic.intake.model.questionnaire import SOMEONE_ELSE, Question, Questionnaire, Role
from clinic.intake.model.result import Context
from clinic.intake.model.state import REVIEW, IntakeState, Stage
from clinic.intake.model.turn import Entity

# What a new answer settles: nothing of this is to be asked or confirmed any more.
_SETTLED_BY_AN_ANSWER = ("skipped", "prefilled", "revisit", "unconfirmed", "history")


@dataclass(frozen=True)
class Stored:
    """The interview after a change of its answers, and the ids of answers that no longer apply and were dropped."""

    interview: Interview
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interview:
    """What each step needs, and gives anew; `conversation` is what is answered beside the intake."""

    questionnaire: Questionnaire
    state: IntakeState
    now: datetime
    language: Language
    conversation: Conversation

    @property
    def today(self) -> date:
        """The day of the turn."""
        return self.now.date()

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers so far: question id -> stored value."""
        return self.state.answers

    @property
    def pending(self) -> Pending | None:
        """What has to be settled before the next question."""
        return self.state.pending

    @property
    def at_review(self) -> bool:
        """True while the review is open."""
        return self.state.open_question == REVIEW

    @property
    def open(self) -> Question | None:
        """The question that is open; None at the review and when nothing is open."""
        open_id = self.state.open_question
        return self.questionnaire.get(open_id) if open_id is not None and open_id in self.questionnaire else None

    def answer_to(self, role: Role) -> Any:
        """Return the answer to the question with this role, or None."""
        return self.answers.get(self.questionnaire.with_role(role).id)

    @property
    def for_other(self) -> bool:
        """True when the person typing is not the patient."""
        return bool(self.answer_to("who") == SOMEONE_ELSE)

    @property
    def before_consent(self) -> bool:
        """True as long as nothing may be kept."""
        return bool(self.answer_to("privacy_consent") != "yes")

    @cached_property
    def applicable(self) -> tuple[Question, ...]:
        """The questions that apply to the answers so far, in order."""
        return self.questionnaire.applicable(self.answers, self.today)

    @cached_property
    def answered(self) -> tuple[str, ...]:
        """The answered questions in order, as they are numbered in the review."""
        return tuple(question.id for question in self.applicable if question.id in self.answers)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The ids still to be asked, in order.

        These are asked, unanswered and not skipped, or required though skipped, or to be asked once more.
        """
        waiting = []
        for question in self.applicable:
            unanswered = question.id not in self.answers and self.asks(question)
            skipped = question.id in self.state.skipped and not self.requires(question)
            again = question.id in self.state.revisit and self.asks(question)
            if (unanswered and not skipped) or again:
                waiting.append(question.id)
        offer = self.questionnaire.offers_more
        # Whoever has told it all is not asked whether to tell more.
        return () if offer and waiting == [offer.id] and not self.not_asked else tuple(waiting)

    @property
    def needed(self) -> tuple[str, ...]:
        """What is missing for a request: whether to go on with more need not be said."""
        return tuple(item for item in self.missing if self.questionnaire.get(item).role != "offers_more")

    @cached_property
    def not_asked(self) -> tuple[str, ...]:
        """The ids of questions that apply and were neither answered nor left out by the patient."""
        known = {*self.answers, *self.state.skipped}
        offer = self.questionnaire.offers_more
        return tuple(item.id for item in self.applicable if item.id not in known and item != offer)

    @cached_property
    def step(self) -> tuple[int, int]:
        """(step, total) over the questions that are asked; the review counts as the last step."""
        open_id = self.state.open_question
        ids = [question.id for question in self.applicable if self.asks(question) or question.id == open_id]
        return (ids.index(open_id) + 1 if open_id in ids else len(ids)), len(ids)

    @property
    def previous(self) -> str | None:
        """The question before the open one that was answered or skipped; consent is not gone back to."""
        ids = [question.id for question in self.applicable]
        open_id = self.state.open_question
        end = ids.index(open_id) if open_id in ids else len(ids)
        seen = [
            item
            for item in ids[:end]
            if (item in self.answers or item in self.state.skipped) and not self.questionnaire.get(item).consent
        ]
        return seen[-1] if seen else None

    @property
    def refused_consents(self) -> tuple[str, ...]:
        """The consents that are not a recorded yes."""
        consents = [question.id for question in self.questionnaire.questions if question.consent]
        recorded = {key: consent.get("answer") for key, consent in self.state.consents.items()}
        return tuple(item for item in consents if not self.answers.get(item) == recorded.get(item) == "yes")

    def context(self, entities: tuple[Entity, ...] = ()) -> Context:
        """Return what a parser may look at, with the entities of the message."""
        phones = (
            self.answers.get(question.id) for question in self.questionnaire.questions if question.format == "phone"
        )
        return Context(
            self.today,
            self.answers,
            entities,
            language=self.language,
            for_other=self.for_other,
            relatives=self.questionnaire.patients_among_relatives(self.answers),
            residence=_text(self.answer_to("residence")),
            born=_text(self.answer_to("birth_date")),
            phone=next(filter(None, map(_text, phones)), None),
        )

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the language of the interview."""
        return self.language.say(key, **values)

    def applies(self, question: Question) -> bool:
        """Tell whether the question is to be asked."""
        return question.applies(self.answers, self.today)

    def asks(self, question: Question) -> bool:
        """Tell whether the part of the questionnaire that the question stands in is asked."""
        return self.questionnaire.asks(question, self.answers, self.today)

    def requires(self, question: Question) -> bool:
        """Tell whether the question cannot be skipped."""
        return question.is_required(self.answers, self.today)

    def is_minor(self, born: Any) -> bool:
        """Tell whether somebody born on this ISO date is under the questionnaire's adult age."""
        if not isinstance(born, str):
            return False
        adult = int(self.questionnaire.with_role("birth_date").validation.get("adult_age", 0))
        try:
            return age_on(date.fromisoformat(born), self.today) < adult
        except ValueError:
            return False

    def at(self, state: IntakeState) -> Interview:
        """Return the interview in another state."""
        return replace(self, state=state)

    def changed(self, **changes: Any) -> Interview:
        """Return the interview with these fields of its state replaced."""
        return self.at(self.state.with_changes(**changes))

    def opened(self, question_id: str) -> Interview:
        """Return the interview with this question open and nothing pending."""
        return self.changed(open_question=question_id, attempts=0, pending=None)

    def moved_on(self) -> Interview:
        """Return the interview with the next question open, or the review when all is answered."""
        return self.opened(next(iter(self.missing), REVIEW))

    def settled(self) -> Interview:
        """Open the next question when the stored one is unknown to this questionnaire or no longer applies."""
        known = self.at_review or (self.open is not None and self.applies(self.open))
        pruned = self.pruned().interview
        return pruned.moved_on() if not known or (self.at_review and pruned.needed) else pruned

    def back_to(self, question_id: str | None) -> Interview:
        """Return to a question that was open, unless it was the review, no longer applies or something precedes it."""
        if question_id is None or question_id not in self.questionnaire:
            return self.moved_on()
        answered = question_id in self.answers and self.applies(self.questionnaire.get(question_id))
        if question_id not in self.missing and not answered:
            return self.moved_on()
        if question_id in self.missing[1:]:
            return self.opened(self.missing[0])
        return self.changed(open_question=question_id, pending=None)

    def stored(self, question: Question, value: Any) -> Stored:
        """Store an answer (already validated) and drop what no longer applies.

        A consent is recorded with the version of its text and the time.
        """
        consents = dict(self.state.consents)
        if question.consent is not None:
            consents[question.id] = {
                "version": question.consent.version,
                "given_at": self.now.isoformat(),
                "answer": value,
            }
        lists = self._lists_without(question.id)
        changed = self.changed(
            answers={**self.answers, question.id: value},
            consents=consents,
            **{**lists, "history": (*lists["history"], question.id)},
        )
        if question.role == "who" and self.answers.get(question.id) not in (None, value):
            changed = changed._for_another_person()
        return changed.pruned()

    def removed(self, question_id: str) -> Stored:
        """Take an optional answer out; the question counts as skipped."""
        answers = {key: value for key, value in self.answers.items() if key != question_id}
        lists = self._lists_without(question_id)
        skipped = (*lists["skipped"], question_id)
        return self.changed(answers=answers, **{**lists, "skipped": skipped}).pruned()

    def pruned(self) -> Stored:
        """Drop the answers whose question no longer applies, or that contradict a changed date."""
        answers, dropped = still_standing(self.questionnaire, self.answers, self.today)
        gone = set(dropped)
        applying = {question.id for question in self.questionnaire.applicable(answers, self.today)}
        lists = {name: tuple(item for item in getattr(self.state, name) if item not in gone) for name in _LISTS}
        left = self.changed(
            answers=answers,
            skipped=tuple(item for item in self.state.skipped if item in applying),
            consents={key: value for key, value in self.state.consents.items() if key not in gone},
            **lists,
        )
        return Stored(left, dropped)

    def ended(self, stage: Stage, *, keep_consents: bool = False) -> Interview:
        """Return an interview that ended unsent: no answers are left in it."""
        state = self.state
        consents = state.consents if keep_consents else {}
        version = state.questionnaire_version
        return self.at(
            IntakeState(intake_id=state.intake_id, consents=consents, questionnaire_version=version, stage=stage)
        )

    def _lists_without(self, question_id: str) -> dict[str, tuple[str, ...]]:
        return {
            name: tuple(item for item in getattr(self.state, name) if item != question_id)
            for name in _SETTLED_BY_AN_ANSWER
        }

    def _for_another_person(self) -> Interview:
        """The details given so far were somebody else's, perhaps: who the patient is gets asked once more."""
        personal = tuple(
            question.id
            for question in self.questionnaire.questions
            if question.id in self.answers and (question.role == "birth_date" or _PERSONAL & set(question.prefill_from))
        )
        return self.changed(revisit=tuple(dict.fromkeys((*self.state.revisit, *personal))))


# What a message may tell of a person, and of no other.
_PERSONAL = frozenset({"person_name", "sex"})
_LISTS = ("prefilled", "revisit", "unconfirmed", "history")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
