"""What of the conversation a message may lean on: the question answered last, and one of ours that waits."""

from __future__ import annotations

from dataclasses import dataclass

from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.topics.decision import FAQ, FAQ_PREFIX

# A topic is in the air for this many messages.
REACH = 3
WHICH_THERAPY = "utter_which_therapy"
# "MSC therapy", "the transplant please": an answer to it, and no new question.
_LONGEST_CHOICE = 6


@dataclass(frozen=True)
class Answered:
    """A question that was answered: its topic, its text, and the direct answer's id where one led."""

    topic: str
    question: str = ""
    answer: str | None = None


def last_answered(tracker: DialogueStateTracker | None) -> Answered | None:
    """The FAQ answer that the conversation spoke of last.

    Args:
        tracker: the conversation so far, without the message being read; None outside a conversation.

    Returns:
        None when no question was answered in the last `REACH` messages.
    """
    if tracker is None:
        return None
    messages = 0
    for event in reversed(tracker.events):
        if not isinstance(event, UserUttered):
            continue
        if event.intent.get("name") == FAQ:
            selected = event.parse_data.get("response_selector", {}).get(FAQ, {}).get("response", {})
            key = str(selected.get("intent_response_key") or "").removeprefix(FAQ_PREFIX)
            told = str(selected.get("utter_action") or "").removeprefix(f"utter_{FAQ_PREFIX}")
            answer = told.removeprefix(f"{key}.") if told.startswith(f"{key}.") else None
            return Answered(key, str(event.text or ""), answer) if key else None
        messages += 1
        if messages == REACH:
            return None
    return None


def waiting_question(tracker: DialogueStateTracker | None, text: str) -> str | None:
    """The patient's own question, to which `text` adds the therapy that it was about.

    Args:
        tracker: the conversation so far, without the message being read.
        text: the message.

    Returns:
        The question, if the assistant has just asked which therapy it was about and the message is short and no
        question itself; otherwise None.
    """
    if tracker is None or text.rstrip().endswith("?") or len(text.split()) > _LONGEST_CHOICE:
        return None
    asked = False
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted) and event.action_name == WHICH_THERAPY:
            asked = True
        if isinstance(event, UserUttered):
            return str(event.text) if asked and event.text else None
    return None
