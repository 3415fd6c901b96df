"""The small pattern language of the red-flag rules, compiled to regular expressions over the normal forms of words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.nlu.clinical.text import word_set

_PIECE = re.compile(r"\((?P<group>[^)]*)\)|\[(?P<maybe>[^\]]*)\]|\{(?P<list>\w+)\}|~(?P<gap>\d+)|(?P<word>\S+)")
_GAP_WORD = r"(?: (?:\d+[.,]\d+|[^ .!?;\n]+))"
_LAST = r"(?= |$)"


class PatternError(ValueError):
    """A pattern cannot be read; the message quotes it and says what to do."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern: `anchors` are words of which one must be in the message before `regex` is worth a try."""

    text: str
    regex: re.Pattern[str]
    anchors: frozenset[str]


def compile_pattern(text: str, lists: Mapping[str, Sequence[str]], normalise: Callable[[str], str]) -> Pattern:
    """Compiles one pattern.

    Takes the pattern, the named lists, and the function that gives a word its normal form.

    Raises:
        PatternError: for an unknown list or a pattern without a word of its own.
    """
    parts: list[str] = []
    anchors: list[frozenset[str]] = []
    for piece in _PIECE.finditer(text):
        if piece["gap"]:
            parts.append(f"{_GAP_WORD}{{0,{piece['gap']}}}")
            continue
        choices = _choices(piece, text, lists, normalise)
        ordered = sorted({" " + " ".join(words) for words in choices}, key=len, reverse=True)
        choice = "(?:" + "|".join(ordered) + ")" + _LAST
        parts.append(f"(?:{choice})?" if piece["maybe"] else choice)
        if not piece["maybe"]:
            anchors.append(frozenset(words[0] for words in choices))
    usable = [words for words in anchors if not any("\\d" in word for word in words)]
    if not usable:
        raise PatternError(f"{text!r} needs at least one word that is not optional")
    return Pattern(text, re.compile("".join(parts)), min(usable, key=_cost))


def _choices(
    piece: re.Match[str], text: str, lists: Mapping[str, Sequence[str]], normalise: Callable[[str], str]
) -> list[list[str]]:
    """The phrases of which one stands where `piece` of the pattern `text` stands, each as words to match."""
    if piece["list"] and piece["list"] not in lists:
        raise PatternError(f"{text!r} uses the list {piece['list']!r}, which is not among `lists`")
    written = (piece["group"] or piece["maybe"] or piece["word"] or "").split("|")
    phrases: Sequence[str] = lists[piece["list"]] if piece["list"] else written
    spelt = [variant for phrase in phrases if phrase.strip() for variant in _spelt_out(phrase)]
    if not spelt:
        raise PatternError(f"{text!r} has an empty choice; put words in it or remove it")
    return [[_word(word, normalise) for word in phrase.split()] for phrase in spelt]


_CONTRACTIONS = {
    "wont": "will not", "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not",
    "arent": "are not", "wasnt": "was not", "werent": "were not", "hasnt": "has not", "havent": "have not",
    "hadnt": "had not", "couldnt": "could not", "wouldnt": "would not", "shouldnt": "should not",
    "cant": "can not", "cannot": "can not",
}  # fmt: skip
_EXPANSIONS = {words: contraction for contraction, words in _CONTRACTIONS.items() if contraction != "cannot"}


def _spelt_out(phrase: str) -> list[str]:
    """A phrase as it stands and with its "not" written the other way: "wont stop", "will not stop"."""
    expanded = " ".join(_CONTRACTIONS.get(word, word) for word in phrase.split())
    contracted = f" {phrase} "
    for words, contraction in _EXPANSIONS.items():
        contracted = contracted.replace(f" {words} ", f" {contraction} ")
    return list(dict.fromkeys([phrase, expanded, contracted.strip()]))


def _word(word: str, normalise: Callable[[str], str]) -> str:
    if "#" in word:
        return re.escape(word).replace("\\#", r"\d").replace("#", r"\d")
    return re.escape(normalise(word))


_FREQUENT = word_set(
    "a an the i im my he she it is am are was not no to of in on and do dont can cant want have has had just so very"
)


def _cost(anchors: frozenset[str]) -> int:
    return len(anchors) + 50 * len(anchors & _FREQUENT)


class Patterns:
    """Patterns that are looked for together; only those whose anchors a message holds cost any time."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._by_anchor: dict[str, list[int]] = {}
        for number, pattern in enumerate(self._patterns):
            for anchor in pattern.anchors:
                self._by_anchor.setdefault(anchor, []).append(number)

    def places(self, line: str, words: frozenset[str]) -> list[tuple[int, int]]:
        """Start and end of all finds in `line` (normal forms, each with a blank before it), pattern by pattern.

        Takes the line, and the normal forms in it.
        """
        numbers = {number for word in words & self._by_anchor.keys() for number in self._by_anchor[word]}
        return [match.span() for number in sorted(numbers) for match in self._patterns[number].regex.finditer(line)]
