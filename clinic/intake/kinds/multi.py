"""Reads several choices at once ("kidneys and skin", "1, 3 and 5", "none", "all of these")."""

from __future__ import annotations

import re
from typing import ClassVar

from clinic.intake.kinds.asserted import Said, denied_places, overlaps, place_of
from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.choice import comes_down_to, exact_match, fuzzy_matches, mentions
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Assertions, Context, Option, Parsed, Unclear
from clinic.intake.model.text import latin_digits, looks_like_question, normalise, sentences

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PIECES = re.compile(r"[.;\n]+")
_SAYS_SOMETHING = 2  # words
_CLINICAL = frozenset({"symptom", "condition", "organ", "medication", "procedure"})
_BETWEEN = re.compile(r"[\s,;&+/]+")
_SPLIT = re.compile(r"[,;/&+\n]|\band\b|\bor\b|\bplus\b|\balso\b|\bas well as\b|\bwith\b")


def numbers_picked(text: str, count: int) -> list[int] | None:
    """Return the indexes (from 0) of "1, 3 and 5"; None when the text is no list of numbers up to `count`."""
    words = [word for word in _BETWEEN.split(latin_digits(text).lower().strip(" .#")) if word not in ("", "and")]
    if not words or not all(word.isdecimal() and len(word) <= 2 for word in words):
        return None
    numbers = [int(word) for word in words]
    return [n - 1 for n in dict.fromkeys(numbers)] if all(1 <= n <= count for n in numbers) else None


def _values(found: list[Choice]) -> list[str]:
    values = list(dict.fromkeys(choice.value for choice in found))
    others = [choice.value for choice in found if not choice.exclusive]
    return list(dict.fromkeys(others)) if others else values[:1]


def _named(choices: tuple[Choice, ...], text: str, denied: list[tuple[int, int]]) -> tuple[list[Choice], bool]:
    """Return the choices that a text names, misspelt ones too, and whether it is nothing but their names."""
    norm = normalise(text)
    found = [mention.choice for mention in mentions(choices, norm, denied) if not mention.negated]
    fragments = [fragment for fragment in (normalise(part) for part in _SPLIT.split(text.lower())) if fragment]
    exact = [exact_match(choices, fragment) is not None for fragment in fragments]
    for fragment, is_exact in zip(fragments, exact, strict=True):
        known = is_exact or mentions(choices, fragment) or _is_denied(fragment, norm, denied)
        near = [] if known else fuzzy_matches(choices, fragment)
        found += near if len(near) == 1 else []
    return found, bool(exact) and all(exact)


def all_but(choices: tuple[Choice, ...], text: str, assertions: Assertions, context: Context) -> list[str]:
    """Return the values that "everything apart from the lungs" leaves; none where it is not said so."""
    norm = normalise(text)
    everything = tuple(f"{word} " for word in context.language.words["all"])
    excepted = any(said.get("governor") == "except" and said.get("polarity") == "absent" for said in assertions)
    named = {mention.choice.value for mention in mentions(choices, norm)}
    left = [choice.value for choice in choices if not choice.exclusive and choice.value not in named]
    return left if named and excepted and norm.startswith(everything) else []


def _is_denied(fragment: str, norm: str, denied: list[tuple[int, int]]) -> bool:
    start = norm.find(fragment)
    return start >= 0 and overlaps(start, start + len(fragment), denied)


def _examined(text: str, assertions: Assertions) -> list[tuple[int, int]]:
    """Return the places of examinations in the normal form: a heart scan says nothing of the heart."""
    return [place_of(text, said) for said in assertions if said.get("entity") == "procedure"]


def _long_ago(question: Question, text: str, context: Context) -> list[tuple[int, int]]:
    """Return the places of what lies further back than its choice asks for: "rituximab in 2018"."""
    timed = tuple(choice for choice in question.choices if choice.months is not None)
    if not timed:
        return []
    places, start, whole = [], 0, normalise(text)
    for sentence in sentences(text):
        norm = normalise(sentence.text)
        years = [int(year) for year in _YEAR.findall(norm)]
        old = bool(years) and max(years) < context.today.year - 1
        start = whole.find(norm, start)
        if old or context.language.patterns["longer_ago"].search(norm):
            places += [(start + mention.start, start + mention.end) for mention in mentions(timed, norm)]
        start += len(norm)
    return places


def _tested_negative(question: Question, text: str, context: Context) -> list[tuple[int, int]]:
    """Return the places of what was tested and not found: "HIV test negative", "HBV, HCV and HIV all negative"."""
    places, start, whole = [], 0, normalise(text)
    patterns = context.language.patterns
    for piece in _PIECES.split(text):
        norm = normalise(piece)
        start = max(whole.find(norm, start), start)
        of_all = patterns["all_negative"].search(norm)
        named = mentions(question.choices, norm) if patterns["negative_word"].search(norm) else []
        for mention in named:
            if patterns["negative_behind"].match(norm[mention.end :]) or (of_all and mention.end <= of_all.start()):
                places.append((start + mention.start, start + mention.end))
        start += len(norm)
    return places


def _tells_more(text: str, assertions: Assertions, context: Context, denied: list[tuple[int, int]]) -> bool:
    """Tell whether a message says that something is there, in words that no choice knows."""
    for found in assertions:
        said = Said.of(found)
        if overlaps(*place_of(text, found), denied):
            continue
        words = normalise(str(found.get("text", "")))
        meant = context.language.patterns["interjection"].sub(" ", words).split()
        says = found.get("entity") in _CLINICAL or (not found.get("entity") and len(meant) >= _SAYS_SOMETHING)
        if says and said.when(context) is not None and said.governor != "healthy":
            return True
    return False


def _picked(question: Question, text: str, context: Context) -> list[str] | None:
    """Return the values that a whole text is: one by its name, some by their numbers, or all of them."""
    choices = question.choices
    whole = exact_match(choices, text)
    if whole is not None:
        return [whole.value]
    numbers = numbers_picked(text, len(choices))
    if numbers is not None:
        return _values([choices[index] for index in numbers])
    all_of_them = normalise(text) in context.language.words["all"]
    return [choice.value for choice in choices if not choice.exclusive] if all_of_them else None


def _only_none(found: list[Choice]) -> bool:
    return bool(found) and all(choice.exclusive for choice in found)


def _is_last_word(final: Choice, found: list[Choice]) -> bool:
    """Tell whether "none" is what it comes down to: nothing else was said to be there, or it was said after it."""
    return not found or (final.exclusive and found[-1].value == final.value)


def _none_then(question: Question, text: str, denied: list[tuple[int, int]], context: Context) -> Unclear | None:
    """Ask whether none is there, where some were denied and of the others nothing was said: "the kidneys are ok"."""
    named = [mention for mention in mentions(question.choices, normalise(text), denied) if mention.negated]
    if not named or question.choice("none") is None:
        return None
    options = (Option(["none"], context.say("yes_none")), Option(None, context.say("no_then_name")))
    return Unclear(context.say("none_then"), options, yes_no=True)


class MultiKind(Kind):
    """Several of several answers."""

    is_closed: ClassVar[bool] = True
    is_list: ClassVar[bool] = True
    contrasts: ClassVar[bool] = False

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read the answer to a question with several choices; an exclusive one ("none") gives way to the others."""
        choices = question.choices
        picked = _picked(question, text, context)
        if picked is not None:
            return Accepted(picked)
        refused = context.refuse("no_choices")
        denied = denied_places(text, assertions, context)
        final = comes_down_to(context.language, question, text, denied)
        if looks_like_question(text):
            return Accepted([final.value], exact=False) if final is not None and final.exclusive else refused
        left = all_but(choices, text, assertions, context)
        if left:
            return Accepted(left, exact=False)
        denied = [*denied, *_long_ago(question, text, context), *_tested_negative(question, text, context)]
        if "organ" in question.prefill_from:
            denied = [*denied, *_examined(text, assertions)]
        found, exact = _named(choices, text, denied)
        if final is not None and _is_last_word(final, found):
            return Accepted([final.value], exact=False)
        # "Her blood was low last year, no clots": the no is of the clots.
        unsaid = not exact and _only_none(found) and _tells_more(text, assertions, context, denied)
        if found and not unsaid:
            return Accepted(_values(found), exact=exact)
        return _none_then(question, text, denied, context) or refused

    def tells_of_health(self, question: Question) -> bool:
        """Return True where "not sure" can be said: one is only unsure of findings."""
        return question.choice("not_sure") is not None
