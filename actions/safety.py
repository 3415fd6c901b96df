"""After an emergency or a crisis: the record for the clinic, the answer that is kept, and a word outside the intake."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.alarm import (
    ASKED,
    RESPONSES,
    alarmed_state,
    kind_of,
    last_alarm,
    note_for_clinic,
    rule_of,
)
from actions.base import ClinicAction, Event
from actions.intake import OUTCOME_SLOT, answer_events, keep_draft
from actions.services import Services
from actions.tracker import CONTROL_SLOT, intake_state
from clinic.intake import wordings
from clinic.intake.alarm import words_after


class RecordSafetyEvent(ClinicAction):
    """Keeps the answer that raised the alarm, and marks draft and request; says nothing, whatever happens."""

    action_name = "action_record_safety_event"

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ids = [question.id for question in services.questionnaire.questions]

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Stores kind and rule; an intake that was open counts as paused."""
        kind = kind_of(tracker.latest_message)
        if kind is None:
            return []
        services = self._services
        state = intake_state(tracker, self._ids)
        intake_id = state.intake_id if state is not None else None
        note_for_clinic(services, tracker, kind, rule_of(tracker.latest_message), services.now(), intake_id)
        index = last_alarm(tracker.events)
        if state is None or index is None:
            return []
        kept = alarmed_state(services, state, tracker, index)
        if kept.alarm is None:
            return []
        keep_draft(services, tracker, kept)
        return [
            *answer_events(tracker, self._ids, kept.answers),
            SlotSet(CONTROL_SLOT, kept.control()),
            SlotSet(OUTCOME_SLOT, "paused"),
        ]

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]) -> list[Event]:
        """As every action, but without an apology: nothing may follow the number to call."""
        events = await super().run(dispatcher, tracker, domain)
        dispatcher.messages.clear()
        return events


class AfterAlarm(ClinicAction):
    """Answers what follows an alarm while no intake is begun."""

    action_name = "action_after_alarm"

    def __init__(self, services: Services) -> None:
        self._services = services

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Says a warm line; the safety text again for somebody who says that it is happening."""
        index = last_alarm(tracker.events)
        kind = kind_of(tracker.events[index].get("parse_data") or {}) if index is not None else None
        kind = kind or "emergency"
        said = words_after(kind, tracker.latest_message.get("text") or "")
        services = self._services
        if said == "now":
            dispatcher.utter_message(response=RESPONSES[kind])
            note_for_clinic(services, tracker, kind, ASKED, services.now(), None)
            return []
        number = services.number_to_call(tracker.get_slot("country"))
        dispatcher.utter_message(text=wordings.after_alarm_outside(kind, number, well=said == "well"))
        return []
