"""Understands a question that leans on the topic answered last ("and the risks?")."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bot.nlu.scope.subjects import Subjects
from bot.nlu.topics.decision import FAQ_PREFIX

# How far the last topic pulls; how much the message alone still counts; how likely the same topic is asked again.
CONTEXT = 0.9
ALONE = 0.3
REPEATED = 0.3
# A message that is this surely no question needs no context.
SURE = 0.7
_LONGEST = 9
_OPENING = re.compile(
    r"^(?:(?:ok|okay|oh|well|thanks|thank you|hm+)[,.!\s]+)*"
    r"(?:and|but|so|then|also|what about|how about|what of|about|in that case|for that|why is that|why not)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:it|its|it's|that|this|they|them|their|those|these|either|both|the first|the second|one)\b", re.IGNORECASE
)
_SHORT = 4


def leans(text: str, subjects: Subjects) -> bool:
    """Whether a message cannot be understood without what was talked about before.

    Args:
        text: as written.
        subjects: what it names.

    Returns:
        True for a short message that names no subject of its own and refers back, or opens as a
        continuation, or is a mere fragment.
    """
    words = len(text.split())
    if subjects.lupus or subjects.stem_cells or subjects.lupus_medicines or subjects.elsewhere or words > _LONGEST:
        return False
    return bool(_OPENING.search(text) or _REFERENCE.search(text)) or (words <= _SHORT and text.endswith("?"))


def continues(text: str) -> bool:
    """Whether a message goes on from what was talked about before, also with a subject of its own ("and for MSC?")."""
    return len(text.split()) <= _LONGEST and bool(_OPENING.search(text) or _REFERENCE.search(text))


def in_context(message: np.ndarray, topic: np.ndarray) -> np.ndarray:
    """Moves a sentence vector towards the topic it leans on.

    Args:
        message: float32 [dimension], length 1.
        topic: float32 [dimension], the centre of the topic's questions.

    Returns:
        float32 [dimension], length 1.
    """
    moved = message + CONTEXT * topic
    return np.asarray(moved / np.linalg.norm(moved), dtype=np.float32)


def blend(labels: Sequence[str], alone: np.ndarray, context: np.ndarray, topic: str) -> np.ndarray:
    """Joins what a message means alone and in context.

    Args:
        labels: names of the columns.
        alone: probabilities of the message by itself, [labels].
        context: probabilities of the message moved towards the last topic, [labels].
        topic: the last topic. What was just answered is rarely asked again.

    Returns:
        float32 [labels], adding up to 1.
    """
    top = int(alone.argmax())
    if alone[top] >= SURE and not labels[top].startswith(FAQ_PREFIX):
        return alone
    weights = np.array([REPEATED if label == f"{FAQ_PREFIX}{topic}" else 1.0 for label in labels], np.float32)
    joined = alone**ALONE * context ** (1.0 - ALONE) * weights
    total = joined.sum()
    return np.asarray(joined / total) if total > 0 else alone
