"""Answers "change my ..." when no question is open."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.intake import OUTCOME_SLOT
from actions.lookup import ADD, FORM, SetLookup
from actions.services import Services
from actions.tracker import latest_turn

REPLIES = {"paused": "correct_paused", "sent": "correct_sent"}
_ABOUT_REQUEST = re.compile(r"\b(?:my|the|a) (?:request|application|form)\b", re.IGNORECASE)


class OutsideCorrection(ClinicAction):
    """Says where a correction is possible; what names a request that was sent is added to it, once that is found."""

    action_name = "action_outside_correction"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._addition = SetLookup(services, "action_set_addition_lookup", ADD)

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Replies by the state of the intake, or has the request looked up."""
        outcome = tracker.get_slot(OUTCOME_SLOT) or ""
        if outcome != "paused" and _ABOUT_REQUEST.search(latest_turn(tracker).text):
            return [*self._addition.act(dispatcher, tracker), FollowupAction(FORM)]
        said = self._say(REPLIES.get(outcome, "correct_nothing"))
        dispatcher.utter_message(text=f"{said} {self._say('correct_ways')}")
        return []
