"""Reads yes, no and not sure in many wordings; a consent takes only a plain yes or no."""

from __future__ import annotations

import re
from typing import Any, ClassVar

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
_ABOUT_OTHERS = re.compile(
    r"\b(?:my|his|her|our) (?:mother|father|mom|mum|dad|sister|brother|aunt|uncle|cousin|grandmother|"
    r"grandfather|son|daughter|"
    r"husband|wife|family|friend|parents|grandma|grandpa)\b|\bin (?:my|the) family\b"
)
_LEAD = re.compile(
    r"^(?:(?:well|actually|sorry|um|uh|oh|hm+|i think|i guess|i would say|honestly|to be honest|and|but|"
    r"so) )+"
)
_PAST = re.compile(r"\b(?:had|was|were|last|ago|used to)\b")
_NEGATED = re.compile(r"\b(?:no|not|never|without|nor|free of|negative)\b")


# A plain yes or no, whatever is asked.
YES_NO = Question(
    id="yes_or_no", label="", kind="yesno", prompt="", help="",
    choices=(Choice("yes", "Yes"), Choice("no", "No")),
)  # fmt: skip


def strict_yesno(language: Language, question: Question, text: str) -> str | None:
    """Return "yes", "no" or "not_sure" when the whole text is a plain wording of it, else None.

    This is the only reading that counts for a consent. `not_sure` needs the question to offer it.
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


def _loose(question: Question, norm: str) -> str | None:
    if re.search(r"\byes\b", norm) and re.search(r"^no\b|\bno$|\byes and no\b", norm):
        return None
    if _UNSURE_IN.search(norm) and question.choice("not_sure"):
        return "not_sure"
    return _led(norm) or _named(question, norm)


def _led(norm: str) -> str | None:
    """Return what the first words say."""
    if _LEADING_NO.match(norm):
        return "no"
    if _LEADING_YES.match(norm):
        return "no" if re.match(r"^(?:i do|i have|i am|she has|he has) (?:not|no|never)\b", norm) else "yes"
    return None


def _named(question: Question, norm: str) -> str | None:
    """Return what is said of the thing that is asked for, where it is named."""
    named = [mention for mention in mentions(question.choices, norm) if mention.end - mention.start >= 5]
    if named and named[0].choice.value == "yes":
        return "no" if named[0].negated else "yes"
    if _PAST.search(norm) and not _NEGATED.search(norm):
        return None
    topic = any(re.search(rf"\b{re.escape(normalise(alias))}\b", norm) for alias in question.aliases)
    if topic and len(norm.split()) <= 15:
        return "no" if _NEGATED.search(norm) else "yes"
    return None


class YesNoKind(Kind):
    """Yes, no or not sure."""

    is_closed: ClassVar[bool] = True
    contrasts: ClassVar[bool] = False

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read the answer to a yes/no question; consents accept only a plain yes or no."""
        plain = strict_yesno(context.language, question, text)
        wanted = "yes_no_unsure" if question.choice("not_sure") else "yes_no"
        refused = context.refuse(f"answer_{wanted}")
        if plain is not None:
            return Accepted(plain)
        if question.consent or looks_like_question(text):
            return refused
        norm = _LEAD.sub("", normalise(text))
        if (plain := strict_yesno(context.language, question, norm)) is not None:
            return Accepted(plain, exact=False)
        if _ABOUT_OTHERS.search(norm) and not context.for_other and not re.match(r"(?:yes|no)\b", norm):
            return context.refuse(f"about_you_{wanted}")
        value = _loose(question, norm)
        return Accepted(value, exact=False) if value is not None and question.choice(value) else refused

    def tells_of_health(self, question: Question) -> bool:
        """Return True where "not sure" can be said: one is only unsure of findings."""
        return question.choice("not_sure") is not None

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return "Yes" or "No", whatever the labels say."""
        return context.say(str(value)) if value in ("yes", "no") else super().show_one(value, question, context)
