"""The classifier behind intents and topics: a linear model, the nearest examples and the answers, blended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bot.nlu.directions import main_directions
from bot.nlu.terms import weigh
from bot.nlu.topics.nearest import NearestExamples

WEIGHTS_FILE = "weights.npz"
LABELS_FILE = "labels.json"


@dataclass(frozen=True)
class Settings:
    """What was chosen by measurement (docs/understanding.md).

    Attributes:
        smallest, largest: lengths of the character n-grams, within words.
        characters: weight of the n-grams beside the sentence vector.
        flags: weight of the flags beside the sentence vector.
        directions: how many directions of the sentence vectors the linear support vector machines see.
        slack: the C of the linear support vector machines.
        margins: weight of the linear model's margins in the blend.
        neighbours: weight of the similarity to a label's nearest example.
        answers: weight of the similarity to a topic's answer.
        caution: added to the score of `cautious`, the label that leaves a message unanswered, where a label with an
            answer leads: if both are about as likely, no answer does less harm than a wrong one.
        scale: multiplies the blend before the softmax; sets how sure the model is.
    """

    smallest: int = 2
    largest: int = 5
    characters: float = 0.7
    flags: float = 0.5
    directions: int = 160
    slack: float = 2.0
    margins: float = 3.2
    neighbours: float = 16.0
    answers: float = 6.0
    caution: float = 0.75
    cautious: str = "out_of_scope"
    scale: float = 1.0


@dataclass(frozen=True)
class Inputs:
    """Messages as the model sees them.

    Attributes:
        texts: as written.
        vectors: float32 [messages, dimension], their sentence vectors, each of length 1.
        flags: float32 [messages, flags], what they name and what form they have.
    """

    texts: Sequence[str]
    vectors: np.ndarray
    flags: np.ndarray


class LabelModel:
    """Scores every label for a message and turns the scores into probabilities."""

    def __init__(
        self,
        labels: Sequence[str],
        vocabulary: Mapping[str, int],
        arrays: Mapping[str, np.ndarray],
        settings: Settings,
    ) -> None:
        """Holds a fitted model; use `fit` or `load`.

        Args:
            labels: the labels, in the order of every array's rows.
            vocabulary: the row of `sparse` and `idf` of each character n-gram.
            arrays: `dense`, `sparse`, `flags`, `bias` of the linear model, and `idf`, the weights of the n-grams;
                `examples` and `starts`, the training vectors sorted by label; `answers` and `owners`, the
                answers' sentences.
            settings: see there.
        """
        self.labels = tuple(labels)
        self._vocabulary = vocabulary
        self._arrays = {name: np.asarray(array) for name, array in arrays.items()}
        self._settings = settings
        self._ngrams = _vectorizer(settings).build_analyzer()
        self._nearest = NearestExamples(self._arrays["examples"], self._arrays["starts"])
        owners = self._arrays["owners"]
        self._answer_starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else owners
        self._has_answer = np.isin(np.arange(len(self.labels)), owners)
        self._is_cautious = np.array(self.labels) == settings.cautious

    @classmethod
    def fit(
        cls,
        inputs: Inputs,
        labels: Sequence[str],
        answers: Mapping[str, np.ndarray] | None = None,
        settings: Settings | None = None,
    ) -> LabelModel:
        """Learns from labelled messages.

        Args:
            inputs: the messages.
            labels: the label of each.
            answers: float32 [sentences, dimension] of each label that has an answer.
            settings: see there.

        Returns:
            The fitted model.

        Raises:
            ValueError: if there are fewer than two labels.
        """
        chosen = settings or Settings()
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError("at least two intents or topics with examples are needed to train")
        index = {name: position for position, name in enumerate(names)}
        target = np.array([index[label] for label in labels])
        vectorizer = _vectorizer(chosen, min_df=2 if len(target) > 500 else 1)
        characters = vectorizer.fit_transform(inputs.texts)
        directions = main_directions(inputs.vectors, chosen.directions)
        features = hstack(
            [
                csr_matrix(inputs.vectors @ directions),
                csr_matrix(inputs.flags * chosen.flags),
                characters * chosen.characters,
            ]
        ).tocsr()
        machine = LinearSVC(C=chosen.slack, random_state=0).fit(features, target)
        coefficients, bias = machine.coef_.astype(np.float32), machine.intercept_.astype(np.float32)
        if len(names) == 2:
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.r_[-bias, bias]
        seen, flags = directions.shape[1], inputs.flags.shape[1]
        order = np.argsort(target, kind="stable")
        known = {label: rows for label, rows in sorted((answers or {}).items()) if label in index}
        arrays = {
            "dense": coefficients[:, :seen] @ directions.T,
            "flags": coefficients[:, seen : seen + flags],
            "sparse": np.ascontiguousarray(coefficients[:, seen + flags :].T),
            "bias": bias,
            "idf": vectorizer.idf_.astype(np.float32),
            "examples": inputs.vectors[order].astype(np.float32),
            "starts": np.searchsorted(target[order], np.arange(len(names) + 1)),
            "answers": np.vstack([*known.values(), np.zeros((0, inputs.vectors.shape[1]), np.float32)]),
            "owners": np.array([index[label] for label, rows in known.items() for _ in rows], dtype=np.int64),
        }
        return cls(names, vectorizer.vocabulary_, arrays, chosen)

    def judge(self, inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        """Judges messages.

        Args:
            inputs: the messages.

        Returns:
            float32 [messages, labels], the probability of each label, rows adding up to 1, columns as in
            `labels`; and float32 [messages], the cosine similarity to the nearest training example.
        """
        chosen = self._settings
        nearest = self._nearest.similarities(inputs.vectors)
        scores = (
            chosen.margins * self._margins(inputs)
            + chosen.neighbours * nearest
            + chosen.answers * self._answers(inputs.vectors)
        ) * chosen.scale
        would_answer = self._has_answer[scores.argmax(axis=1)]
        scores += chosen.caution * chosen.scale * np.outer(would_answer, self._is_cautious)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True), nearest.max(axis=1)

    def probabilities(self, inputs: Inputs) -> np.ndarray:
        """The first result of `judge` alone."""
        return self.judge(inputs)[0]

    def centre(self, label: str) -> np.ndarray:
        """The mean direction of a label's training examples.

        Args:
            label: one of `labels`, or any other.

        Returns:
            float32 [dimension] of length 1; zeros for a label that was not learnt.
        """
        examples, starts = self._arrays["examples"], self._arrays["starts"]
        if label not in self.labels:
            return np.zeros(examples.shape[1], dtype=np.float32)
        position = self.labels.index(label)
        mean = examples[starts[position] : starts[position + 1]].mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _margins(self, inputs: Inputs) -> np.ndarray:
        arrays, chosen = self._arrays, self._settings
        return np.asarray(
            inputs.vectors @ arrays["dense"].T
            + inputs.flags @ arrays["flags"].T * chosen.flags
            + np.stack([self._characters(text) for text in inputs.texts]) * chosen.characters
            + arrays["bias"]
        )

    def _characters(self, text: str) -> np.ndarray:
        # By hand, since a sparse matrix of one row costs more to make than to multiply.
        rows, weights = weigh(self._ngrams(text), self._vocabulary, self._arrays["idf"])
        return np.asarray(weights @ self._arrays["sparse"][rows])

    def _answers(self, vectors: np.ndarray) -> np.ndarray:
        result = np.zeros((len(vectors), len(self.labels)), dtype=np.float32)
        owners = self._arrays["owners"]
        if not len(owners):
            return result
        best = np.maximum.reduceat(vectors @ self._arrays["answers"].T, self._answer_starts, axis=1)
        # Centred: an answer counts against the other answers, not against the intents that have none.
        result[:, owners[self._answer_starts]] = best - best.mean(axis=1, keepdims=True)
        return result

    def save(self, directory: Path) -> None:
        """Writes the model as plain arrays and JSON (no pickle).

        Args:
            directory: an existing directory.
        """
        compact = {
            name: array.astype(np.float16) if array.dtype == np.float32 and array.ndim == 2 else array
            for name, array in self._arrays.items()
        }
        np.savez(directory / WEIGHTS_FILE, **compact)
        content = {
            "labels": self.labels,
            "terms": sorted(self._vocabulary, key=self._vocabulary.__getitem__),
            "settings": self._settings.__dict__,
        }
        (directory / LABELS_FILE).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> LabelModel:
        """Reads what `save` wrote.

        Args:
            directory: holds both files.

        Returns:
            The model.
        """
        content = json.loads((directory / LABELS_FILE).read_text(encoding="utf-8"))
        settings = Settings(**content["settings"])
        with np.load(directory / WEIGHTS_FILE) as stored:
            arrays = {
                name: stored[name].astype(np.float32) if stored[name].dtype == np.float16 else stored[name]
                for name in stored.files
            }
        vocabulary = {term: row for row, term in enumerate(content["terms"])}
        return cls(content["labels"], vocabulary, arrays, settings)


def _vectorizer(settings: Settings, min_df: int = 1) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(settings.smallest, settings.largest),
        sublinear_tf=True,
        min_df=min_df,
        dtype=np.float32,
    )
