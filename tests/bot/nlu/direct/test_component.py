"""Which topic leads where the direct answers of several fit."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.direct.model import Asked, DirectAnswerModel
from bot.nlu.direct.ranking import has_an_answer, weighed_anew


def rows(**confidences: float) -> list[dict[str, object]]:
    return [
        {"intent_response_key": f"faq/{topic}", "confidence": confidence} for topic, confidence in confidences.items()
    ]


def test_a_neighbour_whose_answer_fits_comes_first_and_the_sum_stays() -> None:
    ranking = weighed_anew(rows(heredity=0.6, risk=0.3), {"heredity": 0.1, "risk": 0.9})
    assert [row["intent_response_key"] for row in ranking] == ["faq/risk", "faq/heredity"]
    assert sum(float(str(row["confidence"])) for row in ranking) == pytest.approx(0.9)


@pytest.mark.parametrize("fits", [{}, {"heredity": 0.5, "risk": 0.5}, {"risk": -3.0}, {"risk": 1.0}])
def test_a_leader_that_is_sure_stays_the_leader(fits: dict[str, float]) -> None:
    ranking = weighed_anew(rows(heredity=0.99, risk=0.001), fits)
    assert ranking[0]["intent_response_key"] == "faq/heredity"


@pytest.mark.parametrize(("before", "fit", "answered"), [(0.02, 0.7, True), (0.02, 0.5, False), (0.001, 0.9, False)])
def test_the_patients_own_case_is_answered_only_where_topic_and_answer_fit(before, fit, answered) -> None:
    assert has_an_answer(rows(risk=before), "risk", {"risk": fit}) is answered


def test_the_best_of_each_topic_is_the_first_of_its_scores() -> None:
    chance = np.random.default_rng(3)

    def some(count: int) -> np.ndarray:
        drawn = chance.normal(size=(count, 8))
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)

    model = DirectAnswerModel.fit(
        {
            "one": Asked(("a", "b"), ("why a", "what b", "how"), np.array([0, 1, -1]), some(3), some(2)),
            "two": Asked(("c",), ("who c", "when c"), np.array([0, 0]), some(2), some(1)),
        }
    )
    vector = some(1)[0]
    best = model.best_of_topics("what b when", vector)
    assert best == {topic: model.scores(topic, "what b when", vector)[0][1] for topic in ("one", "two")}
    assert model.scores("nobody's", "what b when", vector) == []
