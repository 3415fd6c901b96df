"""Records an emergency or a crisis for the clinic, after the patient has been answered."""

from __future__ import annotations

import logging

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.intake import OUTCOME_SLOT
from actions.services import Services
from actions.submission import rule_of
from actions.tracker import CONTROL_SLOT, SAFETY_INTENTS
from clinic.errors import StorageUnavailable
from clinic.logs import log_event
from clinic.service.intake_service import record_safety_event

logger = logging.getLogger(__name__)


class RecordSafetyEvent(ClinicAction):
    """Marks the draft and the request, if there is one; says nothing, whatever happens."""

    action_name = "action_record_safety_event"

    def __init__(self, services: Services) -> None:
        self._services = services

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Stores kind and rule; an intake that was open counts as paused."""
        kind = (tracker.latest_message.get("intent") or {}).get("name")
        if kind not in SAFETY_INTENTS:
            return []
        intake_id = (tracker.get_slot(CONTROL_SLOT) or {}).get("intake_id")
        rule = rule_of(tracker.latest_message)
        try:
            uow = self._services.unit_of_work()
            record_safety_event(uow, tracker.sender_id, kind, rule, self._services.now(), intake_id)
        except StorageUnavailable:
            # It is in the conversation too, and travels with the request when that is sent.
            log_event(logger, "safety_event_not_stored", logging.WARNING, kind=kind)
        return [SlotSet(OUTCOME_SLOT, "paused")] if intake_id else []

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]) -> list[Event]:
        """As every action, but without an apology: nothing may follow the number to call."""
        events = await super().run(dispatcher, tracker, domain)
        dispatcher.messages.clear()
        return events
