"""Reads yes, no and not sure in many wordings; a consent takes no yes that anything takes back."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from clinic.intake.kinds.asserted import Said, denied_places, is_answer, leading_answer, overlaps
from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.choice import exact_match, mentions
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import looks_like_question, normalise, strip_accents

_YES_EMOJI, _NO_EMOJI, _UNSURE_EMOJI = "👍✅✔☑👌", "👎❌✖🚫", "🤷🤔"
_LEADING_YES = re.compile(r"^(?:yes|yeah|yep|yup|y|i do|i have|i am|she has|he has|she is|sure)\b")
_LEADING_NO = re.compile(
    r"^(?:no|nope|nah|never|none|not|i do not|i have not|i have never|i have no|i never|i am not|i did not|"
    r"she has not|he has not|she has never|"
    r"he has never|she does not|he does not|she is not|without)\b"
)
_UNSURE_IN = re.compile(
    r"\b(?:not (?:quite |really |so |completely )?(?:sure|certain)|do not know|no idea|unsure|might|maybe|"
    r"perhaps)\b"
)
# What a yes may be taken back or narrowed with.
_TAKES_BACK = re.compile(
    r"\b(?:no|not|never|dont|but|if|unless|except|until|when|once|only|first|wait|before|after|later|depends?|withdraw|"
    r"stop|maybe|perhaps|although|though|however|or)\b"
)
_LEAD = re.compile(
    r"^(?:(?:well|actually|sorry|um|uh|oh|hm+|i think|i guess|i would say|honestly|to be honest|and|but|"
    r"so) )+"
)

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

    A message that nobody read for what it denies or leaves open agrees to nothing.
    """
    words = normalise(strip_accents(text)).split()
    begins = any(" ".join(words[:count]) in language.words["yes"] for count in (1, 2, 3))
    said = [Said.of(found) for found in assertions]
    plain = all(one.polarity == "present" and one.time in ("now", "past") for one in said)
    return begins and bool(said) and plain and len(words) <= 12 and not _TAKES_BACK.search(" ".join(words))


def _loose(question: Question, text: str, norm: str, context: Context, assertions: Assertions) -> str | None:
    answered = leading_answer(assertions)
    if answered is not None:
        return answered
    if re.search(r"\byes\b", norm) and re.search(r"^no\b|\bno$|\byes and no\b", norm):
        return None
    if _UNSURE_IN.search(norm) and question.choice("not_sure"):
        return "not_sure"
    return _led(norm) or _named(question, text, norm, context, assertions)


def _led(norm: str) -> str | None:
    """Return what the first words say."""
    if _LEADING_NO.match(norm):
        return "no"
    if _LEADING_YES.match(norm):
        return "no" if re.match(r"^(?:i do|i have|i am|she has|he has) (?:not|no|never)\b", norm) else "yes"
    return None


def _named(question: Question, text: str, norm: str, context: Context, assertions: Assertions) -> str | None:
    """Return what is said of the thing that is asked for, where it is named."""
    named = [m for m in mentions(question.choices, norm) if m.end - m.start >= 5 and m.choice.value == "yes"]
    topics = [(m.start, m.end) for m in named] or (_topics(question, norm) if len(norm.split()) <= 15 else [])
    if not topics:
        return None
    if overlaps(*topics[0], denied_places(text, assertions)):
        return "no"
    # What is over or not sure is asked for, and so is what nobody said of the patient.
    told = [Said.of(said) for said in assertions if not is_answer(said)]
    return None if any(said.when(context) != "now" for said in told) and not named else "yes"


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
        wanted = "yes_no_unsure" if question.choice("not_sure") else "yes_no"
        refused = context.refuse(f"answer_{wanted}")
        if plain is not None:
            return Accepted(plain)
        if looks_like_question(text):
            return refused
        if question.consent:
            return Accepted("yes") if _agrees(context.language, text, assertions) else refused
        norm = _LEAD.sub("", normalise(text))
        if (plain := strict_yesno(context.language, question, norm)) is not None:
            return Accepted(plain, exact=False)
        told = [Said.of(said) for said in assertions if not is_answer(said)]
        if leading_answer(assertions) is None and told and not any(said.is_about(context) for said in told):
            return context.refuse(f"about_you_{wanted}")
        value = _loose(question, text, norm, context, assertions)
        return Accepted(value, exact=False) if value is not None and question.choice(value) else refused

    def tells_of_health(self, question: Question) -> bool:
        """Return True where "not sure" can be said: one is only unsure of findings."""
        return question.choice("not_sure") is not None

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return "Yes" or "No", whatever the labels say."""
        return context.say(str(value)) if value in ("yes", "no") else super().show_one(value, question, context)
