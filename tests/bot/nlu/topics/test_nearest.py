"""The quick search finds the same nearest examples as the plain one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bot.nlu.topics.nearest import NearestExamples

DIMENSION = 96


def directions(count, seed):
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [1, 5])
def test_it_agrees_with_a_search_through_all_examples(count):
    examples, starts = directions(600, seed=1), np.array([0, 1, 50, 400, 600])
    messages = directions(count, seed=2)
    all_of_them = messages @ examples.T
    expected = np.stack([all_of_them[:, start:end].max(axis=1) for start, end in pairwise(starts)], axis=1)
    # Two examples that are nearer to each other than the 8-bit numbers can tell may change places.
    assert NearestExamples(examples, starts).similarities(messages) == pytest.approx(expected, abs=0.01)


def test_a_known_message_is_found_exactly():
    examples, starts = directions(300, seed=3), np.array([0, 100, 300])
    found = NearestExamples(examples, starts).similarities(examples[[7, 250]])
    assert found[0, 0] == pytest.approx(1.0, abs=1e-6)
    assert found[1, 1] == pytest.approx(1.0, abs=1e-6)
    assert found[0, 1] < 0.6


def test_the_same_example_twice_counts_once():
    examples = np.repeat(directions(2, seed=4), 3, axis=0)
    found = NearestExamples(examples, np.array([0, 3, 6])).similarities(examples[:1])
    assert found[0] == pytest.approx([1.0, float(examples[0] @ examples[3])], abs=1e-6)
