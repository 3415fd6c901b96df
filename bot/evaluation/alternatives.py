"""Measures the ways of choosing intent and topic that were considered: `python -m bot.evaluation.alternatives`."""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, RESPONSE, TEXT
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.evaluation.data import Question, read
from bot.nlu.encoder.component import answer_sentences
from bot.nlu.encoder.vectors import SentenceVectors
from bot.nlu.encoder.wording import Wording
from bot.nlu.scope.component import scope_examples
from bot.nlu.scope.subjects import Scope
from bot.nlu.topics.decision import FAQ_PREFIX, OUT_OF_SCOPE, within_scope
from bot.nlu.topics.flags import message_flags
from bot.nlu.topics.label_model import Inputs, LabelModel, Settings
from bot.tools.prepare_encoder import prepare

LEXICON = Path("data/lexicon")
FOLDS = 5
CHOSEN = Settings()
ALONE = replace(CHOSEN, neighbours=0.0, answers=0.0)
Judge = Callable[["Examples", Inputs], tuple[tuple[str, ...], np.ndarray]]


@dataclass(frozen=True)
class Examples:
    """Labelled messages to learn from, and the sentences of the answers."""

    inputs: Inputs
    labels: list[str]
    answers: dict[str, np.ndarray]

    def part(self, rows: np.ndarray) -> Examples:
        """Some of the examples."""
        return Examples(pick(self.inputs, rows), [self.labels[row] for row in rows], self.answers)


def pick(inputs: Inputs, rows: np.ndarray) -> Inputs:
    """Some of the messages."""
    return Inputs([inputs.texts[row] for row in rows], inputs.vectors[rows], inputs.flags[rows])


class Reader:
    """Turns texts into what the models see."""

    def __init__(self, encoder: SentenceVectors, scope: Scope, wording: Wording | None) -> None:
        """Reads with an encoder; `wording` is None to read texts as they are written."""
        self._encoder, self._scope, self._wording = encoder, scope, wording

    def inputs(self, texts: Sequence[str]) -> Inputs:
        """Texts as the models see them."""
        plain = [self._wording.plain(text) for text in texts] if self._wording else list(texts)
        flags = [message_flags(text, self._scope.subjects(text)) for text in texts]
        return Inputs(list(texts), self._encoder.encode_batch(plain), np.stack(flags))


def blend(settings: Settings, train: Examples, test: Inputs) -> tuple[tuple[str, ...], np.ndarray]:
    """The label model with these settings."""
    model = LabelModel.fit(train.inputs, train.labels, train.answers, settings)
    return model.labels, model.probabilities(test)


def guarded(scope: Scope, train: Examples, test: Inputs) -> tuple[tuple[str, ...], np.ndarray]:
    """The label model as it is used: nothing strange and no other disease gets an answer about lupus."""
    model = LabelModel.fit(train.inputs, train.labels, train.answers, CHOSEN)
    rows = zip(test.texts, *model.judge(test), strict=True)
    kept = [within_scope(model.labels, row, scope.subjects(text), float(near)) for text, row, near in rows]
    return model.labels, np.stack(kept)


def centres(train: Examples, test: Inputs) -> tuple[tuple[str, ...], np.ndarray]:
    """The label whose mean example is nearest."""
    labels = sorted(set(train.labels))
    given = np.array(train.labels)
    means = np.stack([train.inputs.vectors[given == label].mean(axis=0) for label in labels])
    return tuple(labels), test.vectors @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T


def logistic(train: Examples, test: Inputs) -> tuple[tuple[str, ...], np.ndarray]:
    """Multinomial logistic regression over sentence vectors."""
    model = LogisticRegression(C=20, max_iter=60).fit(train.inputs.vectors, train.labels)
    return tuple(model.classes_), model.predict_proba(test.vectors)


def cross_validated(judge: Judge, examples: Examples) -> float:
    """Share of examples named rightly by a model that has not seen them."""
    right = 0
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(examples.labels, examples.labels):
        labels, scores = judge(examples.part(train), pick(examples.inputs, test))
        right += sum(labels[best] == examples.labels[row] for best, row in zip(scores.argmax(1), test, strict=True))
    return right / len(examples.labels)


def shares(labels: tuple[str, ...], scores: np.ndarray, questions: Sequence[Question]) -> list[float]:
    """Topic right first, topic among three, intent right, out of scope answered with an FAQ."""
    topics = [index for index, label in enumerate(labels) if label.startswith(FAQ_PREFIX)]
    first, third, intent, false = [], [], [], []
    for question, row in zip(questions, scores, strict=True):
        best = labels[int(row.argmax())].removeprefix(FAQ_PREFIX)
        three = {labels[index].removeprefix(FAQ_PREFIX) for index in sorted(topics, key=lambda index: -row[index])[:3]}
        if question.is_faq:
            first.append(best in question.right)
            third.append(best in question.right or bool(three & question.right))
        elif question.topic == OUT_OF_SCOPE:
            false.append(labels[int(row.argmax())].startswith(FAQ_PREFIX) and best not in question.right)
        else:
            intent.append(best in question.right)
    return [float(np.mean(values)) if values else 0.0 for values in (first, third, intent, false)]


def training_examples() -> tuple[list[str], list[str], dict[str, str]]:
    """Texts, labels and answers, read as `rasa train` reads them."""
    importer = TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data"])
    messages = {message.get(TEXT): message for message in importer.get_nlu_data().intent_examples if message.get(TEXT)}
    labels = [message.get(INTENT_RESPONSE_KEY) or message.get(INTENT) for message in messages.values()]
    answers = {label: message.get(RESPONSE) for label, message in zip(labels, messages.values(), strict=True)}
    return list(messages), labels, {label: answer for label, answer in answers.items() if answer}


def main() -> None:
    """Prints one row for each alternative."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation.alternatives", description=__doc__)
    parser.add_argument("--file", type=Path, default=Path("tests/evaluation"), help="labelled questions")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    questions = read(arguments.file).questions
    texts, labels, answers = training_examples()
    scope = Scope.from_lexicon(LEXICON)
    abbreviations = yaml.safe_load((LEXICON / "scope.yml").read_text(encoding="utf-8"))["abbreviations"]
    encoder = SentenceVectors(prepare(say=print))
    wording = Wording.learn(texts, encoder.words, abbreviations)
    others = [(text, intent) for text, intent in scope_examples(LEXICON) if text not in set(texts)]

    def examples(reader: Reader, more: bool) -> Examples:
        added = others if more else []
        said = [*texts, *(text for text, _ in added)]
        encoded = {label: reader.inputs(answer_sentences(answer)).vectors for label, answer in answers.items()}
        return Examples(reader.inputs(said), [*labels, *(intent for _, intent in added)], encoded)

    print("| way | 5-fold, own examples | topic first | topic in three | intent | out of scope answered | fit, s |")
    print("|---|---|---|---|---|---|---|")

    def row(name: str, judge: Judge, learnt: Examples, reader: Reader) -> None:
        seen = reader.inputs([question.text for question in questions])
        begun = time.perf_counter()
        judged = judge(learnt, seen)
        seconds = time.perf_counter() - begun
        figures = [cross_validated(judge, learnt), *shares(*judged, questions)]
        print(f"| {name} | {' | '.join(f'{figure:.1%}' for figure in figures)} | {seconds:.1f} |", flush=True)

    as_written = Reader(encoder, scope, None)
    few = examples(as_written, more=False)
    row("nearest example", partial(blend, replace(ALONE, margins=0.0, neighbours=20.0)), few, as_written)
    row("nearest mean of a label", centres, few, as_written)
    row("logistic regression", logistic, few, as_written)
    row("linear SVM", partial(blend, replace(ALONE, characters=0.0, flags=0.0)), few, as_written)
    row("linear SVM, with character n-grams", partial(blend, replace(ALONE, flags=0.0)), few, as_written)
    mended = Reader(encoder, scope, wording)
    few = examples(mended, more=False)
    row("... and mended spelling", partial(blend, replace(ALONE, flags=0.0)), few, mended)
    row("... and flags", partial(blend, ALONE), few, mended)
    row("... and nearest examples", partial(blend, replace(CHOSEN, answers=0.0)), few, mended)
    row("... and answers", partial(blend, CHOSEN), few, mended)
    many = examples(mended, more=True)
    row("... and examples of other matters", partial(blend, CHOSEN), many, mended)
    row("... and the guard of scope (in use)", partial(guarded, scope), many, mended)
    with tempfile.TemporaryDirectory() as folder:
        exact = Reader(SentenceVectors(prepare(Path(folder) / "encoder", quantise=False)), scope, wording)
        row("the same, 32-bit encoder", partial(guarded, scope), examples(exact, more=True), exact)


if __name__ == "__main__":
    main()
