"""What a message names and what form it has, as numbers beside the sentence vector."""

from __future__ import annotations

import re

import numpy as np

from bot.nlu.scope.subjects import Subjects

_QUESTION = re.compile(
    r"^(?:(?:and|but|so|ok|okay|hi|hello|please)[,\s]+)*"
    r"(?:what|how|why|when|where|who|which|is|are|am|do|does|did|can|could|will|would|should|may|any|has|have)\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^(?:(?:and|but|so|ok|okay|hi|hello|well|no|yes|yeah|actually|sorry)[,.\s]+)*"
    r"(?:i|i'm|im|i've|ive|i'd|my|we|our|he|she|his|her|they|it's|its|there)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|whats|how|why|when|where|who|which|whether|can i|can you|could i|could you|should i|"
    r"do i|do you|does it|"
    r"is it|is there|are there|tell me|want to know|wonder(?:ing)?|curious|explain)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|im|i've|ive|my|me|mine)\b", re.IGNORECASE)
_FEW = 2
_MANY = 15


def is_statement(text: str) -> bool:
    """Whether somebody tells of herself or of others ("no im safe", "it stopped") and asks nothing."""
    return bool(_STATEMENT.search(text.strip())) and not _ASKS.search(text) and "?" not in text


def message_flags(text: str, subjects: Subjects) -> np.ndarray:
    """Describes a message.

    Args:
        text: as written.
        subjects: what it names.

    Returns:
        float32 [13] of zeros and ones.
    """
    words = len(text.split())
    unnamed = not subjects.lupus
    flags = (
        subjects.lupus,
        subjects.stem_cells,
        subjects.elsewhere,
        bool(subjects.other_conditions) and unnamed,
        bool(subjects.other_medicines) and unnamed,
        subjects.elsewhere and subjects.stem_cells,
        bool(_QUESTION.search(text)) or text.rstrip().endswith("?"),
        bool(_FIRST_PERSON.search(text)),
        words <= _FEW,
        words > _MANY,
        bool(_STATEMENT.search(text)) and not text.rstrip().endswith("?"),
        bool(_ASKS.search(text)),
        bool(_DIGIT.search(text)),
    )
    return np.array(flags, dtype=np.float32)
