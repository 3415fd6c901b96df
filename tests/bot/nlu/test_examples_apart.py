"""The evaluation measures what was not learnt: its messages and the examples have no line in common."""

from __future__ import annotations

import json
from pathlib import Path

from bot.evaluation.alternatives import training_examples
from bot.evaluation.data import read

# "stop", "yes please": every chat knows the shortest commands, whoever writes them down.
SHORTEST = 3


def plain(text: str) -> str:
    """A text without case and punctuation."""
    return " ".join("".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace()).split())


def test_no_line_of_the_evaluation_is_among_the_examples():
    flags = Path("data/lexicon/redflags_examples.jsonl").read_text(encoding="utf-8").splitlines()
    learnt = {plain(text) for text in [*training_examples()[0], *(json.loads(line)["text"] for line in flags)]}
    measured = [text for text in read(Path("tests/evaluation")).texts if len(plain(text).split()) >= SHORTEST]
    assert len(learnt) > 10_000
    assert len(measured) > 1_000
    assert [text for text in measured if plain(text) in learnt] == []
