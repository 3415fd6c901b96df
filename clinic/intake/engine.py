"""The intake engine: takes one message at a time, and says what came of it and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from clinic.intake.kinds import Accepted, Refused, Unclear
from clinic.intake.kinds.display import show
from clinic.intake.model import interview as flow
from clinic.intake.model.decisions import Answer, Change, Command, Correction, Decision, Digression
from clinic.intake.model.messages import Button, Message, Outcome, Prompt, Status
from clinic.intake.model.questionnaire import Question, Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.moves.alarm import alarmed, come_back
from clinic.intake.moves.commands import clear, dropped_message, obey, skip
from clinic.intake.moves.signs import with_signs
from clinic.intake.reading.decide import decide
from clinic.intake.reading.facts import Facts, facts_of, joined
from clinic.intake.saying import sentences
from clinic.intake.saying.prompts import PAUSE, PERSON, SKIP, build_prompt

__all__ = ["Button", "IntakeEngine", "Message", "Outcome", "Prompt", "Status"]


class IntakeEngine:
    """Leads one patient at a time through a questionnaire. Holds no state of its own; `now` gives the
    time, `number` the emergency number to say to somebody of a country (None: not known)."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        *,
        now: Callable[[], datetime],
        number: Callable[[str | None], str] = lambda country: sentences.LOCAL_NUMBER,
    ) -> None:
        self.questionnaire = questionnaire
        self._now = now
        self._number = number

    @property
    def _today(self) -> date:
        return self._now().date()

    def begin(self, state: IntakeState | None, earlier_turns: Sequence[Turn] = ()) -> Outcome:
        """Start an intake, or resume one and say where we are.

        Nothing is collected before consent, so `earlier_turns` are only read once it is given (see `take`).
        """
        if state is not None and state.stage == "confirmed":
            return Outcome(state, (), "confirmed")
        if (
            state is None
            or state.stage in ("declined", "cancelled")
            or (state.open_question is None and not state.answers)
        ):
            # After "your answers are deleted" they must not come back out of the messages they stood in.
            read = state.read if state is not None else 0
            fresh = IntakeState(questionnaire_version=self.questionnaire.version, read=read)
            return Outcome(flow.moved_on(self.questionnaire, fresh, self._today), (Message(sentences.WELCOME),))
        state = self._settled(state.with_changes(stage="asking", alarm=None))
        return Outcome(state, self.welcome_back(state))

    def welcome_back(self, state: IntakeState) -> tuple[Message, ...]:
        """Return what is said to somebody who comes back to an open intake."""
        _, total = flow.step_of(self.questionnaire, state, self._today)
        done = len(flow.answered(self.questionnaire, state, self._today))
        return (Message(sentences.welcome_back(done, total, at_review=state.open_question == flow.REVIEW)),)

    def prompt(self, state: IntakeState) -> Prompt:
        """Return what to ask now: the open question, what has to be settled first, or the review."""
        return build_prompt(self.questionnaire, state, self._today)

    def take(self, state: IntakeState, turn: Turn, earlier_turns: Sequence[Turn] = ()) -> Outcome:
        """Take one message of the patient.

        `earlier_turns` are all messages before this one. They are read for facts when this turn gives the
        privacy consent; later on, those that were left to something else are read with the next valid answer.
        A "digression" leaves the state as it was: something else has to answer.
        """
        if state.stage in ("confirmed", "declined", "cancelled"):
            return Outcome(state, (), state.stage)
        state = self._settled(state.with_changes(stage="asking"))
        turn = turn.as_typed()
        if state.alarm is not None:
            return come_back(self, state, turn, earlier_turns)
        decision = self.decide(state, turn)
        if isinstance(decision, Digression):
            return Outcome(state, (), "digression")
        outcome = self._carried_out(state, decision, turn, earlier_turns[state.read :])
        if not self._before_consent(outcome.state):
            outcome = with_signs(outcome, turn, state.open_question, self.number_to_call(outcome.state))
        answered = isinstance(decision, Answer) and isinstance(decision.result, Accepted)
        if answered and not (self._before_consent(state) and self._before_consent(outcome.state)):
            return replace(outcome, state=outcome.state.with_changes(read=len(earlier_turns) + 1))
        return outcome

    def decide(self, state: IntakeState, turn: Turn) -> Decision:
        """Say what a message is to the question that is open, without taking it."""
        listed = flow.answered(self.questionnaire, state, self._today)
        return decide(self.questionnaire, state, turn, self._today, listed)

    def alarmed(self, state: IntakeState, kind: str, turn: Turn, *, in_form: bool) -> IntakeState:
        """Pause an intake in which `turn` raised an alarm of this kind, and keep what she answered.

        in_form: whether the open question was waiting for this message.
        """
        if state.stage not in ("asking", "paused") or state.open_question is None:
            return state
        return alarmed(self, self._settled(state), kind, turn.as_typed(), in_form=in_form)

    def keep(self, state: IntakeState, question: Question, result: Accepted) -> IntakeState:
        """Store an answer and leave its question open; what needs another word of hers is not stored."""
        if self._special_case(state, question, result.value) is not None:
            return state
        return flow.opened(self._accepted(state, question, result, {}).state, question.id)

    def number_to_call(self, state: IntakeState) -> str:
        """Return the emergency number to say to this patient."""
        return self._number(state.answers.get("country"))

    def _carried_out(
        self, state: IntakeState, decision: Answer | Command | Correction, turn: Turn, unread: Sequence[Turn]
    ) -> Outcome:
        if isinstance(decision, Command):
            return obey(self.questionnaire, state, decision.name, self._today)
        if isinstance(decision, Correction):
            return self._correct(state, decision)
        return self._answer(state, decision, turn, unread)

    def _settled(self, state: IntakeState) -> IntakeState:
        """Open the next question when the stored one is unknown to this questionnaire or no longer
        applies."""
        open_id = state.open_question
        known = open_id == flow.REVIEW or (
            open_id is not None
            and open_id in self.questionnaire
            and self.questionnaire.get(open_id).applies(state.answers, self._today)
        )
        pruned = flow.prune(self.questionnaire, state, self._today).state
        if not known or (open_id == flow.REVIEW and flow.missing(self.questionnaire, pruned, self._today)):
            return flow.moved_on(self.questionnaire, pruned, self._today)
        return pruned

    # Answers

    def _answer(self, state: IntakeState, decision: Answer, turn: Turn, unread: Sequence[Turn]) -> Outcome:
        if decision.question in ("cancel", "restart", "no_contact") and isinstance(decision.result, Accepted):
            return self._settle_special(state, decision.question, decision.result.value)
        if decision.question == flow.REVIEW:
            return self._at_review(state, decision)
        question = self.questionnaire.get(decision.question)
        result = decision.result
        if isinstance(result, Refused):
            return self._failed(state, question, result)
        if isinstance(result, Unclear):
            return Outcome(_choosing(flow.opened(state, question.id), result))
        if result.value is None:
            return skip(self.questionnaire, state, question, self._today)
        if question.id in state.unconfirmed and result.value:
            # What raised the alarm is not lost when the rest of the list is told without it.
            result = replace(result, value=joined(question, state.answers.get(question.id), result.value))
        special = self._special_case(state, question, result.value)
        if special is not None:
            return special
        facts: Facts = {}
        if question.id == "consent_privacy":
            facts = self._facts_before_consent(unread)
        elif question.consent is None:
            # What stands in free text is the answer to that question, and nothing else is read out of it.
            answers = {**state.answers, question.id: result.value}
            # What the patient would rather not say is not taken from earlier messages either.
            earlier = self._facts_in(unread, answers).items()
            facts = {key: value for key, value in earlier if key not in state.skipped}
            if not question.is_free_text:
                facts = self._facts_in((turn,), answers, facts)
        return self._accepted(state, question, result, facts)

    def _facts_in(
        self, turns: Sequence[Turn], answers: Mapping[str, Any], known: Mapping[str, Any] = MappingProxyType({})
    ) -> Facts:
        facts: Facts = dict(known)
        for turn in turns:
            for key, value in facts_of(self.questionnaire, turn.as_typed(), {**answers, **facts}, self._today).items():
                facts[key] = joined(self.questionnaire.get(key), facts.get(key), value)
        return facts

    def _facts_before_consent(self, turns: Sequence[Turn]) -> Facts:
        facts = self._facts_in(turns, {})
        if facts.get("for_whom") == "someone_else":
            return {key: facts[key] for key in ("for_whom", "relationship") if key in facts}
        return facts

    def _accepted(self, state: IntakeState, question: Question, result: Accepted, facts: Facts) -> Outcome:
        before = state.answers.get(question.id)
        minor = state.pending if (state.pending or {}).get("type") == "minor" else None
        state, dropped = self._stored(state, question, result.value)
        messages: list[Message] = []
        if before is not None and before != result.value:
            messages.append(
                Message(
                    sentences.changed(
                        question.label, show(question, before, state.answers), self._show(state, question)
                    )
                )
            )
        elif not result.exact and before != result.value:
            messages.append(Message(sentences.noted([(question.label, self._show(state, question))])))
        if minor is not None and question.id == "for_whom" and result.value == "someone_else":
            state, more = self._stored(state, self.questionnaire.get("date_of_birth"), minor["value"])
            dropped += more
        if question.id == "for_whom" and result.value == "someone_else" and state.prefilled:
            state = self._without_own_facts(state)
        also = {key: value for key, value in result.also.items() if key in self.questionnaire}
        added = [
            *self._add_facts_to(state, also, merge=True),
            *self._add_facts_to(state, {k: v for k, v in facts.items() if k not in also and k != question.id}),
        ]
        for key, value in added:
            state, more = self._stored(state, self.questionnaire.get(key), value)
            state = state.with_changes(prefilled=(*(item for item in state.prefilled if item != key), key))
            dropped += more
        shown = [
            (self.questionnaire.get(key).label, self._show(state, self.questionnaire.get(key)))
            for key, _ in added
            if key in state.answers
        ]
        if shown:
            messages.append(Message(sentences.understood(shown)))
        messages += dropped_message(self.questionnaire, state, dropped)
        return Outcome(flow.moved_on(self.questionnaire, state, self._today), tuple(messages))

    def _add_facts_to(self, state: IntakeState, facts: Facts, *, merge: bool = False) -> list[tuple[str, Any]]:
        """Return the facts that may be stored: applicable, not answered yet (or lists to merge), and no
        consent."""
        usable: Facts = {}
        for question in self.questionnaire.questions:
            key, value = question.id, facts.get(question.id)
            # In the questionnaire's order: "for my son" says for whom it is, and only then does the relationship apply.
            if value is None or question.consent or not question.applies({**state.answers, **usable}, self._today):
                continue
            if key in state.answers:
                if merge and (new := joined(question, state.answers[key], value)) != state.answers[key]:
                    usable[key] = new
                continue
            if (
                question.kind == "date"
                and {**state.answers, **usable}.get("for_whom") != "someone_else"
                and flow.is_minor(self.questionnaire, value, self._today)
            ):
                continue
            usable[key] = value
        return list(usable.items())

    def _without_own_facts(self, state: IntakeState) -> IntakeState:
        """What was understood before was about the person typing, who turns out not to be the patient."""
        own = {item for item in state.prefilled if item not in ("for_whom", "relationship")}
        answers = {key: value for key, value in state.answers.items() if key not in own}
        return flow.prune(
            self.questionnaire, state.with_changes(answers=answers, prefilled=()), self._today
        ).state.with_changes(revisit=tuple(item for item in state.revisit if item not in own))

    def _special_case(self, state: IntakeState, question: Question, value: Any) -> Outcome | None:
        """Minors and consents that are refused; None for everything else."""
        if (
            question.kind == "date"
            and state.answers.get("for_whom") == "self"
            and flow.is_minor(self.questionnaire, value, self._today)
        ):
            asking = flow.opened(state, "for_whom").with_changes(pending={"type": "minor", "value": value})
            return Outcome(asking, (Message(sentences.MINOR),))
        if question.id == "for_whom" and value == "self":
            pending = state.pending or {}
            if pending.get("type") == "minor" or flow.is_minor(
                self.questionnaire, state.answers.get("date_of_birth"), self._today
            ):
                return Outcome(flow.opened(state, "date_of_birth"), (Message(sentences.MINOR_ALONE),))
        if question.consent is not None and value != "yes":
            stored = flow.store(self.questionnaire, state, question, value, self._now()).state
            if question.id == "consent_contact":
                return Outcome(flow.opened(stored, question.id).with_changes(pending={"type": "no_contact"}))
            return Outcome(_ended(stored, "declined", keep_consents=True), (Message(sentences.DECLINED),), "declined")
        return None

    def _failed(self, state: IntakeState, question: Question, refused: Refused) -> Outcome:
        """Say what was wrong; after two failures the help text, after three a way out."""
        attempts = state.attempts + 1 if state.open_question == question.id else 1
        choosing = state.pending if (state.pending or {}).get("type") == "choose" and not refused.retype else None
        state = state.with_changes(open_question=question.id, attempts=attempts, pending=choosing)
        problem = sentences.CHOOSE_ONE if choosing else refused.problem
        if attempts == 1:
            return Outcome(state, (Message(problem),))
        if attempts == 2:
            return Outcome(state, (Message(f"{problem} {question.help}"),))
        optional = not question.is_required(state.answers, self._today)
        buttons = (*((SKIP,) if optional else ()), PERSON, PAUSE)
        return Outcome(state, (Message(f"{problem} {sentences.way_out(optional=optional)}", buttons=buttons),))

    def _stored(self, state: IntakeState, question: Question, value: Any) -> tuple[IntakeState, list[str]]:
        stored = flow.store(self.questionnaire, state, question, value, self._now())
        return stored.state, list(stored.dropped)

    def _show(self, state: IntakeState, question: Question) -> str:
        return show(question, state.answers.get(question.id), state.answers)

    # Corrections

    def _correct(self, state: IntakeState, correction: Correction) -> Outcome:
        if not correction.changes:
            options = flow.answered(self.questionnaire, state, self._today)
            if not options:
                return Outcome(state, (Message(sentences.NOTHING_TO_CHANGE),))
            return Outcome(state.with_changes(pending={"type": "which", "options": options}))
        if self._before_consent(state):
            return Outcome(state, (Message(sentences.CONSENT_FIRST),))
        messages: list[Message] = []
        noted: list[tuple[str, str]] = []
        was_open = None if (state.pending or {}).get("type") == "minor" else state.open_question
        for change in correction.changes:
            question = self.questionnaire.get(change.question)
            reopened = self._reopened(state, change)
            if reopened is not None:
                return replace(reopened, messages=(*messages, *reopened.messages))
            value = change.result.value  # type: ignore[union-attr]
            before = state.answers.get(question.id)
            if correction.offered:
                value = joined(question, before, value)
            state, dropped = self._stored(state, question, value)
            if correction.offered:
                state = state.with_changes(prefilled=(*state.prefilled, question.id))
            if before is None or isinstance(value, list):
                noted.append((question.label, self._show(state, question)))
            else:
                messages.append(
                    Message(
                        sentences.changed(
                            question.label, show(question, before, state.answers), self._show(state, question)
                        )
                    )
                )
            messages += dropped_message(self.questionnaire, state, dropped)
        if noted:
            messages.append(Message(sentences.noted(noted)))
        return Outcome(self._back_to(state, was_open), tuple(messages))

    def _back_to(self, state: IntakeState, question_id: str | None) -> IntakeState:
        """Return to the question that was open, unless it was the review or no longer applies or something
        precedes it."""
        waiting = flow.missing(self.questionnaire, state, self._today)
        if question_id is None or question_id == flow.REVIEW or question_id not in self.questionnaire:
            return flow.moved_on(self.questionnaire, state, self._today)
        if question_id in waiting or (
            question_id in state.answers and self.questionnaire.get(question_id).applies(state.answers, self._today)
        ):
            return (
                state.with_changes(open_question=question_id, pending=None)
                if question_id not in waiting[1:]
                else flow.opened(state, waiting[0])
            )
        return flow.moved_on(self.questionnaire, state, self._today)

    def _reopened(self, state: IntakeState, change: Change) -> Outcome | None:
        """Return the outcome of a change that needs another word from the patient, or None when its value
        is good."""
        question = self.questionnaire.get(change.question)
        result = change.result
        if result is None:
            return Outcome(flow.opened(state, question.id), (Message(sentences.changing(question.label)),))
        if isinstance(result, Unclear):
            return Outcome(_choosing(flow.opened(state, question.id), result))
        if isinstance(result, Refused):
            return self._failed(flow.opened(state, question.id), question, result)
        if result.value is None:
            return clear(self.questionnaire, flow.opened(state, question.id), question, self._today)
        return self._special_case(state, question, result.value)

    def _before_consent(self, state: IntakeState) -> bool:
        return "consent_privacy" in self.questionnaire and state.answers.get("consent_privacy") != "yes"

    # The review and what has to be settled

    def _at_review(self, state: IntakeState, decision: Answer) -> Outcome:
        if isinstance(decision.result, Accepted):
            if decision.result.value == "send":
                return self._send(state)
            if decision.result.value == "pause":
                return obey(self.questionnaire, state, "pause", self._today)
            return self._correct(state, Correction())
        problem = decision.result.problem
        attempts = state.attempts + 1
        state = state.with_changes(attempts=attempts, pending=None)
        if attempts >= 3:
            return Outcome(state, (Message(f"{problem} {sentences.way_out(optional=False)}", buttons=(PERSON, PAUSE)),))
        return Outcome(state, (Message(problem),))

    def _send(self, state: IntakeState) -> Outcome:
        """Confirm, unless something required is missing or a consent is not a yes."""
        waiting = flow.missing(self.questionnaire, state, self._today) or flow.refused_consents(
            self.questionnaire, state
        )
        if waiting:
            return Outcome(flow.opened(state, waiting[0]), (Message(sentences.STILL_NEEDED),))
        return Outcome(state.with_changes(stage="confirmed", open_question=None, pending=None), (), "confirmed")

    def _settle_special(self, state: IntakeState, kind: str, value: str) -> Outcome:
        if kind == "cancel" and value == "yes":
            return Outcome(_ended(state, "cancelled"), (Message(sentences.CANCELLED),), "cancelled")
        if kind == "restart" and value == "yes":
            fresh = IntakeState(intake_id=state.intake_id, questionnaire_version=self.questionnaire.version)
            return Outcome(flow.moved_on(self.questionnaire, fresh, self._today), (Message(sentences.RESTARTED),))
        if kind == "no_contact" and value == "finish":
            return Outcome(_ended(state, "declined", keep_consents=True), (Message(sentences.NOT_SENT),), "declined")
        if kind == "no_contact":
            return Outcome(flow.opened(state, "consent_contact"))
        return Outcome(state.with_changes(pending=None), (Message(sentences.GOING_ON),))


def _choosing(state: IntakeState, unclear: Unclear) -> IntakeState:
    options = [[option.value, option.label] for option in unclear.options]
    return state.with_changes(
        pending={
            "type": "choose",
            "question": state.open_question,
            "options": options,
            "problem": unclear.problem,
            "yes_no": unclear.yes_no,
        }
    )


def _ended(state: IntakeState, stage: str, *, keep_consents: bool = False) -> IntakeState:
    """Return the state of an intake that ended unsent: no answers are left in it."""
    consents = state.consents if keep_consents else {}
    version = state.questionnaire_version
    return IntakeState(intake_id=state.intake_id, consents=consents, questionnaire_version=version).with_changes(
        stage=stage
    )
