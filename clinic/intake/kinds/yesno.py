"""Reads yes, no and not sure in many wordings; a consent takes no yes that anything takes back."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from clinic.intake.kinds.asserted import Said, denied_places, is_answer, leading_answer, overlaps, place_of
from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.choice import exact_match, mentions
from clinic.intake.kinds.concluding import beginning, conclusions
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import looks_like_question, normalise, strip_accents

_YES_EMOJI, _NO_EMOJI, _UNSURE_EMOJI = "👍✅✔☑👌", "👎❌✖🚫", "🤷🤔"
_LONG_NAME = 5  # letters of a wording that is found inside a sentence
_MOST_WORDS = 15  # of a message in which the mere name of the thing means yes

# A plain yes or no, whatever is asked.
YES_NO = Question(
    id="yes_or_no", label="", kind="yesno", prompt="", help="",
    choices=(Choice("yes", "Yes"), Choice("no", "No")),
)  # fmt: skip


def strict_yesno(language: Language, question: Question, text: str) -> str | None:
    """Return "yes", "no" or "not_sure" when the whole text is a plain wording of it, else None.

    A consent is refused by this reading alone. `not_sure` needs the question to offer it.
    """
    choice = exact_match(question.choices, text)
    if choice is not None:
        return choice.value
    for emoji, value in ((_YES_EMOJI, "yes"), (_NO_EMOJI, "no"), (_UNSURE_EMOJI, "not_sure")):
        stripped = re.sub(r"[\s\ufe0f\u2640\u2642\U0001f3fb-\U0001f3ff!.]", "", text)
        if stripped and all(ch in emoji for ch in stripped):
            return value if question.choice(value) else None
    norm = normalise(strip_accents(text))
    for value in ("yes", "no", "not_sure"):
        if norm in language.words[value]:
            return value if question.choice(value) else None
    return None


def _agrees(language: Language, text: str, assertions: Assertions) -> bool:
    """Tell whether a yes with more words takes nothing back: "yes of course, thank you", not "yes, but ...".

    "No problem with that" takes nothing back either. A message that nobody read for what it denies or leaves open
    agrees to nothing.
    """
    norm = normalise(strip_accents(text))
    pleased = [match.span() for match in language.patterns["no_objection"].finditer(norm)]
    left = language.patterns["no_objection"].sub(" ", norm)
    said = [Said.of(found) for found in assertions if not overlaps(*place_of(text, found), pleased)]
    plain = all(one.polarity == "present" and one.time in ("now", "past") for one in said)
    return (
        _says_yes(language, left)
        and bool(assertions)
        and plain
        and len(left.split()) <= _MOST_WORDS
        and not language.patterns["takes_back"].search(left)
    )


def _says_yes(language: Language, norm: str) -> bool:
    """Tell whether a message begins with a yes, or comes down to one: "I read it twice, so yes I agree"."""
    cues = list(language.patterns["conclusion"].finditer(norm))
    parts = [norm, *(norm[cue.end() :] for cue in cues[-1:])]
    firsts = (" ".join(part.split()[:count]) for part in parts for count in (1, 2, 3))
    return any(first in language.words["yes"] for first in firsts)


def _concluded(language: Language, question: Question, text: str) -> str | None:
    """Return what a longer message comes down to: "they said it is no cancer. so no"."""
    found = (strict_yesno(language, question, candidate) for candidate in conclusions(language, text))
    return next((value for value in found if value is not None), None)


def _meant(question: Question, text: str, norm: str, context: Context, assertions: Assertions) -> str | None:
    """Return what a message in own words answers, or None."""
    language = context.language
    final = _concluded(language, question, text)
    if final is not None or looks_like_question(text):
        return final
    plain = strict_yesno(language, question, norm)
    if plain is not None:
        return plain
    if language.patterns["not_the_patient"].match(norm):
        return "no"
    return None if _of_others_only(assertions, context) else _loose(question, text, norm, context, assertions)


def _of_others_only(assertions: Assertions, context: Context) -> bool:
    """Tell whether a message answers nothing itself and speaks of others than the patient."""
    told = [Said.of(said) for said in assertions if not is_answer(said)]
    return leading_answer(assertions) is None and bool(told) and not any(said.is_about(context) for said in told)


def _loose(question: Question, text: str, norm: str, context: Context, assertions: Assertions) -> str | None:
    language = context.language
    answered = leading_answer(assertions)
    if answered is not None:
        return answered
    if re.search(r"\byes\b", norm) and re.search(r"^no\b|\bno$|\byes and no\b", norm):
        return None
    if language.patterns["unsure"].search(norm) and question.choice("not_sure"):
        return "not_sure"
    return _led(question, text, norm, language) or _named(question, text, norm, context, assertions)


def _led(question: Question, text: str, norm: str, language: Language) -> str | None:
    """Return what the first words say."""
    first, _ = beginning(language, text)
    plain = strict_yesno(language, question, first) if first else None
    if plain is not None:
        return plain
    if language.patterns["leading_no"].match(norm):
        return "no"
    if language.patterns["leading_yes"].match(norm):
        return "yes"
    last = norm.rpartition(" ")[2]
    return last if last in ("yes", "no") else None


def _named(question: Question, text: str, norm: str, context: Context, assertions: Assertions) -> str | None:
    """Return what is said of the thing that is asked for, where it is named."""
    long = [m for m in mentions(question.choices, norm) if m.end - m.start >= _LONG_NAME]
    if long and all(m.choice.value == "no" for m in long):
        return "no"
    named = [(m.start, m.end) for m in long if m.choice.value == "yes"]
    topics = named or (_topics(question, norm) if len(norm.split()) <= _MOST_WORDS else [])
    if not topics:
        return None
    if overlaps(*topics[0], denied_places(text, assertions, context)):
        return "no"
    return "yes" if named or _all_now(assertions, context) else None


def _all_now(assertions: Assertions, context: Context) -> bool:
    """Tell whether nothing said is over, unsure or somebody else's: what is so is asked for."""
    return all(Said.of(said).when(context) == "now" for said in assertions if not is_answer(said))


def _topics(question: Question, norm: str) -> list[tuple[int, int]]:
    found = (re.search(rf"\b{re.escape(normalise(alias))}\b", norm) for alias in question.aliases)
    return [match.span() for match in found if match is not None]


class YesNoKind(Kind):
    """Yes, no or not sure."""

    is_closed: ClassVar[bool] = True
    contrasts: ClassVar[bool] = False

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read the answer to a yes/no question; a consent accepts a plain no, and a yes that nothing takes back."""
        plain = strict_yesno(context.language, question, text)
        if plain is not None:
            return Accepted(plain)
        wanted = "yes_no_unsure" if question.choice("not_sure") else "yes_no"
        refused = context.refuse(f"answer_{wanted}")
        if question.consent:
            agrees = not looks_like_question(text) and _agrees(context.language, text, assertions)
            return Accepted("yes") if agrees else refused
        norm = context.language.patterns["opening"].sub("", normalise(text))
        value = _meant(question, text, norm, context, assertions)
        if value is None and not looks_like_question(text) and _of_others_only(assertions, context):
            return context.refuse(f"about_you_{wanted}")
        return Accepted(value, exact=False) if value is not None and question.choice(value) else refused

    def tells_of_health(self, question: Question) -> bool:
        """Return True where "not sure" can be said: one is only unsure of findings."""
        return question.choice("not_sure") is not None

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return "Yes" or "No", whatever the labels say."""
        return context.say(str(value)) if value in ("yes", "no") else super().show_one(value, question, context)
