"""Splits long messages at the ends of paragraphs and sentences, and never in a word."""

from __future__ import annotations

import re

_PARAGRAPH = re.compile(r"\n\s*\n")
_LINE = re.compile(r"\n")
# A closing quote or bracket belongs to the sentence before it.
_SENTENCE = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f\u0964][\"')\]\u201d\u2019\u00bb]*(?=\s)|[\u3002\uff01\uff1f]"
)
_SPACE = re.compile(r"\s")


def units(text: str) -> int:
    """The length of `text` in UTF-16 units, as messaging platforms count it at most."""
    return len(text) + sum(character > "\uffff" for character in text)


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` units."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > limit:
            return index
    return len(text)


def _cut(text: str, fitting: int) -> int:
    """Where to cut `text` so that the first part has at most `fitting` characters."""
    # A separator that begins right behind the last fitting character still ends the part there.
    window = text[: fitting + 1]
    paragraphs = [match.start() for match in _PARAGRAPH.finditer(window) if match.start() >= fitting // 2]
    if paragraphs:
        return paragraphs[-1]
    ends = [match.end() for match in _SENTENCE.finditer(window) if match.end() <= fitting]
    lines = [match.start() for match in _LINE.finditer(window) if match.start() > 0]
    if ends or lines:
        return max([*ends, *lines])
    spaces = [match.start() for match in _SPACE.finditer(window) if match.start() > 0]
    # Without any space it is no word (an address perhaps): only then it is cut where the limit is.
    return spaces[-1] if spaces else max(1, fitting)


def split_text(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` UTF-16 units, in order; nothing but white space is lost."""
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in [*parts, rest] if part]
