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
from clinic.intake.reading.lists import find_removal
from clinic.intake.reading.requests import about_request

_THUMBS_UP = frozenset({"👍", "✅"})


def decide_review(interview: Interview, turn: Turn, text: str) -> Decision:
    """Say what a message is while the answers are looked over."""
    return (
        _picked(interview, text)
        or _number(interview, text)
        or _command(interview, text)
        or find_removal(interview, turn)
        or find_correction(interview, text)
        or _item(interview, text)
        or about_request(interview.language, None, turn, text, Refused(""))
        or _by_intent(turn)
        or (None if looks_like_question(text) else offered(interview, turn))
        or conversation(interview, turn, text)
        or Answer(REVIEW, text, Refused(interview.say("send_change_or_pause")))
    )


def _picked(interview: Interview, text: str) -> Decision | None:
    norm = normalise(text)
    replies = interview.language.review
    picked = replies.get(norm) or replies.get(core(text)) or ("send" if {norm, text} & _THUMBS_UP else None)
    return Answer(REVIEW, text, Accepted(picked)) if picked is not None else None


def _number(interview: Interview, text: str) -> Decision | None:
    norm = normalise(text)
    if not re.fullmatch(r"#?\d{1,2}\.?", norm):
        return None
    number = int(re.sub(r"\D", "", norm))
    listed = interview.answered
    return Correction((Change(listed[number - 1]),)) if 1 <= number <= len(listed) else None


def _command(interview: Interview, text: str) -> Decision | None:
    command = find_command(interview.language, text)
    return Command(command) if command is not None and command not in ("keep", "clear", "skip") else None


def _item(interview: Interview, text: str) -> Decision | None:
    item = named_item(interview.questionnaire, text)
    applies = item is not None and interview.applies(interview.questionnaire.get(item))
    return Correction((Change(item),)) if item is not None and applies else None


def _by_intent(turn: Turn) -> Decision | None:
    found = by_intent(turn)
    return None if found == Command("skip") else found
