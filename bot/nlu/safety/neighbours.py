"""How near a sentence is to the examples of each label: what a linear model cannot see, told to it as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NEAREST = (1, 3, 5)
SCALE = 3.0  # of the numbers beside the others: chosen on lines that are not among the examples
BLOCK = 1000


@dataclass(frozen=True)
class Neighbours:
    """The examples as points of length 1, label after label.

    directions: float32 [dimension, kept]; points: float32 [examples, kept]; counts: examples of each label.
    """

    directions: np.ndarray
    points: np.ndarray
    counts: tuple[int, ...]

    @classmethod
    def of(
        cls, vectors: np.ndarray, labels: Sequence[str], order: Sequence[str], directions: np.ndarray, pool: np.ndarray
    ) -> tuple[Neighbours, np.ndarray]:
        """The neighbours and the place of each line among them.

        Args:
            vectors: float32 [lines, dimension].
            labels: the label of each line.
            order: all labels.
            directions: the directions kept, float32 [dimension, kept].
            pool: bool [lines], which lines are to be neighbours.

        Returns:
            The neighbours, and int64 [lines]: where each line stands among `points`, -1 for one outside the pool.
        """
        named = np.asarray(labels)
        rows = np.concatenate([np.flatnonzero(pool & (named == label)) for label in order])
        places = np.full(len(vectors), -1, dtype=np.int64)
        places[rows] = np.arange(len(rows))
        counts = tuple(int((pool & (named == label)).sum()) for label in order)
        return cls(directions, _unit(vectors[rows] @ directions), counts), places

    def nearness(self, vectors: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        """For each vector and label the mean similarity of the nearest one, three and five examples.

        Args:
            vectors: float32 [lines, dimension].
            places: where each line itself stands among the points (-1: nowhere); it is no neighbour of its own.

        Returns:
            float32 [lines, labels x 3].
        """
        rows = []
        for start in range(0, len(vectors), BLOCK):
            likeness = _unit(vectors[start : start + BLOCK] @ self.directions) @ self.points.T
            if places is not None:
                own = places[start : start + BLOCK]
                inside = np.flatnonzero(own >= 0)
                likeness[inside, own[inside]] = -1.0
            rows.append(np.concatenate([_means(part) for part in self._parts(likeness)], axis=1))
        return SCALE * np.concatenate(rows).astype(np.float32)

    def _parts(self, likeness: np.ndarray) -> list[np.ndarray]:
        ends = np.cumsum(self.counts)
        return np.split(likeness, ends[:-1], axis=1)


def _means(likeness: np.ndarray) -> np.ndarray:
    most = min(NEAREST[-1], likeness.shape[1])
    best = -np.sort(-np.partition(likeness, -most, axis=1)[:, -most:], axis=1)
    return np.stack([best[:, :count].mean(axis=1) for count in NEAREST], axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)
