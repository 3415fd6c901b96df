"""A light classifier that looks where no rule did: regression over a sentence vector, neighbours, words and letters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu.directions import main_directions
from bot.nlu.safety.decision import CRISIS, EMERGENCY
from bot.nlu.safety.neighbours import Neighbours
from bot.nlu.terms import weigh

NONE = "none"
LABELS = (NONE, EMERGENCY, CRISIS)
LONGEST_NGRAM = 3
LETTERS = (3, 4, 5)
LEAST_DOCUMENTS = 2
DIRECTIONS = 160
TOLERANCE = 0.01  # half the time of the default, and no probability moves by more than 0.002
REGULARISATION = 100.0  # chosen on lines that are not among the examples
_WORD = re.compile(r"\w")

Words = Sequence[str]


def ngrams(words: Words) -> list[str]:
    """Runs of one to three words. Where a sentence ends is left out: it tells who wrote, not what."""
    said = [word for word in words if _WORD.search(word)]
    return [
        " ".join(said[start : start + length])
        for length in range(1, LONGEST_NGRAM + 1)
        for start in range(len(said) - length + 1)
    ]


def letters(words: Words) -> list[str]:
    """Runs of three to five letters, blanks included: they bear typing mistakes, and endings of words."""
    line = f" {' '.join(word for word in words if _WORD.search(word))} "
    return [line[start : start + length] for length in LETTERS for start in range(len(line) - length + 1)]


ANALYSERS: tuple[Callable[[Words], list[str]], ...] = (ngrams, letters)


@dataclass(frozen=True)
class Terms:
    """The terms that one analyser finds: term -> column, and the weight (idf, float32 [terms]) of each column."""

    vocabulary: Mapping[str, int]
    idf: np.ndarray


@dataclass(frozen=True)
class SecondLook:
    """The trained classifier: plain arrays, kept in the model archive.

    terms: one entry an analyser; neighbours: None without vectors; weights: float32 [labels, vector + nearness +
    terms]; bias: float32 [labels]
    """

    terms: tuple[Terms, ...]
    neighbours: Neighbours | None
    weights: np.ndarray
    bias: np.ndarray
    labels: tuple[str, ...] = LABELS

    @classmethod
    def train(
        cls,
        words: Sequence[Words],
        vectors: np.ndarray,
        labels: Sequence[str],
        order: tuple[str, ...] = LABELS,
        pool: np.ndarray | None = None,
    ) -> SecondLook:
        """Fits the classifier.

        Args:
            words: normal forms of each line.
            vectors: sentence vector of each line, float32 [lines, dimension]; the dimension may be 0.
            labels: the label of each line.
            order: all labels, in the order of the probabilities.
            pool: bool [lines], the lines that a message's neighbours are looked for among; None for all.

        Returns:
            The classifier.
        """
        from scipy.sparse import csr_matrix, hstack
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        weighers = [TfidfVectorizer(analyzer=a, sublinear_tf=True, min_df=LEAST_DOCUMENTS) for a in ANALYSERS]
        counted = [weigher.fit_transform(words) for weigher in weighers]
        # With so many features this solver needs far fewer steps than the default one.
        model = LogisticRegression(C=REGULARISATION, solver="newton-cg", tol=TOLERANCE, class_weight="balanced")
        dense, neighbours = [], None
        if vectors.shape[1]:
            directions = main_directions(vectors, DIRECTIONS)
            among = np.ones(len(vectors), dtype=bool) if pool is None else pool
            neighbours, own = Neighbours.of(vectors, labels, order, directions, among)
            dense = [csr_matrix(vectors @ directions), csr_matrix(neighbours.nearness(vectors, own))]
        model.fit(hstack([*dense, *counted]).tocsr(), labels)
        weights = model.coef_
        if neighbours is not None:
            # For whole vectors, so that a message needs no other product.
            seen = neighbours.directions.shape[1]
            weights = np.hstack([weights[:, :seen] @ neighbours.directions.T, weights[:, seen:]])
        places = [list(model.classes_).index(label) for label in order]
        terms = tuple(
            Terms({term: int(column) for term, column in w.vocabulary_.items()}, w.idf_.astype(np.float32))
            for w in weighers
        )
        return cls(
            terms, neighbours, weights[places].astype(np.float32), model.intercept_[places].astype(np.float32), order
        )

    def probabilities(self, words: Words, vector: np.ndarray) -> Mapping[str, float]:
        """How likely each label is; `vector` is float32 [dimension]."""
        dense = vector
        if self.neighbours is not None:
            dense = np.concatenate([vector, self.neighbours.nearness(vector[np.newaxis])[0]])
        start = len(dense)
        scores = self.bias + self.weights[:, :start] @ dense
        for analyse, terms in zip(ANALYSERS, self.terms, strict=True):
            columns, weights = weigh(analyse(words), terms.vocabulary, terms.idf)
            scores = scores + self.weights[:, start + columns] @ weights
            start += len(terms.idf)
        powers = np.exp(scores - scores.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))

    def save(self, file: Path) -> None:
        """Writes the classifier to `file` (.npz)."""
        near = self.neighbours
        about = {"labels": self.labels, "counts": near.counts if near else []}
        arrays = {"directions": near.directions, "points": near.points.astype(np.float16)} if near else {}
        for place, terms in enumerate(self.terms):
            arrays |= {f"idf_{place}": terms.idf, f"terms_{place}": np.array(json.dumps(terms.vocabulary))}
        with file.open("wb") as stream:
            np.savez_compressed(
                stream, about=json.dumps(about), weights=self.weights.astype(np.float16), bias=self.bias, **arrays
            )

    @classmethod
    def load(cls, file: Path) -> SecondLook:
        """Reads what `save` wrote."""
        with np.load(file, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            terms = tuple(
                Terms(json.loads(str(stored[f"terms_{place}"])), stored[f"idf_{place}"])
                for place in range(len(ANALYSERS))
            )
            near = None
            if about["counts"]:
                points = stored["points"].astype(np.float32)
                near = Neighbours(stored["directions"], points, tuple(about["counts"]))
            return cls(terms, near, stored["weights"].astype(np.float32), stored["bias"], tuple(about["labels"]))
