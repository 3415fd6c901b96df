"""Gives the code of an intake, and takes an intake on that has one."""

from __future__ import annotations

from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.drafts import born, code_message, code_of, drop_draft, store_draft
from actions.intake import FORM, OUTCOME_SLOT, OVER, answer_events, moved_events
from actions.services import Services
from actions.tracker import CONTROL_SLOT, SENT_SLOT, channel_of, earlier_turns, intake_state
from clinic.errors import IntakeMoved
from clinic.intake.model.state import IntakeState
from clinic.intake.stored import restored
from clinic.service.continuity import take_over


class GiveCode(ClinicAction):
    """Says the code of the intake of this chat, or what is missing for one."""

    action_name = "action_resume_code"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._ids = [question.id for question in services.questionnaire.questions]

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Stores the answers first: a code for what is not stored would open nothing."""
        services, state = self._services, intake_state(tracker, self._ids)
        if state is None or state.stage in OVER or not state.answers:
            sent = tracker.get_slot(SENT_SLOT)
            said = self._say("code_sent", reference=sent["reference"]) if sent else self._say("code_nothing")
            dispatcher.utter_message(text=said)
            return []
        if not born(services, state):
            dispatcher.utter_message(text=self._say("code_later"))
            return [SlotSet(CONTROL_SLOT, state.with_changes(wants_code=True).control())]
        try:
            code = code_of(services, state) if store_draft(services, tracker, state) else None
        except IntakeMoved:
            dispatcher.utter_message(text=self._say("moved"))
            return moved_events(services, tracker, self._ids)
        if code is None:
            dispatcher.utter_message(text=self._say("code_unreachable"))
        else:
            dispatcher.utter_message(**code_message(services, code))
        return []


def take_on(
    services: Services, dispatcher: CollectingDispatcher, tracker: Tracker, code: str, born_on: date
) -> list[Event]:
    """Has the intake of a code go on in this chat; one and the same text for a wrong code and a wrong date.

    Raises TooManyAttempts and StorageUnavailable, and then nothing has changed.
    """
    say, ids = services.language.say, [question.id for question in services.questionnaire.questions]
    here = intake_state(tracker, ids)
    draft = take_over(
        services.unit_of_work(), services.clinic.limiter, code, born_on, tracker.sender_id, channel_of(tracker),
        services.now(),
    )  # fmt: skip
    if draft is None:
        dispatcher.utter_message(text=say("code_not_found"))
        return []
    state = restored(draft.state.get("answers") or {}, draft.state.get("control") or {})
    # What was typed here so far asked for the code: it is no answer, whoever reads it for facts.
    state = state.with_changes(read=len(earlier_turns(tracker)) + 1, stage="paused", alarm=None)
    dispatcher.utter_message(text=say("code_taken"))
    if here is not None and here.intake_id != state.intake_id and here.stage not in OVER and here.answers:
        _leave(services, dispatcher, here)
    return [
        *answer_events(tracker, ids, state.answers),
        SlotSet(CONTROL_SLOT, state.control()),
        SlotSet(OUTCOME_SLOT, "paused"),
        FollowupAction(FORM),
    ]


def _leave(services: Services, dispatcher: CollectingDispatcher, here: IntakeState) -> None:
    """Says under which code the answers wait that were given in this chat before; what has none is deleted."""
    code = code_of(services, here)
    if code is None:
        drop_draft(services, here)
    else:
        dispatcher.utter_message(text=services.language.say("code_other_kept", code=code))
