"""The directions in which sentence vectors differ most: fewer numbers for a linear model to learn from."""

from __future__ import annotations

import numpy as np


def main_directions(vectors: np.ndarray, count: int) -> np.ndarray:
    """Finds the directions that tell vectors apart best.

    A linear model learns from `vectors @ directions` in a fraction of the time, and `directions @ weights` makes its
    weights fit whole vectors again.

    Args:
        vectors: float32 [vectors, dimension].
        count: how many directions to keep; all of them if there are no more.

    Returns:
        float32 [dimension, at most count], orthonormal columns.
    """
    _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    return directions[:, ::-1][:, :count].astype(np.float32)
