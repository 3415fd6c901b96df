"""Reads the name of a language, or of several."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar

from babel import Locale
from rapidfuzz import fuzz, process

from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.concluding import conclusions
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import looks_like_question, normalise, strip_accents


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """Map each known wording of a language (English and its own name) to its English name."""
    english = Locale("en").languages
    known = {
        normalise(strip_accents(name)): name for code, name in english.items() if "_" not in code and len(code) <= 3
    }
    for code in ("es", "fr", "de", "pt", "it", "nl", "ru", "ar", "tr", "pl", "hi", "zh", "ja", "ko", "uk",
    "el", "ro", "sv", "da", "nb", "fi", "cs", "hu",
                 "he", "fa", "ur", "bn", "th", "vi", "id", "bg", "hr", "sr", "ca", "pa", "ta",
                 "te"):  # fmt: skip
        own = Locale(code).languages
        for other in ("en", "es", "fr", "de", "pt", "it", "ru", "ar", "zh", code):
            name = own.get(other)
            if name:
                known.setdefault(normalise(strip_accents(name)), english[other])
        known.setdefault(code, english[code])
    known.update(
        {
            "mandarin": "Chinese",
            "farsi": "Persian",
            "castellano": "Spanish",
            "castilian": "Spanish",
            "flemish": "Dutch",
            "en": "English",
        }
    )
    return known


_LONGEST_NEW_NAME = 3  # words of a language that no list knows
_CLAUSE = re.compile(r"[.;!?\n]+|,|\b(?:but|though|although|because|otherwise|if)\b")


def _known_in(norm: str) -> list[str]:
    """Return the languages named in a normal form, in its order; a code ("es") counts only alone."""
    known = _languages()
    if norm in known:
        return [known[norm]]
    words = norm.split()
    found = []
    for index in range(len(words)):
        for size in (3, 2, 1):
            form = " ".join(words[index : index + size])
            if len(form) > 3 and form in known:
                found.append(known[form])
                break
    return list(dict.fromkeys(found))


def _misspelt(norm: str) -> list[str]:
    known = [name for name in _languages() if len(name) >= 5]
    near = (
        process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=85) for word in norm.split() if len(word) >= 5
    )
    return list(dict.fromkeys(_languages()[match[0]] for match in near if match))


def _wanted(language: Language, text: str) -> list[str]:
    """Return the languages that a message asks for: those it prefers, else all it names and does not put down."""
    concluded = next(
        (found for each in conclusions(language, text) if len(each.split()) <= 2 and (found := _known_in(each))), []
    )
    if len(concluded) == 1:
        return concluded
    named: list[str] = []
    preferred: list[str] = []
    alone: list[str] = []
    for clause in _CLAUSE.split(strip_accents(text).lower()):
        norm = normalise(clause)
        found = _known_in(norm)
        if language.patterns["language_weak"].search(norm):
            continue
        named += found
        alone += found if len(norm.split()) == 1 else []
        preferred += found if language.patterns["language_preferred"].search(norm) else []
    return list(dict.fromkeys(preferred or alone or named))


def _no_matter(language: Language, text: str) -> bool:
    return language.has_no_answer(text) or (
        not _known_in(normalise(text)) and bool(language.patterns["any_time"].search(normalise(text)))
    )


class LanguageKind(Kind):
    """A language, or several."""

    own_words: ClassVar[bool] = True
    takes_unknown: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read one language or several; known ones are stored under their English names, others as written."""
        if _no_matter(context.language, text) and not question.required:
            return Accepted(None)
        if looks_like_question(text) or context.language.is_chat(text):
            return context.refuse("no_language")
        norm = normalise(strip_accents(text))
        names = _wanted(context.language, text) or _misspelt(norm)
        if names:
            value = ", ".join(names)
            return Accepted(value, exact=normalise(value) == normalise(text))
        short = 2 <= len(norm) <= 40 and len(norm.split()) <= _LONGEST_NEW_NAME
        if short and not _known_in(norm) and not re.search(r"[\d@/{}<>]", text):
            return Accepted(text.strip(" ."), exact=False)
        return context.refuse("no_language")

    def knows(self, result: Accepted) -> bool:
        """Tell whether the language has a name that is known."""
        return result.exact
