"""Cuts a long message into passages that are looked at one by one: a danger in the middle is not to drown."""

from __future__ import annotations

import re

# What people write in one go; the examples are no longer either.
LONGEST = 40
OVERLAP = 10
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")


def passages(text: str) -> list[str]:
    """`text` whole when it is short, else runs of whole sentences, each at most `LONGEST` words long.

    The last sentence of a passage opens the next one, and a sentence without an end is cut with an overlap, so that
    what belongs together stands together at least once.
    """
    if len(text.split()) <= LONGEST:
        return [text]
    found: list[str] = []
    current: list[str] = []
    for piece in (piece for sentence in _SENTENCE.split(text) for piece in _pieces(sentence)):
        if current and _words(current) + len(piece.split()) > LONGEST:
            found.append(" ".join(current))
            current = current[-1:] if _words(current[-1:]) + len(piece.split()) <= LONGEST else []
        current.append(piece)
    return [*found, " ".join(current)] if current else found


def split_sentences(text: str) -> list[str]:
    """The sentences of `text`, as far as marks and line breaks tell them apart."""
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]


def _words(sentences: list[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def _pieces(sentence: str) -> list[str]:
    words = sentence.split()
    if len(words) <= LONGEST:
        return [sentence] if words else []
    return [" ".join(words[start : start + LONGEST]) for start in range(0, len(words) - OVERLAP, LONGEST - OVERLAP)]
