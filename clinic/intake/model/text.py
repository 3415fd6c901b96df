"""Small text tools shared by the parsers and the decision: normal form, sentences, question detection."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u00b4": "'", "\u201c": '"', "\u201d": '"'}
)
_CONTRACTIONS = (
    (re.compile(r"\b(can)(?:'|no)t\b|\bcant\b"), "can not"),
    (re.compile(r"\bwon't\b|\bwont\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)n't\b"), r"\1 not"),
    (re.compile(r"\b(do|does|did|is|was|has|have)nt\b"), r"\1 not"),
    (re.compile(r"\bi'?m\b(?!\s*$)"), "i am"),
    (re.compile(r"\b(i|you|we|they)'ve\b|\bive\b"), "i have"),
    (re.compile(r"\b(i|we|you|they|he|she)'d\b|\bid (?=rather|like|prefer)"), "i would "),
    (re.compile(r"\b(i|we|you|they|he|she|it)'ll\b"), r"\1 will"),
    (re.compile(r"\b(it|he|she|that|this|there|what|who|where|how)'s\b"), r"\1 is"),
    (re.compile(r"\b(you|we|they)'re\b"), r"\1 are"),
    (re.compile(r"\blet's\b|\blets\b"), "let us"),
)
_PUNCTUATION = re.compile(r"[^\w\s+]|_", re.UNICODE)
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")

PRONOUN_LIKE = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "this",
        "that",
        "these",
        "those",
        "the",
        "a",
        "an",
        "my",
        "your",
        "his",
        "her",
        "its",
        "our",
        "their",
        "there",
        "lupus",
        "stem",
        "cells",
        "msc",
        "ahsct",
        "patients",
        "people",
        "anyone",
        "someone",
        "somebody",
        "any",
        "all",
        "treatment",
        "therapy",
        "insurance",
        "doctors",
    ]
)
_WH = frozenset(["what", "whats", "what's", "how", "why", "when", "where", "who", "whom", "whose", "which", "hows"])
_AUXILIARY = frozenset(
    [
        "is",
        "are",
        "am",
        "was",
        "were",
        "do",
        "does",
        "did",
        "can",
        "could",
        "should",
        "would",
        "will",
        "may",
        "might",
        "shall",
        "has",
        "have",
        "had",
        "must",
    ]
)
_PERFECT = frozenset({"have", "has", "had", "am", "was", "were"})
_SUBJECTS = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "this",
        "that",
        "there",
        "people",
        "patients",
        "anyone",
        "anybody",
        "someone",
    ]
)
_TELLERS = frozenset({"i", "we", "she", "he", "my", "our", "her", "his", "the", "it"})
_ASKING = re.compile(
    r"^(?:please |ok |okay |hi |hello |so |and |but |well |also |sorry )*(?:tell me (?:about|more|what|how|"
    r"why|if)|explain|describe|"
    r"i (?:want|would like|need|wish) to (?:know|ask|understand)|i (?:wonder|was wondering|am wondering)|"
    r"(?:do|can|could|would) you (?:know|tell|explain)|any (?:idea|information) (?:about|on)|what about|"
    r"how about|"
    r"i have a question|question|more (?:info|information) (?:about|on))\b"
)


def clean(text: str) -> str:
    """Return the text without control and direction marks and without surrounding space; words stay as typed."""
    return _CONTROL.sub("", text).translate(_QUOTES).strip()


def straight(text: str) -> str:
    """Return the text with straight quotes; every character keeps its place, so offsets stay valid."""
    return text.translate(_QUOTES)


def latin_digits(text: str) -> str:
    """Replace decimal digits of any script (Arabic, Devanagari, full-width ...) by 0-9."""
    return "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() and not ch.isascii() else ch for ch in text)


def strip_accents(text: str) -> str:
    """Return the text without combining marks, for comparing names of places and languages."""
    return "".join(ch for ch in unicodedata.normalize("NFD", text) if not unicodedata.combining(ch))


def normalise(text: str) -> str:
    """Return a form for comparing: case-folded, contractions written out, no punctuation, single spaces."""
    out = latin_digits(unicodedata.normalize("NFKC", clean(text))).casefold()
    for pattern, written_out in _CONTRACTIONS:
        out = pattern.sub(written_out, out)
    return _SPACE.sub(" ", _PUNCTUATION.sub(" ", out.replace("'s ", "s ").replace("'", ""))).strip()


@dataclass(frozen=True)
class Clause:
    """A piece of a message with its offsets in the message."""

    text: str
    start: int
    end: int


_SENTENCE = re.compile(r"[^.!?;\n\u061f\u3002\uff1f]+(?:[.](?=\w)[^.!?;\n]+)*[.!?;\u061f\u3002\uff1f]*")


def sentences(text: str) -> Iterator[Clause]:
    """Yield the sentences of a message; a dot inside a word (an address, a date) ends none."""
    for match in _SENTENCE.finditer(text):
        body = match.group().strip()
        if body:
            start = match.start() + match.group().index(body[0])
            yield Clause(body, start, start + len(body))


def looks_like_question(text: str) -> bool:
    """Tell whether a message asks something: by its question mark or by the way it begins.

    "Will Smith" and "May" are names, so "will ..." and the like only count before a pronoun or a question
    mark.
    """
    body = clean(text)
    if not body:
        return False
    if body[-1] in "?\u061f\uff1f" or re.search(r"\w\s*[?\u061f\uff1f](\s|$)", body):
        return True
    norm = normalise(body)
    if _ASKING.match(norm):
        return True
    words = [word for word in norm.split() if word not in {"please", "ok", "okay", "so", "and", "but", "well", "also"}]
    if not words:
        return False
    if words[0] in _WH and len(words) >= 2:
        # "When I finish my studies" tells a time; "when do you ..." asks for one.
        return not (words[0] == "when" and words[1] in _TELLERS)
    if words[0] in _PERFECT:
        # "have a rash" is a symptom, "have you ..." is a question.
        return len(words) >= 3 and words[1] in _SUBJECTS
    return len(words) >= 3 and words[0] in _AUXILIARY and words[1] in PRONOUN_LIKE
