"""Tells what is about a request sent earlier, or about beginning the intake, from an answer."""

from __future__ import annotations

import re

from clinic.domain.codes import normalise_code
from clinic.domain.reference import cut_reference
from clinic.intake.model.decisions import Answer, Command, Decision, Digression
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Parsed, Refused
from clinic.intake.model.state import REVIEW
from clinic.intake.model.text import looks_like_question, normalise
from clinic.intake.model.turn import Turn
from clinic.intake.reading.intents import HAVE_CODE, INTO_INTAKE, REQUESTS, SURE

# Words that only a message about a request or about the stored data has; a name or an address has none of them.
_ABOUT_REQUEST = re.compile(
    r"\b(?:requests?|status|reference|application|submission|withdraw\w*|erase|erasure|delete|remove|revoke|data|"
    r"news|updates?|sent|submitted)\b",
    re.IGNORECASE,
)
_ABOUT_INTAKE = re.compile(
    r"\b(?:consultation|appointment|request|intake|questionnaire|questions|form|resume|continue|start|started|begin|"
    r"book|apply|sign up)\b",
    re.IGNORECASE,
)


def about_request(
    language: Language, question: Question | None, turn: Turn, text: str, parsed: Parsed
) -> Decision | None:
    """What is about a request sent earlier, or about beginning the intake, is no answer to a question in words.

    question: the one that is open, None at the review; parsed: the message as an answer to it.
    """
    sure = turn.confidence >= SURE
    asked = question is not None and question.questions_as_answers == "always"
    if asked and (looks_like_question(text) or len(text.split()) > 6):
        return None
    named = names_request(language, REVIEW if question is None else question.id, turn, text)
    if named is not None:
        return named
    if turn.intent in REQUESTS and sure and _ABOUT_REQUEST.search(text):
        return Digression(turn.intent)
    if turn.intent in INTO_INTAKE and sure and _ABOUT_INTAKE.search(text) and not asked:
        return _underway(text, parsed)
    return None


def _underway(text: str, parsed: Parsed) -> Decision | None:
    """Who wants to begin has begun, unless something was found in the words that the question asks for."""
    nothing_else = not isinstance(parsed, Accepted) or is_all(parsed.value, text)
    return Command("underway") if nothing_else else None


def names_request(language: Language, question_id: str, turn: Turn, text: str) -> Decision | None:
    """A message that names a request is for the look-up, or gets a hint when nothing shows what is wanted."""
    rest = cut_reference(text)
    if rest is None or len(rest.split()) > 6:
        return None
    if turn.intent in REQUESTS and turn.confidence >= SURE:
        return Digression(turn.intent)
    return Answer(question_id, text, Refused(language.say("reference_hint")))


def brings_code(turn: Turn, text: str) -> bool:
    """Tell whether a message is a resume code, or says that she has one: an intake begun elsewhere is to go on."""
    if turn.intent != HAVE_CODE or turn.confidence < SURE:
        return False
    return normalise_code(text) is not None or ("code" in normalise(text).split() and len(text.split()) <= 12)


def is_all(value: object, text: str) -> bool:
    """Tell whether a value is only the message itself, nothing known having been found in it."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) and not item.get("code") for item in value)
    return isinstance(value, str) and normalise(value) == normalise(text)
