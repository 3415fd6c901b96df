"""The intake form's two actions: one that takes what the patient says, one that asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.alarm import ASKED, RESPONSES, alarmed_state, note_for_clinic, unseen_alarm
from actions.base import ClinicAction, Event
from actions.drafts import born, code_message, code_of, drop_draft, keep_draft
from actions.services import Services
from actions.tracker import (
    CONTROL_SLOT,
    INTAKE_FORM,
    earlier_turns,
    intake_state,
    is_first_action,
    latest_turn,
)
from clinic.errors import IntakeMoved
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.state import IntakeState

FORM = INTAKE_FORM
REVIEW = "review"
OUTCOME_SLOT = "intake_outcome"
REQUESTED = "requested_slot"
# After these the next "start" begins a new intake instead of resuming the old one.
OVER = frozenset({"sent", "cancelled", "declined"})


def say(dispatcher: CollectingDispatcher, messages: tuple[Message, ...]) -> None:
    """Utters `messages` in order, each with its buttons and its wire-contract object."""
    for message in messages:
        dispatcher.utter_message(
            text=message.text,
            json_message=message.custom,
            buttons=[{"title": button.title, "payload": button.payload} for button in message.buttons] or None,
        )


def answer_events(tracker: Tracker, ids: Iterable[str], answers: Mapping[str, Any]) -> list[Event]:
    """The events that bring the slots of the questions `ids` to these answers."""
    return [
        SlotSet(question, answers.get(question))
        for question in ids
        if tracker.get_slot(question) != answers.get(question)
    ]


def moved_events(services: Services, tracker: Tracker, ids: Iterable[str]) -> list[Event]:
    """The events that end an intake here which goes on in another conversation; its answers are there."""
    # Stays known to the conversation: an emergency later on must show the right numbers.
    residence = services.questionnaire.with_role("residence").id
    return [
        *answer_events(tracker, [question for question in ids if question != residence], {}),
        SlotSet(CONTROL_SLOT, None),
        SlotSet(OUTCOME_SLOT, "moved"),
        SlotSet(REQUESTED, None),
    ]


class ValidateIntakeForm(ClinicAction):
    """Takes one turn of the intake: the decisions are the engine's, this only carries them over."""

    action_name = f"validate_{FORM}"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._ids = [question.id for question in services.questionnaire.questions]

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Begins, resumes or goes on; no events at all mean "not for the form", and Rasa's rules answer."""
        requested = tracker.get_slot(REQUESTED)
        if requested and not is_first_action(tracker):
            # Back from a digression: the same question comes again.
            return [SlotSet(REQUESTED, requested)]
        before = intake_state(tracker, self._ids)
        state = self._with_unseen_alarm(tracker, before)
        if state is not None and (requested or state.alarm):
            outcome = self._services.engine.take(state, latest_turn(tracker), earlier_turns(tracker))
        else:
            turns = (*earlier_turns(tracker), latest_turn(tracker))
            outcome = self._services.engine.begin(state, turns)
        if outcome.status == "digression":
            if not requested:
                # The form is not open: Rasa would open it and ask. This leaves the message to the rules.
                raise ActionExecutionRejection(self.action_name, "not for the intake")
            return []
        try:
            if outcome.status in OVER:
                drop_draft(self._services, outcome.state)
            else:
                keep_draft(self._services, tracker, before, outcome.state)
        except IntakeMoved:
            dispatcher.utter_message(text=self._say("moved"))
            return moved_events(self._services, tracker, self._ids)
        say(dispatcher, outcome.messages)
        if outcome.status == "alarm":
            self._alarm_again(dispatcher, tracker, outcome.state)
        if outcome.status == "handoff":
            dispatcher.utter_message(response="utter_human_handoff")
        return self._events(tracker, self._with_code(dispatcher, outcome))

    def after_failure(self, tracker: Tracker) -> list[Event]:
        """Keeps the open question open; without a slot event Rasa would take the turn for a digression."""
        return [
            SlotSet(CONTROL_SLOT, tracker.get_slot(CONTROL_SLOT)),
            SlotSet(REQUESTED, tracker.get_slot(REQUESTED)),
        ]

    def _with_unseen_alarm(self, tracker: Tracker, state: IntakeState | None) -> IntakeState | None:
        """The state with an alarm that came since it was written: the bot answers those without this server."""
        index = unseen_alarm(tracker.events)
        if state is None or index is None:
            return state
        return alarmed_state(self._services, state, tracker, index)

    def _with_code(self, dispatcher: CollectingDispatcher, outcome: Outcome) -> Outcome:
        """Says the code to who pauses, or asked for it before there could be one; then it is not owed any more."""
        state = outcome.state
        known = born(self._services, state) is not None
        owed = state.wants_code and known and outcome.status == "asking"
        if not state.answers or not (owed or outcome.status == "paused"):
            return outcome
        code = code_of(self._services, state) if known else None
        if code is not None:
            dispatcher.utter_message(**code_message(self._services, code))
        elif outcome.status == "paused":
            dispatcher.utter_message(text=self._say("paused_here"))
        return replace(outcome, state=state.with_changes(wants_code=code is None and state.wants_code))

    def _alarm_again(self, dispatcher: CollectingDispatcher, tracker: Tracker, state: IntakeState) -> None:
        kind = str((state.alarm or {}).get("kind"))
        dispatcher.utter_message(response=RESPONSES[kind])
        note_for_clinic(self._services, tracker, kind, ASKED, self._services.now(), state.intake_id)

    def _events(self, tracker: Tracker, outcome: Outcome) -> list[Event]:
        state = outcome.state
        answers: dict[str, Any] = {} if outcome.status in OVER else dict(state.answers)
        # Who asks for a person is shown the contact, and may go on with the question.
        asking = outcome.status in ("asking", "handoff")
        return [
            *answer_events(tracker, self._ids, answers),
            SlotSet(CONTROL_SLOT, state.control()),
            SlotSet(OUTCOME_SLOT, None if asking else "paused" if outcome.status == "alarm" else outcome.status),
            SlotSet(REQUESTED, state.open_question if asking else None),
        ]


class AskQuestion(ClinicAction):
    """Asks one question of the questionnaire, or shows the review."""

    def __init__(self, services: Services, question_id: str) -> None:
        super().__init__(services)
        self.action_name = f"action_ask_{FORM}_{question_id}"
        self._ids = [question.id for question in services.questionnaire.questions]

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Says the prompt of the question that is open."""
        state = intake_state(tracker, self._ids)
        if state is not None:
            say(dispatcher, self._services.engine.prompt(state))
        return []


def ask_actions(services: Services) -> list[AskQuestion]:
    """One ask action a question, and one for the review."""
    ids = [*(question.id for question in services.questionnaire.questions), REVIEW]
    return [AskQuestion(services, question_id) for question_id in ids]
