"""The base of every action: a failure becomes an apology and a log line, never silence."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.services import Services
from clinic.logs import log_event

logger = logging.getLogger(__name__)

Event = dict[str, Any]


class ClinicAction:
    """An action whose subclasses implement `act` and may raise.

    Not the SDK's `Action`: it makes every subclass of that by itself, without arguments (actions/development.py).
    """

    action_name: str

    def __init__(self, services: Services) -> None:
        self._services = services

    def _say(self, key: str, **values: object) -> str:
        """A sentence in the language of the chat."""
        return self._services.language.say(key, **values)

    def name(self) -> str:
        """Name under which Rasa calls the action."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        """Runs `act`; when it fails, says so with a code that the log has too."""
        try:
            # In a thread: a slow database must not hold up the other patients.
            return await asyncio.to_thread(self.act, dispatcher, tracker)
        except ActionExecutionRejection:
            # Not a failure: the message is for something else to answer.
            raise
        except Exception as error:
            code = uuid.uuid4().hex[:8]
            # Only the kind of failure and its place: the message of an exception may quote the patient.
            log_event(
                logger,
                "action_failed",
                logging.ERROR,
                action=self.action_name,
                error_id=code,
                error=_describe(error),
            )
            dispatcher.messages.clear()
            dispatcher.utter_message(text=self._say("apology", code=code))
            return self.after_failure(tracker)

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Does the action's work and returns Rasa events."""
        raise NotImplementedError

    def after_failure(self, tracker: Tracker) -> list[Event]:
        """The events that keep the conversation going after a failure."""
        return []


def _describe(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
    return f"{type(error).__name__} at {place}"
