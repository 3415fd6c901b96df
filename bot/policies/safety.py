"""Answers an emergency or a crisis before anything else, in any state of the chat, and leaves the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.policies.policy import Policy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_DEACTIVATE_LOOP_NAME, ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.steps import StepPolicy, actions_since_last_message, control_before_message
from bot.safety import record

RESPONSES = {"emergency": "utter_emergency", "crisis": "utter_crisis"}
RECORD_ACTION = record.RECORD_ACTION


def is_told_again(text: str | None, control: Mapping[str, Any] | None) -> bool:
    """Whether a message repeats, word for word, the answer that raised an alarm and is asked for once more.

    `control` is the intake's state: the patient has said meanwhile that it is not happening now, and the same question
    is open.
    """
    if not text or not control or control.get("alarm") or control.get("pending") or control.get("stage") != "asking":
        return False
    return control.get("told") == text and control.get("open_question") in (control.get("unconfirmed") or [])


def next_safety_step(intent: str | None, done: list[str], in_form: bool) -> str | None:
    """The next step of a safety turn, or None when the message is no emergency.

    `done` holds the actions run since the message. The reply comes first and needs no other process;
    only then is the form left and the event handed on to be recorded.
    """
    reply = RESPONSES.get(intent or "")
    if reply is None:
        return None
    if reply not in done:
        return reply
    if in_form and ACTION_DEACTIVATE_LOOP_NAME not in done:
        return ACTION_DEACTIVATE_LOOP_NAME
    if RECORD_ACTION not in done:
        return RECORD_ACTION
    return ACTION_LISTEN_NAME


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class SafetyPolicy(StepPolicy):
    """Outranks forms and rules, so that not even a failing action server delays the number to call."""

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Policy:
        """Loads the policy, and sees to it that no turn waits for the recording that it asks for."""
        record.install()
        return super().load(config, model_storage, resource, execution_context, **kwargs)

    def next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        """See `next_safety_step`."""
        if tracker.latest_message is None:
            return None
        if is_told_again(tracker.latest_message.text, control_before_message(list(tracker.events))):
            return None
        return next_safety_step(
            tracker.latest_message.intent_name,
            actions_since_last_message(tracker),
            in_form=tracker.active_loop_name is not None,
        )
