"""Sends patients of a messaging app to the secure widget when the clinic takes no personal details there."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_DEACTIVATE_LOOP_NAME, ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.steps import StepPolicy, actions_since_last_message

RESPONSE = "utter_intake_link"
# What leads to a form, and so to names, dates of birth and health details.
PERSONAL = frozenset(
    {
        "start_intake", "resume_intake", "have_code",
        "check_status", "withdraw_request", "add_to_request", "copy_of_answers",
    }
)  # fmt: skip


def next_link_step(intent: str | None, intake: str | None, done: list[str], in_form: bool) -> str | None:
    """The next step of a turn that would go into a form, or None when the others decide.

    `intake` is the channel's word on it ("link", "chat" or None for a channel that says nothing), `done`
    holds the actions run since the message. A form that is still open from an earlier setting is left.
    """
    if intake != "link":
        return None
    if in_form and ACTION_DEACTIVATE_LOOP_NAME not in done:
        return ACTION_DEACTIVATE_LOOP_NAME
    if intent not in PERSONAL and ACTION_DEACTIVATE_LOOP_NAME not in done:
        return None
    return RESPONSE if RESPONSE not in done else ACTION_LISTEN_NAME


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class MessagingIntakePolicy(StepPolicy):
    """Outranks the rules that begin a form; emergencies outrank it."""

    def next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        """See `next_link_step`."""
        message = tracker.latest_message
        if message is None:
            return None
        return next_link_step(
            message.intent_name,
            (message.metadata or {}).get("intake"),
            actions_since_last_message(tracker),
            in_form=tracker.active_loop_name is not None,
        )
