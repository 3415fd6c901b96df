"""A light classifier that looks where no rule did: logistic regression over sentence vector and word n-grams."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu.directions import main_directions
from bot.nlu.safety.decision import CRISIS, EMERGENCY
from bot.nlu.terms import weigh

NONE = "none"
LABELS = (NONE, EMERGENCY, CRISIS)
LONGEST_NGRAM = 3
LEAST_DOCUMENTS = 2
DIRECTIONS = 160
TOLERANCE = 0.01  # half the time of the default, and no probability moves by more than 0.002
REGULARISATION = 100.0  # chosen on lines that are not among the examples


def ngrams(words: Sequence[str]) -> list[str]:
    """Runs of one to three normal forms."""
    return [
        " ".join(words[start : start + length])
        for length in range(1, LONGEST_NGRAM + 1)
        for start in range(len(words) - length + 1)
    ]


@dataclass(frozen=True)
class SecondLook:
    """The trained classifier: plain arrays, kept in the model archive.

    vocabulary: n-gram -> column; idf: its weight; weights: [labels, vector + n-grams]; bias: [labels]
    """

    vocabulary: dict[str, int]
    idf: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def train(cls, words: Sequence[Sequence[str]], vectors: np.ndarray, labels: Sequence[str]) -> SecondLook:
        """Fits the classifier.

        in: normal forms and sentence vector (float32 [lines, dimension]) of each line, and its label
        """
        from scipy.sparse import csr_matrix, hstack
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        weigher = TfidfVectorizer(analyzer=ngrams, sublinear_tf=True, min_df=LEAST_DOCUMENTS)
        counted = weigher.fit_transform(words)
        # With so many features this solver needs far fewer steps than the default one.
        model = LogisticRegression(C=REGULARISATION, solver="newton-cg", tol=TOLERANCE, class_weight="balanced")
        directions = main_directions(vectors, DIRECTIONS)
        model.fit(hstack([csr_matrix(vectors @ directions), counted]).tocsr(), labels)
        seen = directions.shape[1]
        weights = np.hstack([model.coef_[:, :seen] @ directions.T, model.coef_[:, seen:]])
        order = [list(model.classes_).index(label) for label in LABELS]
        return cls(
            {ngram: int(column) for ngram, column in weigher.vocabulary_.items()},
            weigher.idf_.astype(np.float32),
            weights[order].astype(np.float32),
            model.intercept_[order].astype(np.float32),
        )

    def probabilities(self, words: Sequence[str], vector: np.ndarray) -> Mapping[str, float]:
        """How likely a message is an emergency, a crisis, neither."""
        columns, weights = weigh(ngrams(words), self.vocabulary, self.idf)
        dimension = len(vector)
        scores = self.bias + self.weights[:, :dimension] @ vector + self.weights[:, dimension + columns] @ weights
        powers = np.exp(scores - scores.max())
        return dict(zip(LABELS, (powers / powers.sum()).tolist(), strict=True))

    def save(self, file: Path) -> None:
        with file.open("wb") as stream:
            np.savez_compressed(
                stream, idf=self.idf, weights=self.weights, bias=self.bias, ngrams=json.dumps(self.vocabulary)
            )

    @classmethod
    def load(cls, file: Path) -> SecondLook:
        with np.load(file, allow_pickle=False) as stored:
            vocabulary = json.loads(str(stored["ngrams"]))
            return cls(vocabulary, stored["idf"], stored["weights"], stored["bias"])
