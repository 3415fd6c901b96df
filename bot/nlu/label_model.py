"""The classifier behind intents and topics: a linear model, the nearest examples and the answers, blended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

WEIGHTS_FILE = "weights.npz"
LABELS_FILE = "labels.json"
_ABSENT = -2.0


@dataclass(frozen=True)
class Settings:
    """What was chosen by measurement (docs/understanding.md).

    Attributes:
        smallest, largest: lengths of the character n-grams, within words.
        characters: weight of the n-grams beside the sentence vector.
        flags: weight of the flags beside the sentence vector.
        slack: the C of the linear support vector machines.
        balance: examples count by (mean size / own size) ** balance of their label.
        margins: weight of the linear model's margins in the blend.
        neighbours: weight of the similarity to a label's nearest examples.
        nearest: how many nearest examples of a label are averaged.
        answers: weight of the similarity to a topic's answer.
        caution: added to the score of `cautious`, the label that leaves a message unanswered, where a label with an
            answer leads: if both are about as likely, no answer does less harm than a wrong one.
        scale: multiplies the blend before the softmax; sets how sure the model is.
    """

    smallest: int = 2
    largest: int = 5
    characters: float = 0.7
    flags: float = 0.5
    slack: float = 2.0
    balance: float = 0.0
    margins: float = 3.2
    neighbours: float = 13.0
    nearest: int = 1
    answers: float = 6.0
    caution: float = 0.5
    cautious: str = "out_of_scope"
    scale: float = 1.3


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
        vectorizer: TfidfVectorizer,
        arrays: Mapping[str, np.ndarray],
        settings: Settings,
    ) -> None:
        """Holds a fitted model; use `fit` or `load`.

        Args:
            labels: the labels, in the order of every array's rows.
            vectorizer: of character n-grams.
            arrays: `dense`, `sparse`, `flags`, `bias` of the linear model; `examples` and `starts`, the
                training vectors sorted by label; `answers` and `owners`, the answers' sentences.
            settings: see there.
        """
        self.labels = tuple(labels)
        self._vectorizer = vectorizer
        self._arrays = {name: np.asarray(array) for name, array in arrays.items()}
        self._settings = settings
        self._blocks = _blocks(self._arrays["starts"], len(self._arrays["examples"]))
        owners = self._arrays["owners"]
        self._answer_starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else owners

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
        vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(chosen.smallest, chosen.largest),
            sublinear_tf=True,
            min_df=2 if len(target) > 500 else 1,
            dtype=np.float32,
        ).fit(inputs.texts)
        features = hstack(
            [
                csr_matrix(inputs.vectors),
                csr_matrix(inputs.flags * chosen.flags),
                vectorizer.transform(inputs.texts) * chosen.characters,
            ]
        ).tocsr()
        sizes = Counter(target.tolist())
        mean = len(target) / len(names)
        weights = {position: (mean / size) ** chosen.balance for position, size in sizes.items()}
        machine = LinearSVC(C=chosen.slack, class_weight=weights, random_state=0).fit(features, target)
        coefficients, bias = machine.coef_.astype(np.float32), machine.intercept_.astype(np.float32)
        if len(names) == 2:
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.r_[-bias, bias]
        dimension, flags = inputs.vectors.shape[1], inputs.flags.shape[1]
        order = np.argsort(target, kind="stable")
        known = {label: rows for label, rows in sorted((answers or {}).items()) if label in index}
        arrays = {
            "dense": coefficients[:, :dimension],
            "flags": coefficients[:, dimension : dimension + flags],
            "sparse": np.ascontiguousarray(coefficients[:, dimension + flags :].T),
            "bias": bias,
            "examples": inputs.vectors[order].astype(np.float32),
            "starts": np.searchsorted(target[order], np.arange(len(names) + 1)),
            "answers": np.vstack([*known.values(), np.zeros((0, dimension), np.float32)]),
            "owners": np.array([index[label] for label, rows in known.items() for _ in rows], dtype=np.int64),
        }
        return cls(names, vectorizer, arrays, chosen)

    def judge(self, inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        """Judges messages.

        Args:
            inputs: the messages.

        Returns:
            float32 [messages, labels], the probability of each label, rows adding up to 1, columns as in
            `labels`; and float32 [messages], the cosine similarity to the nearest training example.
        """
        chosen = self._settings
        similarity = inputs.vectors @ self._arrays["examples"].T
        scores = (
            chosen.margins * self._margins(inputs)
            + chosen.neighbours * self._neighbours(similarity)
            + chosen.answers * self._answers(inputs.vectors)
        ) * chosen.scale
        would_answer = np.isin(scores.argmax(axis=1), self._arrays["owners"])
        scores += chosen.caution * chosen.scale * np.outer(would_answer, np.array(self.labels) == chosen.cautious)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True), similarity.max(axis=1)

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
        characters = self._vectorizer.transform(inputs.texts) @ arrays["sparse"]
        return np.asarray(
            inputs.vectors @ arrays["dense"].T
            + inputs.flags @ arrays["flags"].T * chosen.flags
            + characters * chosen.characters
            + arrays["bias"]
        )

    def _neighbours(self, similarity: np.ndarray) -> np.ndarray:
        # The last column stands for examples that a label does not have.
        padded = np.hstack([similarity, np.full((len(similarity), 1), _ABSENT, similarity.dtype)])
        result = np.zeros((len(similarity), len(self.labels)), dtype=np.float32)
        for members, columns in self._blocks:
            count = min(self._settings.nearest, columns.shape[1])
            nearest = -np.partition(-padded[:, columns], count - 1, axis=2)[:, :, :count]
            valid = nearest > _ABSENT
            result[:, members] = (nearest * valid).sum(axis=2) / np.maximum(valid.sum(axis=2), 1)
        return result

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
        np.savez(directory / WEIGHTS_FILE, idf=self._vectorizer.idf_, **compact)
        vocabulary = self._vectorizer.vocabulary_
        content = {
            "labels": self.labels,
            "terms": sorted(vocabulary, key=vocabulary.__getitem__),
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
        vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(settings.smallest, settings.largest),
            sublinear_tf=True,
            dtype=np.float32,
            vocabulary={term: position for position, term in enumerate(content["terms"])},
        )
        vectorizer.idf_ = arrays.pop("idf")
        return cls(content["labels"], vectorizer, arrays, settings)


def _blocks(starts: np.ndarray, absent: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Columns of the examples of each label, labels of like size together so that little is padded."""
    sizes = np.diff(starts)
    magnitudes = np.array([int(size).bit_length() for size in sizes])
    blocks = []
    for magnitude in np.unique(magnitudes):
        members = np.flatnonzero(magnitudes == magnitude)
        columns = starts[members][:, None] + np.arange(sizes[members].max())[None, :]
        blocks.append((members, np.where(columns < starts[members + 1][:, None], columns, absent)))
    return blocks
