"""Reads the name of a language, or of several."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar

from babel import Locale
from rapidfuzz import fuzz, process

from clinic.intake.kinds.base import Kind
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


_LANGUAGE_LEAD = re.compile(
    r"^(?:(?:i speak|i prefer|i would like|i want|i would prefer|in|my language is|preferably|it is|please|"
    r"only|just|better in|she speaks|he speaks|the) )+"
)
_LANGUAGE_TAIL = re.compile(
    r"(?: (?:please|language|is fine|is ok|is okay|is best|is good|would be (?:best|fine|good|great)|if "
    r"possible|thanks))+$"
)


class LanguageKind(Kind):
    """A language, or several."""

    own_words: ClassVar[bool] = True
    takes_unknown: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read one language or several; known ones are stored under their English names, others as written."""
        if context.language.has_no_answer(text) and not question.required:
            return Accepted(None)
        if looks_like_question(text) or context.language.is_chat(text):
            return context.refuse("no_language")
        norm = _LANGUAGE_TAIL.sub("", _LANGUAGE_LEAD.sub("", normalise(strip_accents(text))))
        known = _languages()
        names: list[str] = []
        for part in re.split(
            r"\b(?:or|and|but|also|then)\b|[,/;&]",
            norm if not re.search(r"[,/;&]", text) else _LANGUAGE_LEAD.sub("", strip_accents(text).lower()),
        ):
            word = _LANGUAGE_TAIL.sub("", _LANGUAGE_LEAD.sub("", normalise(part)))
            if not word:
                continue
            if word in known:
                names.append(known[word])
                continue
            near = (
                process.extractOne(word, known.keys(), scorer=fuzz.ratio, score_cutoff=85) if len(word) >= 5 else None
            )
            if near:
                names.append(known[near[0]])
        if names:
            value = ", ".join(dict.fromkeys(names))
            return Accepted(value, exact=normalise(value) == normalise(text))
        if 2 <= len(norm) <= 40 and len(norm.split()) <= 3 and not re.search(r"[\d@/{}<>]", text):
            return Accepted(text.strip(" ."), exact=False)
        return context.refuse("no_language")

    def knows(self, result: Accepted) -> bool:
        """Tell whether the language has a name that is known."""
        return result.exact
