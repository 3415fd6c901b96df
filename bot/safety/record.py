"""Records emergencies and crises at the action server after the turn, and again and again until it is done.

Rasa runs an action inside the turn, with the conversation locked: an action server that hangs would hold up the
patient's next message. This one action is therefore done outside of it. What waits is kept in memory only: a restart
loses it, but the event is in the conversation as well and travels with the request when that is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

from rasa.core.actions import action as rasa_action
from rasa.core.actions import forms as rasa_forms
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import server_access
from bot.action_call import WithoutValidations, slim_events
from bot.answer_schema import check_answer
from bot.rasa_version import is_checked

logger = logging.getLogger(__name__)

RECORD_ACTION = "action_record_safety_event"
CONTROL_SLOT = "intake_control"
OUTCOME_SLOT = "intake_outcome"
PAUSED = "paused"
MOST_WAITING = 1000
ATTEMPT_SECONDS = 10
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Record:
    """One event to be recorded: where, and the body of the call."""

    endpoint: EndpointConfig
    body: dict[str, Any]


def body_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    """The call that records the conversation's last message: kind, rule and time, and not a word of it."""
    message = tracker.latest_message or UserUttered("")
    parse = {"intent": message.intent, "safety": {"rule": (message.parse_data.get("safety") or {}).get("rule")}}
    told = {"event": "user", "timestamp": message.timestamp, "text": "", "parse_data": parse}
    return {
        "next_action": RECORD_ACTION,
        "sender_id": tracker.sender_id,
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": {CONTROL_SLOT: tracker.get_slot(CONTROL_SLOT)},
            "latest_message": {**parse, "text": "", "entities": []},
            "events": [told],
            "paused": False,
            "active_loop": {},
            "latest_action_name": None,
        },
        "domain": {},
        "version": "",
    }


class Recorder:
    """Sends what is to be recorded, in order, and holds on to what could not be sent yet."""

    def __init__(self) -> None:
        self._waiting: deque[Record] = deque(maxlen=MOST_WAITING)
        self._sending: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def keep(self, record: Record) -> None:
        """Has `record` sent soon; call it from a running loop."""
        self._waiting.append(record)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        pause = FIRST_PAUSE
        while self._waiting:
            record = self._waiting[0]
            try:
                await asyncio.wait_for(record.endpoint.request(json=record.body, method="post"), ATTEMPT_SECONDS)
            except Exception as error:
                logger.warning("Safety events wait to be recorded: %d (%s)", len(self), type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            # When more came in than are kept, it has been dropped already.
            if self._waiting and self._waiting[0] is record:
                self._waiting.popleft()


RECORDER = Recorder()


class ServerAction(RemoteAction):
    """Rasa's call of the action server; the one that records a safety event is not waited for."""

    def __init__(self, name: str, action_endpoint: EndpointConfig | None) -> None:
        """As Rasa's; the calls carry the secret that the action server asks for."""
        super().__init__(name, action_endpoint)
        if action_endpoint is not None:
            server_access.show(action_endpoint)

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        call = super()._action_call_format(tracker, WithoutValidations(domain))
        call["tracker"]["events"] = slim_events(call["tracker"]["events"])
        return call

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        if not is_checked("The check of the action server's answers"):
            return super()._validate_action_result(result)
        check_answer(result)
        return True

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """As Rasa's. An intake that was open counts as paused, as the action itself would answer."""
        if self.name() != RECORD_ACTION or self.action_endpoint is None:
            return await super().run(output_channel, nlg, tracker, domain)
        RECORDER.keep(Record(self.action_endpoint, body_of(tracker)))
        control = tracker.get_slot(CONTROL_SLOT) or {}
        return [SlotSet(OUTCOME_SLOT, PAUSED)] if control.get("intake_id") else []


def install() -> None:
    """Puts `ServerAction` in the place of Rasa's own class; Rasa offers no other way in."""
    for module in (rasa_action, rasa_forms):
        module.RemoteAction = ServerAction  # type: ignore[misc]
