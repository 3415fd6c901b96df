"""Completes a turn: which therapy is meant, the second of two answers, the notice at first contact, one fallback."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.faq import is_undecided
from bot.nlu.topics.conversation import WHICH_THERAPY
from bot.policies.steps import StepPolicy, actions_since_last_message

ANSWER = "utter_faq"
FALLBACK = "action_fallback"
NOTICE = "utter_first_contact"
SECOND_TOPIC = "second_topic"
# Each of these says that an automated assistant is speaking.
INTRODUCTIONS = frozenset({"utter_greet", "utter_bot_challenge", NOTICE, "intake_form"})


def next_answer_step(
    done: list[str], second_answer: str | None, introduced: bool, active_loop: str | None
) -> str | None:
    """The step that follows an FAQ answer or a fallback, or None when the rules say what comes next.

    `done` holds the actions run since the message, `second_answer` the response that answers a second
    question of the same message, `introduced` whether the patient was told that this is a machine.
    """
    if done[-1:] == [FALLBACK]:
        # Rasa predicts its fallback action again and again where no rule follows it.
        return active_loop or ACTION_LISTEN_NAME
    if done[-2:] == [FALLBACK, active_loop]:
        return ACTION_LISTEN_NAME
    if ANSWER not in done:
        return None
    return _after_answer(done[done.index(ANSWER) + 1 :], second_answer, introduced, active_loop)


def _after_answer(added: list[str], second_answer: str | None, introduced: bool, active_loop: str | None) -> str | None:
    """The step that follows an FAQ answer and what has been `added` to it since."""
    if second_answer and second_answer not in added:
        return second_answer if not added else None
    if not introduced and NOTICE not in added:
        return NOTICE if not [name for name in added if name != second_answer] else None
    if not added:
        # In a form the rules come back to the open question.
        return None if active_loop else ACTION_LISTEN_NAME
    if added[-1] in (second_answer, NOTICE):
        return active_loop or ACTION_LISTEN_NAME
    return ACTION_LISTEN_NAME if active_loop and added[-1] == active_loop else None


def asking_step(done: list[str], undecided: bool, introduced: bool) -> str | None:
    """The step of a turn that asks which therapy is meant instead of answering, or None when it is no such turn.

    `undecided` says whether the question fits both; the others are as in `next_answer_step`.
    """
    if WHICH_THERAPY in done:
        return ACTION_LISTEN_NAME if introduced or NOTICE in done else NOTICE
    return WHICH_THERAPY if undecided and not done else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class AnswerPolicy(StepPolicy):
    """Adds what an FAQ answer needs beyond the rule "question, answer"."""

    def next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        """See `asking_step` and `next_answer_step`."""
        message = tracker.latest_message
        if message is None:
            return None
        topic = next((str(e["value"]) for e in message.entities or [] if e.get("entity") == SECOND_TOPIC), None)
        response = f"{ANSWER}/{topic}" if topic else None
        introduced = any(
            isinstance(event, ActionExecuted) and event.action_name in INTRODUCTIONS for event in tracker.events
        )
        done = actions_since_last_message(tracker)
        # In a form the answer comes at once: a question of ours would stand in the way of the form's own.
        asks = tracker.active_loop_name is None and WHICH_THERAPY in domain.action_names_or_texts
        if asks and (step := asking_step(done, is_undecided(message.parse_data or {}), introduced)):
            return step
        return next_answer_step(
            done,
            response if response in domain.action_names_or_texts else None,
            introduced,
            tracker.active_loop_name,
        )
