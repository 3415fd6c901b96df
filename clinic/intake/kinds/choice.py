"""Matches typed text with the choices of a question: value, label, number, synonym, or nearly so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rapidfuzz import fuzz

from clinic.intake.kinds.asserted import denied_places, overlaps
from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.concluding import beginning, conclusions
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Assertions, Context, Option, Parsed, Unclear
from clinic.intake.model.text import looks_like_question, normalise

FUZZY = 82
_LEAD = re.compile(
    r"^(?:(?:please|well|um|uh|hmm|so|i think|i guess|i would say|i would like|i would prefer|i prefer|i "
    r"want|i choose|i pick|i take|"
    r"give me|choose|pick|select|it is|its|it would be|that would be|that is|this is|the answer is|my "
    r"answer is|answer|option|"
    r"number|no|nr|choice|by|via|on|through|in|with|the|a|an|some|just|only|maybe the|i am|she is|he is|"
    r"they are|to) )+"
)
_TAIL = re.compile(
    r"(?: (?:please|thanks|thank you|thx|one|option|i think|i guess|for now|now|then|would be (?:best|great|good)|"
    r"is (?:best|fine|good)|if possible|of course|for me|instead|only))+$"
)
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5,
    "5th": 5,
    "sixth": 6, "6th": 6, "seventh": 7, "7th": 7, "eighth": 8, "8th": 8, "ninth": 9, "9th": 9,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}  # fmt: skip


def core(text: str) -> str:
    """Return the normalised text without polite words around it ("I would like the ... please")."""
    norm = normalise(text)
    return _TAIL.sub("", _LEAD.sub("", norm)).strip() or norm


def number_picked(text: str, count: int) -> int | None:
    """Return the index (from 0) a text such as "2", "option 2" or "the second one" picks, or None."""
    norm = core(text)
    if re.fullmatch(r"\d{1,2}", norm):
        number = int(norm)
    elif norm in {"last", "the last"}:
        number = count
    else:
        number = _ORDINALS.get(norm, 0)
    return number - 1 if 1 <= number <= count else None


def exact_match(choices: Sequence[Choice], text: str) -> Choice | None:
    """Return the choice whose value, label, synonym or number the whole text is, or None."""
    for form in (normalise(text), core(text)):
        for choice in choices:
            if form in choice.names:
                return choice
    index = number_picked(text, len(choices))
    return choices[index] if index is not None else None


@dataclass(frozen=True)
class Mention:
    """A choice named inside a longer (normalised) text."""

    choice: Choice
    start: int
    end: int
    negated: bool


def mentions(choices: Sequence[Choice], norm: str, denied: Sequence[tuple[int, int]] = ()) -> list[Mention]:
    """Return the choices named inside the normalised text, longest wording first, without overlaps, in text order.

    denied: the places of what is not so (`denied_places`).
    """
    names = sorted(
        ((name, choice) for choice in choices for name in choice.names if len(name) >= 2),
        key=lambda pair: -len(pair[0]),
    )
    found: list[Mention] = []
    for name, choice in names:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", norm):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            found.append(Mention(choice, match.start(), match.end(), overlaps(match.start(), match.end(), denied)))
    return sorted(found, key=lambda mention: mention.start)


def fuzzy_matches(choices: Sequence[Choice], norm: str, cutoff: float = FUZZY) -> list[Choice]:
    """Return the choices whose wording is nearly the text (misspelt), best first; ties within 4 points are kept."""
    if len(norm) < 4:
        return []
    scores = [(max((fuzz.ratio(norm, name) for name in c.names if len(name) >= 4), default=0.0), c) for c in choices]
    best = max((score for score, _ in scores), default=0.0)
    if best < cutoff:
        return []
    return [choice for score, choice in sorted(scores, key=lambda pair: -pair[0]) if score >= max(cutoff, best - 4)]


def comes_down_to(
    language: Language, question: Question, text: str, denied: Sequence[tuple[int, int]]
) -> Choice | None:
    """Return the choice that a longer message comes down to ("both? put MSC"), or begins with ("me, who else").

    What a sentence begins with counts unless the same sentence names another choice.
    """
    choices = question.choices
    instead = _after_all(language, choices, text, denied)
    if instead is not None:
        return instead
    for candidate in conclusions(language, text):
        found = exact_match(choices, candidate) or _not_sure(language, question, candidate)
        if found is not None:
            return found
    first, rest = beginning(language, text)
    found = exact_match(choices, first) if first and not looks_like_question(text) else None
    if found is None:
        return None
    sentence = normalise(text.split(".")[0])
    others = {m.choice.value for m in mentions(choices, sentence, denied) if not m.negated} - {found.value}
    return found if not others or not rest else None


def _after_all(
    language: Language, choices: Sequence[Choice], text: str, denied: Sequence[tuple[int, int]]
) -> Choice | None:
    """Return the one choice named after somebody puts himself right: "for my wife. No no, for me"."""
    norm = normalise(text)
    cues = list(language.patterns["after_all"].finditer(norm))
    named = [mention for mention in mentions(choices, norm, denied) if not mention.negated]
    behind = {m.choice.value: m.choice for m in named if cues and m.start >= cues[-1].end()}
    before = any(m.end <= cues[0].start() for m in named) if cues else False
    return next(iter(behind.values())) if before and len(behind) == 1 else None


def _not_sure(language: Language, question: Question, text: str) -> Choice | None:
    return question.choice("not_sure") if normalise(text) in language.words["not_sure"] else None


class ChoiceKind(Kind):
    """One of several answers."""

    is_closed: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read the answer to a choice question."""
        choices = question.choices
        exact = exact_match(choices, text)
        if exact is not None:
            return Accepted(exact.value)
        refused = context.refuse("no_choice")
        denied = denied_places(text, assertions, context)
        final = comes_down_to(context.language, question, text, denied)
        if final is not None:
            return Accepted(final.value, exact=False)
        norm = normalise(text)
        if looks_like_question(text) or len(norm.split()) > 25:
            return refused
        named = [
            mention
            for mention in mentions(choices, norm, denied)
            if not mention.negated and len(norm[mention.start : mention.end]) >= 3
        ]
        found = list({mention.choice.value: mention.choice for mention in named}.values())
        if not found and not denied:
            found = fuzzy_matches(choices, core(text))
        if len(found) == 1:
            return Accepted(found[0].value, exact=False)
        if found:
            return Unclear(context.say("which_one"), tuple(Option(choice.value, choice.label) for choice in found))
        return refused
