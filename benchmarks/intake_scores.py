"""Compares what was stored of an intake with what was said in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import pycountry

Mark = Literal["right", "wrong", "lost", "invented", "inverted"]
Scored = tuple[str, str, Mark, Any]  # question, what was said, how it was kept, what is stored

SKIPPED = "__skipped__"
OPPOSITE = {"yes": "no", "no": "yes"}
CODED = frozenset({"symptoms", "current_medications", "past_treatments"})
IN_WORDS = frozenset({"other_conditions", "allergies", "question_for_doctor"})
CONTACTS = frozenset({"email", "phone"})
PLACES = frozenset({"country", "destination"})
# Of a list whose items are told apart finer than the label does: a painful knee is joint pain.
NARROWER = {
    "joint_pain": ("knee", "hand", "finger", "wrist", "ankle", "hip", "elbow", "shoulder", "joint", "arthralgia"),
    "swelling": ("swelling", "edema", "swollen"),
    "rash": ("rash",),
    "headache": ("headache", "migraine"),
    "fatigue": ("fatigue", "tired", "exhaust"),
    "joint_swelling": ("joint_swelling", "arthritis", "swollen_joint", "stiffness"),
    "brain_fog": ("fog", "concentrat", "memory"),
    "breathlessness": ("breath", "dyspnea"),
    "mouth_ulcers": ("ulcer", "sores"),
    "photosensitivity": ("photo", "sun"),
    "color_changing_fingers": ("finger", "raynaud"),
}


def compare(facts: dict[str, Any], answers: dict[str, Any], asked: frozenset[str] | None = None) -> list[Scored]:
    """Every fact of an intake with its mark.

    Takes the facts (question id -> what was said), the stored answers, and the questions that were asked: of the two
    ways of contact the other one may not be, and then nobody could tell it. Questions that no fact speaks of say
    nothing. Of a list each item is a fact, and each item too many is invented, or inverted where the other list holds
    it (a stopped medicine among the present ones).
    """
    scored: list[Scored] = []
    for question, said in facts.items():
        stored = answers.get(question)
        if asked is not None and question in CONTACTS and question not in asked and stored is None:
            continue
        if question in IN_WORDS:
            scored += _in_words(question, said, stored)
        elif isinstance(said, list):
            scored += _listed(question, said, stored, facts)
        else:
            scored.append((question, str(said), _one(question, said, stored), stored))
    return scored


def totals(scored: list[Scored]) -> Counter[str]:
    """How many facts have which mark."""
    return Counter(mark for _, _, mark, _ in scored)


def _one(question: str, said: Any, stored: Any) -> Mark:
    if said == SKIPPED:
        return "right" if stored is None else "invented"
    if stored is None:
        return "lost"
    if _plain(question, said) == _plain(question, stored):
        return "right"
    return "inverted" if OPPOSITE.get(str(said)) == stored else "wrong"


def _plain(question: str, value: Any) -> str:
    """A value as it is compared: the code of a country, everything else in small letters."""
    text = str(value).strip().casefold()
    if question in PLACES and text != "no_preference":
        try:
            return str(pycountry.countries.lookup(text).alpha_2)
        except LookupError:
            return text
    return text


def _in_words(question: str, said: Any, stored: Any) -> Iterator[Scored]:
    """An answer kept in words holds each word that matters."""
    text = str(stored or "").casefold()
    for word in said if isinstance(said, list) else [said]:
        kept = word.casefold() in text or (word == "none" and bool(text) and not isinstance(said, list))
        yield question, word, "right" if kept else "lost" if not text else "wrong", stored


def _listed(question: str, said: list[Any], stored: Any, facts: dict[str, Any]) -> Iterator[Scored]:
    items = list(stored) if isinstance(stored, list) else []
    left = list(items)
    for wanted in said:
        fits = [item for item in items if _fits(question, wanted, item)]
        left = [item for item in left if item not in fits]
        opposite = (wanted == "none" and bool(items)) or items == ["none"]
        mark: Mark = "right" if fits or (wanted == "none" and stored == []) else "inverted" if opposite else "lost"
        yield question, str(wanted), mark, stored
    if said == ["none"]:
        return
    for item in left:
        if isinstance(item, dict) and not item.get("code"):
            continue  # words of the patient that no list knows
        yield question, "", _too_many(question, item, facts), item


def _too_many(question: str, item: Any, facts: dict[str, Any]) -> Mark:
    others = {"current_medications": "past_treatments", "past_treatments": "current_medications"}
    other = facts.get(others.get(question, ""), [])
    return "inverted" if any(_fits(question, wanted, item) for wanted in other) else "invented"


def _fits(question: str, wanted: Any, item: Any) -> bool:
    if not isinstance(item, dict):
        return _plain(question, wanted) == _plain(question, item)
    name = str(wanted).casefold()
    code, words = str(item.get("code") or ""), str(item.get("text") or "").casefold()
    if name.replace(" ", "_") == code or name in words:
        return True
    return any(part in code for part in NARROWER.get(name, ())) if question in CODED else False
