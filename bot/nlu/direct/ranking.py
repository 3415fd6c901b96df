"""Weighs the topics of a question by how well their direct answers fit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bot.nlu.topics.decision import FAQ_PREFIX

# How much a fitting direct answer speaks for its topic beside the logarithm of the topic's probability. A question
# taken for one about the patient's own case has an answer here from this score and probability on.
# Chosen on questions that neither has learnt; see docs/understanding.md.
FIT, FITS, POSSIBLE = 4.0, 0.6, 0.01


def weighed_anew(rows: Sequence[Mapping[str, Any]], fits: Mapping[str, float]) -> list[dict[str, Any]]:
    """The topics' ranking with the fit of their direct answers (0 to 1) beside their probabilities; its sum stays.

    Args:
        rows: `confidence` and `intent_response_key` of each topic, as in Rasa's ranking.
        fits: by topic id, the score of its best direct answer.

    Returns:
        The same rows with other confidences, best first.
    """
    confidences = np.array([row["confidence"] for row in rows])
    fit = [min(max(fits.get(row["intent_response_key"].removeprefix(FAQ_PREFIX), 0.0), 0.0), 1.0) for row in rows]
    weighed = confidences * np.exp(FIT * np.array(fit))
    weighed *= confidences.sum() / max(weighed.sum(), np.finfo(float).tiny)
    anew = [{**row, "confidence": float(value)} for row, value in zip(rows, weighed, strict=True)]
    return sorted(anew, key=lambda row: -float(row["confidence"]))


def has_an_answer(rows: Sequence[Mapping[str, Any]], topic: str, fits: Mapping[str, float]) -> bool:
    """Whether a question about the patient's own case has an answer in `topic` (`rows`, `fits`: see `weighed_anew`)."""
    before = next((row["confidence"] for row in rows if row["intent_response_key"] == f"{FAQ_PREFIX}{topic}"), 0.0)
    return fits.get(topic, 0.0) >= FITS and before >= POSSIBLE
