"""A narrow question is given to the direct answer whose questions it resembles; a general one to none."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.direct.model import Asked, DirectAnswerModel

DIMENSION = 24


def asked(seed: int, answers: dict[str, list[str]], general: list[str]) -> tuple[Asked, dict[str, np.ndarray]]:
    """Questions whose vectors lie around one direction an answer, and those of the article anywhere."""
    chance = np.random.default_rng(seed)
    centres = {name: unit(chance.normal(size=DIMENSION)) for name in answers}
    texts, owners, vectors = [], [], []
    for place, (name, questions) in enumerate(answers.items()):
        for question in questions:
            texts.append(question)
            owners.append(place)
            vectors.append(unit(centres[name] + 0.15 * chance.normal(size=DIMENSION)))
    for question in general:
        texts.append(question)
        owners.append(-1)
        vectors.append(unit(chance.normal(size=DIMENSION)))
    given = Asked(
        tuple(answers), tuple(texts), np.array(owners), np.stack(vectors), np.stack([centres[name] for name in answers])
    )
    return given, centres


def unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


TOPICS = {
    "costs": (
        {"swiss": ["swiss price", "what does swiss cost"], "panama": ["panama price", "cost in panama"]},
        ["prices"],
    ),
    "risks": ({"sores": ["mouth sores", "what is mucositis"]}, ["what are the risks", "is it dangerous"]),
}


@pytest.fixture(scope="module")
def trained() -> tuple[DirectAnswerModel, dict[str, dict[str, np.ndarray]]]:
    made = {topic: asked(seed, *given) for seed, (topic, given) in enumerate(TOPICS.items())}
    model = DirectAnswerModel.fit({topic: given for topic, (given, _) in made.items()})
    return model, {topic: centres for topic, (_, centres) in made.items()}


def test_the_answer_whose_questions_are_near_comes_first(trained):
    model, centres = trained
    for topic, (answers, _) in TOPICS.items():
        for name in answers:
            best, score = model.scores(topic, "something else entirely", centres[topic][name])[0]
            assert best == name
            assert score > 0.5


def test_a_vector_like_none_of_them_scores_low(trained):
    model, _ = trained
    far = unit(np.random.default_rng(99).normal(size=DIMENSION))
    assert all(score < 0.5 for _, score in model.scores("costs", "nothing known", far))


def test_words_decide_where_vectors_do_not(trained):
    model, _ = trained
    nowhere = np.zeros(DIMENSION, np.float32)
    assert model.scores("costs", "Swiss?", nowhere)[0][0] == "swiss"
    assert model.scores("costs", "PANAMA", nowhere)[0][0] == "panama"


def test_a_topic_without_direct_answers_has_none(trained):
    model, _ = trained
    assert model.scores("elsewhere", "swiss price", np.zeros(DIMENSION, np.float32)) == []


def test_it_is_the_same_after_it_was_stored(trained, tmp_path):
    model, centres = trained
    model.save(tmp_path)
    again = DirectAnswerModel.load(tmp_path)
    vector = centres["risks"]["sores"]
    assert again.scores("risks", "mucositis", vector) == pytest.approx(model.scores("risks", "mucositis", vector))
