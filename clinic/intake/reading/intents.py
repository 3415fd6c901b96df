"""What the bot's intents mean while a question is open: conversation, a command, a correction, or only words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clinic.intake.model.commands import CommandName
from clinic.intake.model.conversation import Conversation
from clinic.intake.model.decisions import Command, Correction, Decision, Digression
from clinic.intake.model.interview import Interview
from clinic.intake.model.text import looks_like_question
from clinic.intake.model.turn import Turn

LONGEST_REQUEST_FOR_CORRECTION = 100
# What some intents mean while a question is open: a command, a correction, or words for the parsers. All others that
# something answers (data/conversation.yml) are conversation.
COMMANDS: Mapping[str, CommandName] = {
    "human_handoff": "person",
    "stop_intake": "cancel",
    "skip": "skip",
    "go_back": "back",
    "ask_why": "why",
    "resume_intake": "resume",
    "start_intake": "underway",
    "copy_of_answers": "review",
}
CORRECTIONS = frozenset({"correct_answer"})
ANSWERS = frozenset({"affirm", "deny", "inform", "nlu_fallback", "add_to_request"})
REQUESTS = frozenset({"check_status", "withdraw_request"})
HAVE_CODE = "have_code"
INTO_INTAKE = frozenset({"start_intake", "resume_intake"})
# Ways through the questions: nobody writes "let me see the prior one again" into an answer.
_WAYS = frozenset({"go_back", "ask_why", "resume_intake"})
SURE = 0.5
VERY_SURE = 0.8


def is_conversation(known: Conversation, intent: str) -> bool:
    """Tell whether something beside the intake answers this intent while a question is open."""
    return intent in known.answered and intent not in COMMANDS.keys() | CORRECTIONS | ANSWERS


def by_intent(turn: Turn) -> Decision | None:
    """Return the command or the correction that the intent of a message is."""
    if turn.confidence < SURE:
        return None
    if turn.intent in ("human_handoff", "stop_intake", "skip", "copy_of_answers"):
        return Command(COMMANDS[turn.intent])
    # Nobody asks for a correction in a hundred characters: that is an answer which does not fit.
    if turn.intent in CORRECTIONS and len(turn.text) <= LONGEST_REQUEST_FOR_CORRECTION:
        return Correction()
    return way(turn)


def way(turn: Turn) -> Decision | None:
    """A way through the questions in words that no list knows ("could we return to what you asked earlier")."""
    short = len(turn.text.split()) >= 3 and len(turn.text) <= LONGEST_REQUEST_FOR_CORRECTION
    if turn.intent in _WAYS and turn.confidence >= VERY_SURE and short and not turn.entities:
        return Command(COMMANDS[turn.intent])
    return None


def conversation(interview: Interview, turn: Turn, text: str) -> Decision | None:
    """Return Digression (or the person command) when the message is a question or plain conversation."""
    if turn.intent == "human_handoff" and turn.confidence >= SURE:
        return Command("person")
    asks = looks_like_question(text)
    if turn.intent == "faq" and (asks or max(turn.topic_confidence, turn.confidence) >= SURE):
        return Digression("faq")
    small_talk = turn.intent in interview.conversation.small_talk and not interview.language.is_chat(text)
    enough = VERY_SURE if small_talk else SURE
    answered = is_conversation(interview.conversation, turn.intent) and turn.intent != "faq"
    if answered and (asks or turn.confidence >= enough):
        return Digression(turn.intent)
    return Digression("question") if asks and turn.intent == "nlu_fallback" and _has_words(text) else None


def _has_words(text: str) -> bool:
    """Tell whether a text has two words, and letters in one of them."""
    return bool(re.search(r"[^\W\d_]{2,}", text)) and len(text.split()) >= 2
