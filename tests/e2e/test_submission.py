"""Sending the finished intake: at once from several places, and with the clinic's database out of reach."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.conversations.checks import custom_objects, open_question, spoken
from tests.conversations.format import load_patients
from tests.conversations.player import REVIEW, SEND, Player
from tests.e2e.servers import Stack

ANSWERS = load_patients()["ana"]
TECHNICAL = ("traceback", "sqlite", "sqlalchemy", "operationalerror", "database is locked", "exception")


@contextmanager
def database_out_of_reach(stack: Stack, name: str = "clinic.db") -> Iterator[None]:
    """Holds SQLite's write lock, so that nobody else can store anything."""
    connection = sqlite3.connect(stack.data_dir / name, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def test_sending_several_times_at_once_makes_one_request(stack: Stack) -> None:
    before = stack.references()
    player = Player(stack, "double-submit")
    player.answer_until(REVIEW, ANSWERS)
    with ThreadPoolExecutor(4) as patients:
        answers = list(patients.map(lambda _: stack.say(player.sender, SEND), range(4)))

    (reference,) = stack.references() - before
    told = [request["reference"] for replies in answers for request in custom_objects(replies, "request")]
    assert set(told) == {reference}
    assert all(replies for replies in answers)


@pytest.mark.parametrize("again", ["try again", "yes"])
def test_a_database_out_of_reach_at_sending_loses_nothing(stack: Stack, again: str) -> None:
    before = stack.references()
    player = Player(stack, "database-away")
    player.answer_until(REVIEW, ANSWERS)
    with database_out_of_reach(stack):
        replies = player.say(SEND, {"request": False, "says": ["nothing is lost", "try again"]})
        assert not [word for word in TECHNICAL if word in spoken(replies).lower()]
        player.say(again, {"request": False, "says": "nothing is lost"})
    assert stack.references() == before

    player.say(again, {"request": "new", "question": None})
    (reference,) = stack.references() - before
    assert reference == player.reference
    assert stack.show_request(reference)["answers"]["full_name"] == ANSWERS["full_name"]


def test_answers_are_taken_while_the_database_is_out_of_reach(stack: Stack) -> None:
    before = stack.references()
    player = Player(stack, "database-away-early")
    player.answer_until("country", ANSWERS)
    with database_out_of_reach(stack):
        player.say(ANSWERS["country"], {"question": "preferred_contact"})
    player.answer_until(REVIEW, ANSWERS)
    assert player.send() in stack.references() - before


def test_an_answer_is_taken_only_when_the_conversation_could_be_stored(stack: Stack) -> None:
    player = Player(stack, "conversations-away")
    player.answer_until("country", ANSWERS)
    with database_out_of_reach(stack, "conversations.db"):
        refused = stack.say(player.sender, ANSWERS["country"])
        assert "send it once more" in spoken(refused)
        assert open_question(refused) is None
    player.say(ANSWERS["country"], {"question": "preferred_contact"})
    player.answer_until(REVIEW, ANSWERS)
    assert stack.show_request(player.send())["answers"]["full_name"] == ANSWERS["full_name"]
