"""Plays Rasa's part of the intake: takes messages to the form's action and keeps the events, slots and all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

FORM = "intake_form"


class Conversation:
    """One conversation; `events` are those that Rasa's tracker store keeps, as JSON.

    `actions` holds every action by its name, `at` the moment of the next message, a minute before the one after it.
    """

    def __init__(self, sender: str, actions: dict[str, Any], at: datetime, events: list[dict[str, Any]] | None = None):
        self.sender, self._actions, self._at = sender, actions, at
        self.events: list[dict[str, Any]] = []
        self.slots: dict[str, Any] = {}
        self.texts: list[str] = []
        self.objects: list[dict[str, Any]] = []
        self._loop: str | None = None
        for event in events or ():
            self._take(event)
        if not events:
            self._take({"event": "action", "name": "action_session_start"})
            self._take({"event": "session_started"})
            self._take({"event": "action", "name": "action_listen"})

    def say(self, text: str, intent: str = "nlu_fallback", confidence: float = 0.3, **parsed: Any) -> None:
        """A message of the patient, and what the form makes of it."""
        data = {"text": text, "intent": {"name": intent, "confidence": confidence}, "entities": [], **parsed}
        self._at += timedelta(minutes=1)
        self.texts, self.objects = [], []
        said = {"event": "user", "text": text, "parse_data": data, "input_channel": "website"}
        self._take({**said, "metadata": {}, "message_id": f"{self.sender}-{len(self.events)}"})
        if intent in ("emergency", "crisis"):
            self._act("action_record_safety_event")
        else:
            self._fill_form()
        self._take({"event": "action", "name": "action_listen"})

    def _fill_form(self) -> None:
        self._take({"event": "action", "name": FORM})
        if self._loop is None:
            self._take({"event": "active_loop", "name": FORM})
        self._act(f"validate_{FORM}")
        requested = self.slots.get("requested_slot")
        if requested:
            self._act(f"action_ask_{FORM}_{requested}")
        else:
            self._take({"event": "active_loop", "name": None})
            self._take({"event": "action", "name": "action_submit_consultation_request"})
            self._act("action_submit_consultation_request")

    def _act(self, name: str) -> None:
        dispatcher = CollectingDispatcher()
        latest = next(event["parse_data"] for event in reversed(self.events) if event["event"] == "user")
        loop = {"name": self._loop} if self._loop else {}
        tracker = Tracker(self.sender, dict(self.slots), latest, list(self.events), False, None, loop, "action_listen")
        for event in self._actions[name].act(dispatcher, tracker):
            self._take(dict(event))
        for message in dispatcher.messages:
            self.texts.append(message.get("text") or message.get("response") or "")
            self.objects.append(message.get("custom") or {})
            self._take({"event": "bot", "text": message.get("text"), "data": {}, "metadata": {}})

    def _take(self, event: dict[str, Any]) -> None:
        event = {**event, "timestamp": event.get("timestamp") or self._at.timestamp()}
        self.events.append(event)
        if event["event"] == "slot":
            self.slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            self._loop = event["name"]
