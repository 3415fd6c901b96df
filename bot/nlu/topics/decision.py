"""Decides, from the probabilities of a message and of its parts, what the patient wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.encoder.parts import Part
from bot.nlu.scope.subjects import Subjects

FAQ = "faq"
FAQ_PREFIX = "faq/"
FALLBACK = "nlu_fallback"
LUPUS_PREFIX = "faq/lupus_"
OUT_OF_SCOPE = "out_of_scope"
MEDICAL_ADVICE = "medical_advice"
# Similarity to the nearest training example: below the first nothing is known, above the second all is as usual.
STRANGE = 0.2
FAMILIAR = 0.45
# A question that comes with one of these is what the message is about.
COURTESIES = frozenset({"greet", "goodbye", "thank", "affirm", "deny", "chitchat", "inform"})


@dataclass(frozen=True)
class Limits:
    """Confidences below which the decision is another one.

    Attributes:
        answer: below it nothing is answered (`nlu_fallback`).
        second: a further question of the same message is answered only above it.
    """

    answer: float = 0.25
    second: float = 0.5


# Of words that nobody knows no classifier can be sure.
NOTHING_IS_SURE = Limits(answer=1.01, second=1.01)


@dataclass(frozen=True)
class Second:
    """A further FAQ topic, and the part of the message that asks for it."""

    topic: str
    confidence: float
    part: Part


@dataclass(frozen=True)
class Understanding:
    """What a message means.

    Attributes:
        intent: the intent's name; `faq` for every topic.
        confidence: its probability.
        intents: (name, probability) of every intent, best first; topics are added up under `faq`.
        topics: (topic id, probability) of every FAQ topic, best first.
        second: a second topic asked for in the same message.
    """

    intent: str
    confidence: float
    intents: tuple[tuple[str, float], ...]
    topics: tuple[tuple[str, float], ...]
    second: Second | None = None


def decide(
    labels: Sequence[str],
    whole: np.ndarray,
    parts: Sequence[tuple[Part, np.ndarray]] = (),
    limits: Limits | None = None,
) -> Understanding:
    """Turns probabilities into one decision.

    The label with the highest probability wins. When a message has several parts and the whole is a
    courtesy, unclear or a mixture of several, its first clear question wins; a further clear question becomes the
    second topic.

    Args:
        labels: names of the columns; FAQ topics as `faq/<id>`.
        whole: probabilities of the whole message, [labels].
        parts: the message's parts with the probabilities of each, when it has more than one.
        limits: see there.

    Returns:
        The decision.
    """
    bounds = limits or Limits()
    questions = _questions(labels, parts, bounds)
    chosen = whole
    top = labels[int(whole.argmax())]
    unclear = float(whole.max()) < bounds.answer
    if questions and (unclear or top in COURTESIES or _is_mixture(top, labels, questions)):
        chosen = questions[0][1]
    topics = _topics(labels, chosen)
    intents = _intents(labels, chosen)
    best = float(chosen.max())
    intent = labels[int(chosen.argmax())]
    if intent.startswith(FAQ_PREFIX):
        intent = FAQ
    if best < bounds.answer:
        return Understanding(FALLBACK, 1.0 - best, ((FALLBACK, 1.0 - best), *intents), topics)
    confidence = dict(intents)[intent]
    second = _second(labels, topics[0][0], questions) if intent == FAQ and topics else None
    return Understanding(intent, confidence, intents, topics, second)


def within_scope(
    labels: Sequence[str], probabilities: np.ndarray, subjects: Subjects, familiarity: float
) -> np.ndarray:
    """Takes probability from the FAQ topics where a lupus answer would be out of place.

    A message unlike every training example is probably about something else. One that names another
    disease, and neither lupus nor its treatments, never gets an answer about lupus itself.

    Args:
        labels: names of the columns.
        probabilities: of one message, [labels].
        subjects: what the message names.
        familiarity: its cosine similarity to the nearest training example.

    Returns:
        float32 [labels], adding up to 1.
    """
    if OUT_OF_SCOPE not in labels:
        return probabilities
    known = min(max((familiarity - STRANGE) / (FAMILIAR - STRANGE), 0.0), 1.0)
    another = bool(subjects.other_conditions) and not (
        subjects.lupus or subjects.stem_cells or subjects.lupus_medicines
    )
    kept = np.array(
        [
            0.0 if another and label.startswith(LUPUS_PREFIX) else known if label.startswith(FAQ_PREFIX) else 1.0
            for label in labels
        ],
        dtype=probabilities.dtype,
    )
    result = probabilities * kept
    result[labels.index(OUT_OF_SCOPE)] += probabilities.sum() - result.sum()
    return result


def _questions(
    labels: Sequence[str], parts: Sequence[tuple[Part, np.ndarray]], bounds: Limits
) -> list[tuple[Part, np.ndarray]]:
    if len(parts) < 2:
        return []
    return [
        (part, probabilities)
        for part, probabilities in parts
        if labels[int(probabilities.argmax())].startswith(FAQ_PREFIX) and float(probabilities.max()) >= bounds.second
    ]


def _is_mixture(top: str, labels: Sequence[str], questions: list[tuple[Part, np.ndarray]]) -> bool:
    """Whether a message of several clear questions, taken as a whole, looks like something that none of them is."""
    asked = {labels[int(probabilities.argmax())] for _, probabilities in questions}
    return len(questions) > 1 and top not in asked and (top == OUT_OF_SCOPE or top.startswith(FAQ_PREFIX))


def _second(labels: Sequence[str], first: str, questions: list[tuple[Part, np.ndarray]]) -> Second | None:
    """The second question: of another topic, or else the last of the same one, which has answers of its own."""
    found = [
        Second(labels[int(probabilities.argmax())].removeprefix(FAQ_PREFIX), float(probabilities.max()), part)
        for part, probabilities in questions
    ]
    others = [second for second in found if second.topic != first]
    return others[0] if others else found[-1] if len(found) > 1 else None


def _topics(labels: Sequence[str], probabilities: np.ndarray) -> tuple[tuple[str, float], ...]:
    found = [
        (label.removeprefix(FAQ_PREFIX), float(value))
        for label, value in zip(labels, probabilities, strict=True)
        if label.startswith(FAQ_PREFIX)
    ]
    return tuple(sorted(found, key=lambda item: -item[1]))


def _intents(labels: Sequence[str], probabilities: np.ndarray) -> tuple[tuple[str, float], ...]:
    total: dict[str, float] = {}
    for label, value in zip(labels, probabilities, strict=True):
        name = FAQ if label.startswith(FAQ_PREFIX) else label
        total[name] = total.get(name, 0.0) + float(value)
    return tuple(sorted(total.items(), key=lambda item: -item[1]))
