"""Records an emergency or a crisis for the clinic, after the patient has been answered."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.alarm import ASKED, RESPONSES, kind_of, last_alarm, note_for_clinic, rule_of
from actions.base import ClinicAction, Event
from actions.intake import OUTCOME_SLOT
from actions.tracker import CONTROL_SLOT
from clinic.errors import StorageUnavailable
from clinic.intake.reading.after_alarm import words_after
from clinic.intake.saying import sentences
from clinic.logs import log_event
from clinic.service.submission import record_safety_event

logger = logging.getLogger(__name__)


class RecordSafetyEvent(ClinicAction):
    """Marks the draft and the request, if there is one; says nothing, whatever happens.

    The bot calls it after the turn (bot/safety/record.py), and again later when the answer is a refusal.
    """

    action_name = "action_record_safety_event"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Stores kind and rule; an intake that was open counts as paused."""
        kind = kind_of(tracker.latest_message)
        if kind is None:
            return []
        intake_id = (tracker.get_slot(CONTROL_SLOT) or {}).get("intake_id")
        rule = rule_of(tracker.latest_message)
        try:
            uow = self._services.unit_of_work()
            record_safety_event(uow, tracker.sender_id, kind, rule, self._time_of(tracker), intake_id)
        except StorageUnavailable:
            # It is in the conversation too, and travels with the request when that is sent.
            log_event(logger, "safety_event_not_stored", logging.WARNING, kind=kind)
            raise
        return [SlotSet(OUTCOME_SLOT, "paused")] if intake_id else []

    def _time_of(self, tracker: Tracker) -> datetime:
        """When the patient wrote it: a second report of the same event must have the same time."""
        told = [event for event in tracker.events if event.get("event") == "user" and event.get("timestamp")]
        return datetime.fromtimestamp(float(told[-1]["timestamp"]), UTC) if told else self._services.now()

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]) -> list[Event]:
        """As every action, but without an apology (nothing may follow the number to call): it refuses instead."""
        events = await super().run(dispatcher, tracker, domain)
        if dispatcher.messages:
            dispatcher.messages.clear()
            raise ActionExecutionRejection(self.action_name, "the safety event was not recorded")
        return events


class AfterAlarm(ClinicAction):
    """Answers what follows an alarm while no intake is begun."""

    action_name = "action_after_alarm"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Says a warm line; the safety text again for somebody who says that it is happening."""
        index = last_alarm(tracker.events)
        kind = kind_of(tracker.events[index].get("parse_data") or {}) if index is not None else None
        kind = kind or "emergency"
        services = self._services
        said = words_after(services.language, kind, tracker.latest_message.get("text") or "")
        if said == "now":
            dispatcher.utter_message(response=RESPONSES[kind])
            note_for_clinic(services, tracker, kind, ASKED, services.now(), None)
            return []
        number = services.number_to_call(tracker.get_slot(services.questionnaire.with_role("residence").id))
        dispatcher.utter_message(
            text=sentences.after_alarm_outside(services.language, kind, number, well=said == "well")
        )
        return []
