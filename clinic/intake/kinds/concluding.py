"""Finds the short answer inside a longer one: the words it begins with, or the words it comes down to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.intake.model.language import Language
from clinic.intake.model.text import looks_like_question, normalise, sentences

_FIRST = re.compile(r"\s*[,.;:!?(…]+\s*|\s+[-–—]+\s+")
_MOST_WORDS = 5


def bare(language: Language, text: str) -> str:
    """Return the normal form of a text without interjections ("haha no" -> "no"); the whole where nothing is left."""
    norm = normalise(text)
    return re.sub(r"\s+", " ", language.patterns["interjection"].sub(" ", norm)).strip() or norm


def conclusions(language: Language, text: str) -> Iterator[str]:
    """Yield the short texts that a message may come down to, the surest first.

    That is the message without interjections, what follows the last "so" or "put", and its last sentence.
    """
    parts = [part.text for part in sentences(text)]
    if not parts or looks_like_question(parts[-1]):
        return
    yield bare(language, text)
    last = parts[-1]
    cues = list(language.patterns["conclusion"].finditer(normalise(last)))
    if cues and (rest := normalise(last)[cues[-1].end() :].strip()):
        yield bare(language, rest)
    if len(parts) > 1:
        yield bare(language, last)


def beginning(language: Language, text: str) -> tuple[str, str]:
    """Return what a message begins with up to its first mark, without interjections, and the rest of it."""
    pieces = _FIRST.split(text.strip(), maxsplit=1)
    first = bare(language, pieces[0])
    if len(first.split()) > _MOST_WORDS:
        return "", text
    return first, pieces[1] if len(pieces) > 1 else ""
