"""The label model learns, judges, and comes back from disk unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.topics.label_model import Inputs, LabelModel, Settings

CENTRES = np.eye(3, 8, dtype=np.float32)
LABELS = ["faq/cost_general", "greet", "inform"]
WORDS = ["price of it", "hello there", "i am ill"]


def inputs(count, seed=0):
    noise = np.random.default_rng(seed).normal(0, 0.2, (3 * count, 8)).astype(np.float32)
    vectors = np.repeat(CENTRES, count, axis=0) + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"{WORDS[index // count]} {index}" for index in range(3 * count)]
    return Inputs(texts, vectors, np.zeros((3 * count, 2), np.float32))


@pytest.fixture(scope="module")
def model():
    return LabelModel.fit(inputs(8), np.repeat(LABELS, 8).tolist(), {"faq/cost_general": CENTRES[:1]})


def test_it_recognises_what_it_learnt(model):
    probabilities = model.probabilities(inputs(5, seed=1))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(15))
    assert [model.labels[i] for i in probabilities.argmax(axis=1)] == np.repeat(LABELS, 5).tolist()


def test_familiarity_is_one_for_a_known_message_and_low_for_a_strange_one(model):
    known = inputs(8)
    strange = Inputs(["?"], -known.vectors[:1], known.flags[:1])
    assert model.judge(known)[1] == pytest.approx(np.ones(24), abs=1e-5)
    assert model.judge(strange)[1][0] < 0.5


def test_it_survives_saving(model, tmp_path):
    model.save(tmp_path)
    loaded = LabelModel.load(tmp_path)
    fresh = inputs(5, seed=2)
    assert loaded.labels == model.labels
    assert loaded.probabilities(fresh) == pytest.approx(model.probabilities(fresh), abs=0.01)
    assert not list(tmp_path.glob("*.pkl"))


def test_it_learns_the_same_from_the_same():
    data, labels = inputs(600), np.repeat(LABELS, 600).tolist()
    first, second = (LabelModel.fit(data, labels).probabilities(data) for _ in range(2))
    assert np.array_equal(first, second)


def test_labels_of_different_size_are_compared_fairly():
    data = inputs(8)
    keep = [*range(8), 8, *range(16, 24)]
    part = Inputs([data.texts[i] for i in keep], data.vectors[keep], data.flags[keep])
    model = LabelModel.fit(part, [LABELS[i // 8] for i in keep])
    assert model.labels[int(model.probabilities(part)[8].argmax())] == "greet"


def test_two_labels_are_enough_and_one_is_not():
    data = inputs(8)
    both = Inputs(data.texts[:16], data.vectors[:16], data.flags[:16])
    model = LabelModel.fit(both, ["a"] * 8 + ["b"] * 8)
    assert [model.labels[i] for i in model.probabilities(both).argmax(axis=1)] == ["a"] * 8 + ["b"] * 8
    with pytest.raises(ValueError, match="two intents"):
        LabelModel.fit(both, ["a"] * 16)


def test_the_centre_of_an_unknown_label_is_nothing(model):
    assert not model.centre("faq/none").any()
    assert np.linalg.norm(model.centre("greet")) == pytest.approx(1.0, abs=1e-5)


def test_in_a_tie_with_a_topic_no_answer_is_given():
    data = inputs(8)
    names = ["faq/cost_general", "out_of_scope", "greet"]
    labels = np.repeat(names, 8).tolist()
    between = CENTRES[:2].sum(axis=0, keepdims=True) / np.sqrt(2)
    tie = Inputs(["price hello"], between, np.zeros((1, 2), np.float32))

    def share_of(caution, answers):
        model = LabelModel.fit(data, labels, answers, Settings(caution=caution))
        return dict(zip(model.labels, model.probabilities(tie)[0], strict=True))

    answered = {"faq/cost_general": between}
    assert share_of(0.0, answered)["faq/cost_general"] > share_of(0.0, answered)["out_of_scope"]
    assert share_of(9.0, answered)["out_of_scope"] > share_of(9.0, answered)["faq/cost_general"]
    # Where no label has an answer, nothing is held back.
    assert share_of(9.0, {}) == pytest.approx(share_of(0.0, {}))
