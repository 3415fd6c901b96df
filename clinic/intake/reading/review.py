"""Reads what is said at the review: send, change, pause, a correction, a command, or conversation."""

from __future__ import annotations

import re

from clinic.intake.kinds.choice import core
from clinic.intake.model.decisions import Answer, Change, Command, Correction, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.result import Accepted, Refused
from clinic.intake.model.state import REVIEW
from clinic.intake.model.text import looks_like_question, normalise
from clinic.intake.model.turn import Turn
from clinic.intake.reading.commands import find_command
from clinic.intake.reading.corrections import find_correction, named_item
from clinic.intake.reading.facts import offered
from clinic.intake.reading.intents import by_intent, conversation
from clinic.intake.reading.requests import about_request

_THUMBS_UP = frozenset({"👍", "✅"})
_WORDS = {
    "send": "send|yes|y|confirm|everything ok|everything okay|everything fine|everything is ok|everything "
        "is fine|its ok|all ok|confirmed|submit|ok|okay|send it|submit it|looks good|it looks good|all "
        "good|correct|all correct|that is correct|that is right|"
    "everything is correct|everything is right|right|yes send|yes send it|yes please|yes confirm|all right|"
    "alright|fine|perfect|good|great|done|finish|sure|"
    "i confirm|yes it is correct|yes that is correct|yes all correct|yes everything is correct|try again|"
    "si|go ahead|yes correct|send now|send my request|"
    "send the request|yes submit|please send|please send it|that looks right|looks right|looks fine|"
    "nothing to change|no changes|no change|all is correct|all is well",
    "change": "no|n|change something|change|edit|not correct|it is not correct|not right|something is "
        "wrong|make a change|no it is wrong|no change it|wrong|nope|"
    "i want to change something|change an answer|that is not right|no it is not|not all correct",
    "pause": "pause|not yet|wait|later|save|not now|save it|wait a moment|keep it for later",
}  # fmt: skip
_REPLIES = {word: value for value, words in _WORDS.items() for word in words.split("|")}


def decide_review(interview: Interview, turn: Turn, text: str) -> Decision:
    """Say what a message is while the answers are looked over."""
    return (
        _picked(text)
        or _number(interview, text)
        or _command(text)
        or find_correction(interview, text)
        or _item(interview, text)
        or about_request(interview.language, None, turn, text, Refused(""))
        or _by_intent(turn)
        or (None if looks_like_question(text) else offered(interview, turn))
        or conversation(turn, text)
        or Answer(REVIEW, text, Refused(interview.say("send_change_or_pause")))
    )


def _picked(text: str) -> Decision | None:
    norm = normalise(text)
    picked = _REPLIES.get(norm) or _REPLIES.get(core(text)) or ("send" if {norm, text} & _THUMBS_UP else None)
    return Answer(REVIEW, text, Accepted(picked)) if picked is not None else None


def _number(interview: Interview, text: str) -> Decision | None:
    norm = normalise(text)
    if not re.fullmatch(r"#?\d{1,2}\.?", norm):
        return None
    number = int(re.sub(r"\D", "", norm))
    listed = interview.answered
    return Correction((Change(listed[number - 1]),)) if 1 <= number <= len(listed) else None


def _command(text: str) -> Decision | None:
    command = find_command(text)
    return Command(command) if command is not None and command not in ("keep", "clear", "skip") else None


def _item(interview: Interview, text: str) -> Decision | None:
    item = named_item(interview.questionnaire, text)
    applies = item is not None and interview.applies(interview.questionnaire.get(item))
    return Correction((Change(item),)) if item is not None and applies else None


def _by_intent(turn: Turn) -> Decision | None:
    found = by_intent(turn)
    return None if found == Command("skip") else found
