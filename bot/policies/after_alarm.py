"""After an alarm any message leads back to the intake that it interrupted; outside one it gets a warm line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importers.intake import CONTROL_SLOT, INTAKE_FORM
from bot.nlu.topics.flags import is_statement
from bot.policies.safety import RESPONSES as ALARMS
from bot.policies.steps import StepPolicy, last_message

FINISH = "action_submit_consultation_request"
AFTER_ALARM = "action_after_alarm"
FAQ = "faq"
# Wishes that have an answer of their own, also right after an alarm.
ANSWERED = frozenset(
    {
        "faq", "human_handoff", "check_status", "withdraw_request", "add_to_request", "copy_of_answers", "have_code",
        "continue_elsewhere", "medical_advice", "bot_challenge", "start_intake",
    }
)  # fmt: skip


def intake_waits(control: Mapping[str, Any] | None, unseen: bool) -> bool:
    """Whether an alarm interrupted an intake that is still open.

    `control` is the intake's state, `unseen` whether the alarm came after the action server last wrote it.
    """
    if not control or control.get("stage") not in ("asking", "paused") or not control.get("open_question"):
        return False
    return unseen or bool(control.get("alarm"))


def next_step(done: list[str], rejected: bool, in_form: bool, waits: bool) -> str | None:
    """The next step of a turn that leads back to the intake, or None when the others decide.

    `done` holds the actions run since the message, `rejected` whether the intake left the message to the rules,
    `in_form` whether the form is open, `waits` whether the intake waited for this message after an alarm.
    """
    if rejected or not waits:
        return None
    if not done:
        return None if in_form else INTAKE_FORM
    if done[-1] == INTAKE_FORM:
        return ACTION_LISTEN_NAME if in_form else FINISH
    return ACTION_LISTEN_NAME


def next_step_outside(intent: str | None, done: list[str], after_alarm: bool, text: str = "") -> str | None:
    """The next step of a message right after an alarm while no intake is open, or None.

    Right after one, a statement tells how she is ("no im safe"), whatever article it may sound like.
    """
    answered = intent in ANSWERED and not (intent == FAQ and is_statement(text))
    if not after_alarm or answered or intent in ALARMS:
        return None
    return AFTER_ALARM if AFTER_ALARM not in done else ACTION_LISTEN_NAME


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class AfterAlarmPolicy(StepPolicy):
    """Outranks the rules, which would greet, say goodbye or offer an intake that is begun already."""

    def next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        """See `next_step` and `next_step_outside`."""
        message = tracker.latest_message
        if message is None or message.intent_name in ALARMS:
            return None
        if (message.metadata or {}).get("intake") == "link":
            return None
        # Not the applied ones: those leave out what was said to a form.
        events = list(tracker.events)
        start = last_message(events)
        before, since = events[:start], events[start:]
        done = _actions(since)
        in_form = tracker.active_loop_name is not None
        was_open = in_form and not any(isinstance(event, ActiveLoop) for event in since)
        if not was_open and intake_waits(*_control(before)):
            rejected = any(isinstance(event, ActionExecutionRejected) for event in since)
            return next_step(done, rejected, in_form, waits=True)
        if in_form:
            return None
        return next_step_outside(message.intent_name, done, _follows_alarm(before), message.text or "")


def _actions(events: list[Event]) -> list[str]:
    """The names of the actions among the events, without the waiting for a message."""
    names = [event.action_name for event in events if isinstance(event, ActionExecuted)]
    return [name for name in names if name and name != ACTION_LISTEN_NAME]


def _control(events: list[Event]) -> tuple[Mapping[str, Any] | None, bool]:
    """The intake's state before the message, and whether an alarm has come since it was written."""
    unseen = False
    for event in reversed(events):
        if isinstance(event, UserUttered) and event.intent_name in ALARMS:
            unseen = True
        if isinstance(event, SlotSet) and event.key == CONTROL_SLOT:
            return event.value, unseen
    return None, unseen


def _follows_alarm(events: list[Event]) -> bool:
    """Whether the message before was an alarm, or was itself answered as what follows one."""
    answered = False
    for event in reversed(events):
        if isinstance(event, ActionExecuted) and event.action_name == AFTER_ALARM:
            answered = True
        if isinstance(event, UserUttered):
            if event.intent_name in ALARMS:
                return True
            if not answered:
                return False
            answered = False
    return False
