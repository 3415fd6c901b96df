"""Patients who answer, digress, correct, take back, pause and go on elsewhere: what is stored is what they said last.

They read the review, as a patient does, and have put right what is wrong there: how often that was, is printed (`-s`).

Words: `tests/evaluation/phrasings.json`, written by somebody who knew the questions and not the program. A few patients
in `make test`, more with `make prove` (`MARROW_TEST_PATIENTS`); the same ones each time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conversations.player import Player
from tests.conversations.random_patient import LISTS, RandomPatient
from tests.e2e.servers import Stack
from tests.e2e.shared import shared_stack

PATIENTS = int(os.environ.get("MARROW_TEST_PATIENTS", "4"))


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> Stack:
    return shared_stack(request.config)


# A patient takes seconds: her transcript tells more than a shrunk one.
@settings(
    max_examples=PATIENTS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_what_is_stored_is_what_was_said_last(stack: Stack, data: st.DataObject) -> None:
    player = Player(stack, "random-patient")
    patient = RandomPatient(player, lambda options: data.draw(st.sampled_from(list(options))))
    patient.request()
    print(f"{patient.steps} questions, {patient.mended} answers put right at the review")
    stored = stack.show_request(str(player.reference))["answers"]
    player.check(
        f"{item}: said {said!r}, stored {stored.get(item)!r}"
        for item, said in patient.said.items()
        if _plain(item, stored.get(item)) != said
    )


def _plain(item: str, stored: object) -> object:
    """A stored list as the set of its codes."""
    if item in LISTS and isinstance(stored, list):
        return {(each.get("code") or each.get("text")) if isinstance(each, dict) else each for each in stored}
    return stored
