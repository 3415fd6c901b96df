"""Learns, topic by topic, which direct answer belongs to a question, from the questions written for each.

Kernel ridge regression (Saunders and others, ICML 1998) with one output an answer, 1 for its own questions and 0 for
others, on the sentence vector and on words and pairs of words. It is solved within each topic, where there are few
questions, and kept as weights, so that an answer costs two products.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from bot.nlu.terms import weigh

# Chosen by five-fold cross-validation over the questions themselves; see docs/understanding.md.
RIDGE = 0.3
WORDS = 0.5
# Questions of the whole article are of every kind, narrow ones too: they say little against a direct answer.
ARTICLE_WEIGHT = 0.1
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ARRAYS, _NAMES = "direct_answers.npz", "direct_answers.json"


@dataclass(frozen=True)
class Asked:
    """What is known of one topic: its questions with their vectors, and its answers.

    `owners` holds for each question the place of its answer in `answers`, or -1 for the article's own questions;
    `vectors` float32 [questions, dimension], `answer_vectors` float32 [answers, dimension], all of length 1.
    """

    answers: tuple[str, ...]
    texts: tuple[str, ...]
    owners: np.ndarray
    vectors: np.ndarray
    answer_vectors: np.ndarray


class DirectAnswerModel:
    """Scores of a topic's direct answers for one message: about 1 for one that was asked for, about 0 for others."""

    def __init__(
        self, answers: Mapping[str, tuple[str, ...]], vocabulary: Mapping[str, int], arrays: Mapping[str, np.ndarray]
    ) -> None:
        """Takes what `fit` and `load` make; see `_ARRAYS` for the names."""
        self._answers = dict(answers)
        self._vocabulary = dict(vocabulary)
        self._arrays = dict(arrays)
        shape = (len(arrays["vectors"]), len(vocabulary))
        self._words = sp.csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape).tocsc()
        self._starts: dict[str, int] = {}
        place = 0
        for topic, ids in self._answers.items():
            if ids:
                self._starts[topic] = place
            place += len(ids)

    @classmethod
    def fit(cls, topics: Mapping[str, Asked]) -> DirectAnswerModel:
        """Learns from the questions of each topic that has direct answers."""
        terms = sorted({term for asked in topics.values() for text in asked.texts for term in terms_of(text)})
        vocabulary = {term: column for column, term in enumerate(terms)}
        idf = _idf([text for asked in topics.values() for text in asked.texts], vocabulary)
        vectors, words = [], []
        for asked in topics.values():
            on_vector, on_words = _solve(asked, _matrix(asked.texts, vocabulary, idf))
            vectors.append(on_vector)
            words.append(on_words)
        weights = sp.vstack(words).tocsr() if words else sp.csr_matrix((0, len(vocabulary)), dtype=np.float32)
        arrays = {
            "vectors": np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32),
            "idf": idf,
            "data": weights.data.astype(np.float32),
            "indices": weights.indices,
            "indptr": weights.indptr,
        }
        return cls({topic: asked.answers for topic, asked in topics.items()}, vocabulary, arrays)

    def scores(self, topic: str, text: str, vector: np.ndarray) -> list[tuple[str, float]]:
        """The topic's direct answers, best first.

        Args:
            topic: the topic's id.
            text: the message, or the part of it that asks.
            vector: float32 [dimension], its sentence vector, of length 1.

        Returns:
            (answer id, score); nothing for a topic without direct answers.
        """
        ids = self._answers.get(topic, ())
        found = self._score(text, vector)[self._starts[topic] : self._starts[topic] + len(ids)] if ids else ()
        return sorted(zip(ids, map(float, found), strict=True), key=lambda item: -item[1])

    def best_of_topics(self, text: str, vector: np.ndarray) -> dict[str, float]:
        """For each topic with direct answers the score of the one that fits best; arguments as for `scores`."""
        if not self._starts:
            return {}
        best = np.maximum.reduceat(self._score(text, vector), list(self._starts.values()))
        return dict(zip(self._starts, map(float, best), strict=True))

    def _score(self, text: str, vector: np.ndarray) -> np.ndarray:
        """Float32 [answers of all topics], one after the other."""
        result = self._arrays["vectors"] @ vector
        columns, weights = weigh(terms_of(text), self._vocabulary, self._arrays["idf"])
        if not len(columns):
            return result
        # By hand: to cut a few columns out of a sparse matrix takes longer than all the rest.
        starts, ends = self._words.indptr[columns], self._words.indptr[columns + 1]
        places = np.concatenate([np.arange(*ends_of) for ends_of in zip(starts, ends, strict=True)])
        told = self._words.data[places] * np.repeat(weights, ends - starts)
        return result + np.sqrt(WORDS) * np.bincount(self._words.indices[places], told, minlength=len(result))

    def save(self, directory: Path) -> None:
        """Writes the model into `directory`."""
        np.savez_compressed(directory / _ARRAYS, **self._arrays)
        names = {"answers": self._answers, "vocabulary": self._vocabulary}
        (directory / _NAMES).write_text(json.dumps(names), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> DirectAnswerModel:
        """Reads what `save` wrote."""
        names = json.loads((directory / _NAMES).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS, allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        return cls({topic: tuple(ids) for topic, ids in names["answers"].items()}, names["vocabulary"], kept)


def terms_of(text: str) -> list[str]:
    """Words and pairs of neighbouring words, in small letters."""
    words = _WORD.findall(text.lower())
    return [*words, *map(" ".join, pairwise(words))]


def _idf(texts: Sequence[str], vocabulary: Mapping[str, int]) -> np.ndarray:
    counts = np.zeros(len(vocabulary), np.float32)
    for text in texts:
        counts[[vocabulary[term] for term in set(terms_of(text))]] += 1
    return np.asarray(np.log((1 + len(texts)) / (1 + counts)) + 1, dtype=np.float32)


def _matrix(texts: Sequence[str], vocabulary: Mapping[str, int], idf: np.ndarray) -> sp.csr_matrix:
    rows = [weigh(terms_of(text), vocabulary, idf) for text in texts]
    starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows])
    weights = np.concatenate([weights for _, weights in rows])
    return sp.csr_matrix((weights, columns, starts), shape=(len(texts), len(vocabulary)))


def _solve(asked: Asked, words: sp.csr_matrix) -> tuple[np.ndarray, sp.csr_matrix]:
    """Weights on the sentence vector [answers, dimension] and on the terms [answers, terms].

    Each answer's own text counts as one more question, with its vector alone.
    """
    count = len(asked.answers)
    vectors = np.concatenate([asked.vectors, asked.answer_vectors])
    kernel = vectors @ vectors.T
    kernel[: len(asked.texts), : len(asked.texts)] += WORDS * (words @ words.T).toarray()
    owners = np.concatenate([asked.owners, np.arange(count)])
    wanted = (owners[:, None] == np.arange(count)).astype(np.float64)
    trust = np.where(owners < 0, ARTICLE_WEIGHT, 1.0)
    dual = np.linalg.solve(kernel + np.diag(RIDGE / trust), wanted)
    on_words = sp.csr_matrix((words.T @ dual[: len(asked.texts)]).T * np.sqrt(WORDS))
    return (dual.T @ vectors).astype(np.float32), on_words
