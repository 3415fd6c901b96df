"""Cuts a message into the sentences and questions it is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

# A part with fewer letters than this ("and?") carries no request of its own.
_LETTERS = re.compile(r"[^\W\d_]")
_MINIMUM_LETTERS = 3
_SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s|$)|\n+")
# "is it safe and how much does it cost": a conjunction before a question word opens a new question.
_JOINT = re.compile(
    r"(?:,\s*|\s+)(?:and\s+also|and|also|plus|but|&)\s+"
    r"(?=(?:(?:also|then|so|please)\s+)?"
    r"(?:what|whats|what's|how|hows|how's|why|when|where|who|which|is|are|am|do|does|did|can|could|will|would|"
    r"should|may|tell\s+me|i\s+want\s+to\s+know|i\s+would\s+like\s+to\s+know)\b)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"(?:\b(?:dr|mr|mrs|ms|st|vs|e\.g|i\.e|etc|approx|no)|\b\w)$", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A stretch of a message: `text` is `message[start:end]`."""

    text: str
    start: int
    end: int


def split_parts(text: str, limit: int = 6) -> list[Part]:
    """Cuts a text at sentence ends and before a further question.

    Args:
        text: the message as written.
        limit: at most this many parts; the last takes what is left.

    Returns:
        The parts in order, without surrounding space; one part (or none, for an empty text) when
        there is nothing to cut.
    """
    breaks = [(0, 0)]
    for match in _SENTENCE_END.finditer(text):
        if not (match.group().startswith(".") and _ABBREVIATION.search(text[: match.start()])):
            breaks.append((match.end(), match.end()))
    breaks.extend((match.start(), match.end()) for match in _JOINT.finditer(text))
    breaks = [*sorted(breaks), (len(text), len(text))]
    parts: list[Part] = []
    for (_, start), (end, _) in pairwise(breaks):
        part = _trimmed(text, start, end)
        if part is None:
            continue
        if parts and (len(_LETTERS.findall(part.text)) < _MINIMUM_LETTERS or len(parts) == limit):
            parts[-1] = _trimmed(text, parts[-1].start, part.end) or parts[-1]
        else:
            parts.append(part)
    return parts


def _trimmed(text: str, start: int, end: int) -> Part | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip(" \t\n,;-"))
    piece = piece.strip(" \t\n,;-")
    return Part(piece, start + left, start + left + len(piece)) if piece else None
