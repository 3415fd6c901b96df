"""Answers "change my ..." when no question is open."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.intake import OUTCOME_SLOT

REPLIES = {"paused": "correct_paused", "sent": "correct_sent"}


class OutsideCorrection(ClinicAction):
    """Says where a correction is possible."""

    action_name = "action_outside_correction"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Replies by the state of the intake."""
        dispatcher.utter_message(text=self._say(REPLIES.get(tracker.get_slot(OUTCOME_SLOT) or "", "correct_nothing")))
        return []
