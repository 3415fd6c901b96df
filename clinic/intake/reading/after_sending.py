"""Reads what a patient writes once her request is sent: what she wants with it, or nothing of that kind."""

from __future__ import annotations

import re
from typing import Literal

from clinic.intake.model.language import Language
from clinic.intake.model.text import looks_like_question, normalise
from clinic.intake.model.turn import Turn
from clinic.intake.reading.commands import find_command
from clinic.intake.reading.intents import INTO_INTAKE, SURE

Wish = Literal["next", "files", "copy", "add", "ask_addition", "leave_addition", "again"]

_NEXT = re.compile(
    r"\b(?:whats?|what is) (?:now|next)\b|\bwhat (?:now|next)\b"
    r"|\bwhat (?:happens|will happen|comes|do i do|should i do|am i supposed to do)\b"
    r"|\bwhen (?:will|do|does|can|should|are|is)\b.*\b(?:hear|contact\w*|call\w*|phone|reply|answer|write|get back)\b"
    r"|\bhow (?:long|soon|fast)\b.*\b(?:hear|contact\w*|call\w*|reply|answer|wait|get back|write|review|read)\b"
    r"|\bdo i (?:have|need) to (?:do anything|wait)\b"
)
_FILES = re.compile(
    r"\b(?:send|upload|attach|give|e ?mail|share|post|forward|submit|transfer)\b.*"
    r"\b(?:mri|scans?|x ?rays?|labs?|results?|records?|reports?|images?|imaging|photos?|pictures?|documents?|files?|"
    r"papers?|letters?|biops\w+|bloods?|blood tests?|ct|ultrasound|pdf)\b"
)
_COPY = re.compile(
    r"\b(?:copy|print\w*|download\w*)\b.*\b(?:answers?|request|form|sent)\b"
    r"|\bwhat (?:did|have) i (?:send|sent|tell|told|answer\w*|write|wrote|written|say|said)\b"
    r"|\b(?:show|see|read)\b.*\b(?:i sent|my answers|my request)\b"
)
_ANOTHER = re.compile(r"\b(?:another|new|second|different|next)\b|\bsome(?:one|body) else\b")
_LEAD = re.compile(
    r"^(?:(?:oh|ah|sorry|wait|also|and|but|ps|by the way|btw|actually|hi|hello|ok|okay|well) )*"
    r"(?:i (?:also |just |completely |totally )?forgot\b|forgot\b|i should have\b|"
    r"i (?:did not|have not|never) (?:mention|say|said|tell|told|write|put)\w*\b|"
    r"(?:please |can you |could you |can i |i (?:want|need|would like) to )*add\b|"
    r"one (?:more|other|last) thing\b|i (?:just )?remembered\b|something (?:else|more|i forgot)\b|i also\b)"
)
# Words of a wish to add something that do not say what.
_EMPTY = frozenset(
    "i to say also something a an my the want need would like change correct add request tell mention please can you "
    "is it in wrong mistake forgot forget one more thing oh sorry and that this answer answers sent form detail "
    "details information me clinic write put have there was made another still what update just not did be of on for "
    "error note phone number email mail e name address birthday birth date country medicine medicines medication "
    "medications symptoms allergies allergy".split()
)
_SENDS = frozenset({"send", "submit", "send it", "submit it", "send again", "send it again", "send my request"})
_LONGEST_QUESTION = 25


def read_wish(language: Language, turn: Turn, *, adding: bool, open_intake: bool) -> Wish | None:
    """Return what the patient wants with the request that she sent, or None where her message is about something else.

    adding: she was asked what to add. open_intake: another intake is under way, so that going on means that one.
    """
    text = normalise(turn.text)
    if adding and (language.means("nothing", text) or find_command(language, turn.text) in ("cancel", "skip", "back")):
        return "leave_addition"
    asked = _asked(text)
    if asked is not None:
        return asked
    if adding and not (looks_like_question(turn.text) and turn.intent == "faq"):
        return "add"
    if not open_intake and _begins(turn, text):
        return None if _for_another(turn, text) else "again"
    return _addition(turn, text)


_PATTERNS: tuple[tuple[Wish, re.Pattern[str]], ...] = (("files", _FILES), ("copy", _COPY), ("next", _NEXT))


def _asked(text: str) -> Wish | None:
    if len(text.split()) > _LONGEST_QUESTION:
        return None
    return next((wish for wish, pattern in _PATTERNS if pattern.search(text)), None)


def _begins(turn: Turn, text: str) -> bool:
    return text in _SENDS or (turn.intent in INTO_INTAKE and turn.confidence >= SURE)


def _for_another(turn: Turn, text: str) -> bool:
    named = any(entity.get("entity") == "relationship" for entity in turn.entities)
    return named or _ANOTHER.search(text) is not None


def _addition(turn: Turn, text: str) -> Wish | None:
    told = (
        turn.intent in ("correct_answer", "inform") and turn.confidence >= SURE and not looks_like_question(turn.text)
    )
    if not told and not _LEAD.match(text):
        return None
    return "add" if says_something(turn) else "ask_addition"


def says_something(turn: Turn) -> bool:
    """Tell whether a wish to add something already says what ("I forgot to say I also take prednisone")."""
    return bool(turn.entities) or any(word not in _EMPTY for word in normalise(turn.text).split())
