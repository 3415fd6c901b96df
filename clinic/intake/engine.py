"""The intake engine: takes one message at a time, and says what came of it and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from clinic.intake.model.conversation import Conversation
from clinic.intake.model.decisions import Answer, Command, Correction, Digression
from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.messages import Message, Outcome, Prompt
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.result import Accepted
from clinic.intake.model.state import REVIEW, IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.moves.alarm import alarmed, before_alarm, come_back, heard_after, passed_on
from clinic.intake.moves.answers import take_answer
from clinic.intake.moves.changes import correct
from clinic.intake.moves.commands import obey
from clinic.intake.moves.review import take_review
from clinic.intake.moves.signs import with_check, with_signs
from clinic.intake.moves.words import with_words
from clinic.intake.reading.after_alarm import Alarm
from clinic.intake.reading.decide import decide
from clinic.intake.saying import sentences
from clinic.intake.saying.prompts import build_prompt, summary_message

_OVER = ("confirmed", "declined", "cancelled")


class IntakeEngine:
    """Leads one patient at a time through a questionnaire, and holds no state of its own.

    `now` gives the time, `language` the sentences, `conversation` what is answered beside the intake, `number` the
    emergency number to say to somebody of a country (None: not known).
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        *,
        now: Callable[[], datetime],
        language: Language,
        conversation: Conversation,
        number: Callable[[str | None], str] | None = None,
    ) -> None:
        self.questionnaire = questionnaire
        self._now = now
        self._language = language
        self._conversation = conversation
        self._number = number or (lambda country: language.say("local_number"))

    def _interview(self, state: IntakeState) -> Interview:
        return Interview(self.questionnaire, state, self._now(), self._language, self._conversation)

    def begin(self, state: IntakeState | None, earlier_turns: Sequence[Turn] = ()) -> Outcome:
        """Start an intake, or resume one and say where we are.

        Nothing is collected before consent, so `earlier_turns` are only read once it is given (see `take`).
        """
        if state is not None and state.stage == "confirmed":
            return Outcome(state, (), "confirmed")
        if state is None or state.stage in _OVER or (state.open_question is None and not state.answers):
            # After "your answers are deleted" they must not come back out of the messages they stood in.
            read = state.read if state is not None else 0
            fresh = IntakeState(questionnaire_version=self.questionnaire.version, read=read)
            return Outcome(self._interview(fresh).moved_on().state, (Message(self._language.say("welcome")),))
        interview = self._interview(state.with_changes(stage="asking", alarm=None)).settled()
        return Outcome(interview.state, _welcome_back(interview))

    def not_asked(self, state: IntakeState) -> tuple[str, ...]:
        """Return the ids of the questions that apply and that nobody asked."""
        return self._interview(state).not_asked

    def summary(self, state: IntakeState) -> Prompt:
        """Return the answers as they are read back, of an intake that may be over."""
        return (summary_message(self._interview(state)),)

    def prompt(self, state: IntakeState) -> Prompt:
        """Return what to ask now: the open question, what has to be settled first, or the review."""
        return build_prompt(self._interview(state))

    def take(self, state: IntakeState, turn: Turn, earlier_turns: Sequence[Turn] = ()) -> Outcome:
        """Take one message of the patient.

        `earlier_turns` are all messages before this one. They are read for facts when this turn gives the
        privacy consent; later on, those that were left to something else are read with the next valid answer.
        A "digression" leaves the state as it was: something else has to answer.
        """
        if state.stage in _OVER:
            return Outcome(state, (), state.stage)
        interview = self._interview(state.with_changes(stage="asking")).settled()
        turn = turn.as_typed()
        if state.alarm is not None:
            return self._after_alarm(interview, turn, earlier_turns)
        decision = decide(interview, turn)
        if isinstance(decision, Digression):
            return Outcome(interview.state, (), "digression")
        unread = earlier_turns[state.read :]
        outcome = self._carried_out(interview, decision, turn, unread)
        outcome = replace(outcome, state=with_words(interview, outcome.state, turn, unread, decision))
        after = interview.at(outcome.state)
        if not after.before_consent:
            outcome = with_signs(
                self._language, outcome, turn, interview.state.open_question, self._number_to_call(after)
            )
        answered = isinstance(decision, Answer) and isinstance(decision.result, Accepted)
        if isinstance(decision, Answer) and answered and decision.question in self.questionnaire and not turn.quieted:
            outcome = with_check(interview, outcome, decision.question)
        if answered and not (interview.before_consent and after.before_consent):
            return replace(outcome, state=outcome.state.with_changes(read=len(earlier_turns) + 1))
        return outcome

    def alarmed(self, state: IntakeState, kind: str, turn: Turn, *, in_form: bool) -> IntakeState:
        """Pause an intake in which `turn` raised an alarm of this kind, and keep what she answered.

        in_form: whether the open question was waiting for this message.
        """
        if state.stage not in ("asking", "paused") or state.open_question is None:
            return state
        interview, typed = self._interview(state).settled(), turn.as_typed()
        return with_words(interview, alarmed(interview, kind, typed, in_form=in_form).state, typed)

    def _carried_out(
        self, interview: Interview, decision: Answer | Command | Correction, turn: Turn, unread: Sequence[Turn]
    ) -> Outcome:
        if isinstance(decision, Command):
            return obey(interview, decision.name)
        if isinstance(decision, Correction):
            return correct(interview, decision)
        pending = interview.pending
        if pending is not None and decision.question == pending.type and isinstance(decision.result, Accepted):
            return pending.settle(interview, decision.result.value)
        if decision.question == REVIEW:
            return take_review(interview, decision)
        return take_answer(interview, decision, turn, unread)

    def _after_alarm(self, interview: Interview, turn: Turn, earlier: Sequence[Turn]) -> Outcome:
        heard = heard_after(interview, turn)
        if heard == "through":
            outcome = self.take(before_alarm(interview).changed(alarm=None).state, turn, earlier)
            return passed_on(outcome, Alarm.of(interview.state.alarm or {}))
        back = _welcome_back(before_alarm(interview))
        return come_back(interview, heard, len(earlier) + 1, self._number_to_call(interview), back)

    def _number_to_call(self, interview: Interview) -> str:
        return self._number(interview.answer_to("residence"))


def _welcome_back(interview: Interview) -> tuple[Message, ...]:
    """What is said to somebody who comes back to an open intake."""
    _, total = interview.step
    done = sum(question.id in interview.answers and interview.asks(question) for question in interview.applicable)
    said = sentences.welcome_back(interview.language, done, total, at_review=interview.at_review)
    return (Message(said),)
