"""A message is cut where a new sentence or a further question begins."""

from __future__ import annotations

import pytest

from bot.nlu.encoder.parts import split_parts

CASES = [
    ("", []),
    ("what is lupus?", ["what is lupus?"]),
    ("hi. what is lupus?", ["hi.", "what is lupus?"]),
    ("is it safe and how much does it cost", ["is it safe", "how much does it cost"]),
    ("can I eat fish, also do I need a visa", ["can I eat fish", "do I need a visa"]),
    ("what are the risks and benefits", ["what are the risks and benefits"]),
    ("Dr. Smith says it is e.g. the sun. Is that so?", ["Dr. Smith says it is e.g. the sun.", "Is that so?"]),
    ("I have SLE\nhow long is the stay", ["I have SLE", "how long is the stay"]),
    ("is it contagious??", ["is it contagious??"]),
    ("ok?!", ["ok?!"]),
]


@pytest.mark.parametrize(("text", "parts"), CASES)
def test_parts(text, parts):
    assert [part.text for part in split_parts(text)] == parts


@pytest.mark.parametrize(("text", "parts"), CASES)
def test_offsets_point_into_the_message(text, parts):
    assert all(text[part.start : part.end] == part.text for part in split_parts(text))


def test_a_long_message_has_a_limited_number_of_parts():
    text = "Is it safe? " * 40
    parts = split_parts(text, limit=6)
    assert len(parts) == 6
    assert parts[-1].end == len(text.rstrip())
