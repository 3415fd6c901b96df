"""Answers "change my ..." when no question is open."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.intake import OUTCOME_SLOT
from actions.services import Services

REPLIES = {
    "paused": 'Your intake is paused. Say "resume", and then tell me what to change: you can correct any answer.',
    "sent": (
        "Your request has been sent, so I cannot change it here. Tell the person who contacts you, or say "
        '"withdraw my request" and send a new one.'
    ),
}
NOTHING = (
    "There is nothing to correct yet: I have not taken any details. If I misunderstood a question of yours, "
    "please put it in other words."
)


class OutsideCorrection(ClinicAction):
    """Says where a correction is possible."""

    action_name = "action_outside_correction"

    def __init__(self, services: Services) -> None:
        self._services = services

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Replies by the state of the intake."""
        dispatcher.utter_message(text=REPLIES.get(tracker.get_slot(OUTCOME_SLOT) or "", NOTHING))
        return []
