"""Weighs the terms of one message as scikit-learn's TfidfVectorizer does, without its sparse matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np


def weigh(terms: Iterable[str], vocabulary: Mapping[str, int], idf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts the known terms of a message and weighs them (sublinear term frequency, length 1).

    Args:
        terms: words or n-grams, repeated as they occur.
        vocabulary: the column of each known term.
        idf: the weight of each column.

    Returns:
        int64 [known terms], their columns, and float32 [known terms], their weights.
    """
    counts = Counter(column for term in terms if (column := vocabulary.get(term)) is not None)
    columns = np.fromiter(counts, dtype=np.int64, count=len(counts))
    weights = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * idf[columns]
    length = np.linalg.norm(weights)
    return columns, (weights / length if length else weights).astype(np.float32)
