"""Few directions keep what tells vectors apart."""

import numpy as np
import pytest

from bot.nlu.directions import main_directions


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    plane = random.normal(size=(2, 6))
    return (random.normal(size=(50, 2)) @ plane).astype(np.float32)


def test_vectors_in_a_plane_need_two_directions(vectors):
    directions = main_directions(vectors, 2)
    assert directions.shape == (6, 2)
    assert directions.T @ directions == pytest.approx(np.eye(2), abs=1e-5)
    assert vectors @ directions @ directions.T == pytest.approx(vectors, abs=1e-4)


def test_the_direction_in_which_vectors_are_longest_comes_first():
    stretched = np.diag([1.0, 5.0, 3.0]).astype(np.float32)
    assert np.abs(main_directions(stretched, 2)) == pytest.approx(np.eye(3)[:, [1, 2]], abs=1e-6)


def test_there_are_never_more_directions_than_numbers(vectors):
    assert main_directions(vectors, 100).shape == (6, 6)
