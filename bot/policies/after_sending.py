"""Once a request is sent, what is said about it is answered from it: the clinic's side decides what that is."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.steps import StepPolicy, actions_since_last_message, last_message

SENT_SLOT = "sent_request"
OUTCOME_SLOT, CONFIRMED = "intake_outcome", "confirmed"
ACTION = "action_after_sending"
SUBMIT = "action_submit_consultation_request"
# With one of these she may no longer want it sent, or something else comes first.
NOT_SENDING = frozenset(
    {
        "emergency", "crisis", "stop_intake", "withdraw_request", "deny", "correct_answer", "go_back",
        "human_handoff",
    }
)  # fmt: skip
FAQ = "faq"
# These have rules of their own, which find the request by themselves, or have nothing to do with it.
OTHERS = frozenset(
    {
        "check_status", "withdraw_request", "add_to_request", "copy_of_answers", "have_code", "human_handoff",
        "bot_challenge", "greet", "emergency", "crisis",
    }
)  # fmt: skip


def next_step(sent: bool, intent: str | None, topic: str | None, done: list[str], rejected: bool) -> str | None:
    """The next step of a message after sending, or None when the others decide.

    `sent` says whether the chat knows a request, `topic` is the article of a question, None where it is none that a
    patient asks of her own request, `done` holds the actions run since the message, and `rejected` whether the
    clinic's side left the message to the rules.
    """
    if done[:1] == [ACTION]:
        return ACTION_LISTEN_NAME if done == [ACTION] else None
    if not sent or done or rejected or intent in OTHERS:
        return None
    return ACTION if intent != FAQ or topic else None


def sending_again(confirmed: bool, intent: str | None, done: list[str]) -> str | None:
    """The next step where a server died between the patient's "send" and the sending; None where none did.

    `confirmed` says that she confirmed, and nothing came of it: her request is sent, unless what she writes forbids it.
    """
    if done == [SUBMIT]:
        return ACTION_LISTEN_NAME
    return SUBMIT if confirmed and not done and intent not in NOT_SENDING else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class AfterSendingPolicy(StepPolicy):
    """Outranks the rules, which know nothing of a request. Its `topics` are asked of one's own request too."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Default config: the priority, and the articles of which a question may be about one's own request."""
        return {**StepPolicy.get_default_config(), "topics": []}

    def next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        """See `next_step`."""
        message = tracker.latest_message
        done = actions_since_last_message(tracker)
        if message is None or (tracker.active_loop_name is not None and done[:1] != [ACTION]):
            return None
        again = sending_again(tracker.get_slot(OUTCOME_SLOT) == CONFIRMED, message.intent_name, done)
        if again is not None:
            return again
        events = list(tracker.events)
        rejected = any(
            isinstance(event, ActionExecutionRejected) and event.action_name == ACTION
            for event in events[last_message(events) :]
        )
        best = ((message.parse_data or {}).get("response_selector") or {}).get(FAQ) or {}
        topic = str((best.get("response") or {}).get("intent_response_key") or "").removeprefix(f"{FAQ}/")
        known = topic if topic in self.config["topics"] else None
        return next_step(bool(tracker.get_slot(SENT_SLOT)), message.intent_name, known, done, rejected)
