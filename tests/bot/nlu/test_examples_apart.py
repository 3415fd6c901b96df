"""The evaluation measures what was not learnt: its messages and the examples have no line in common."""

from __future__ import annotations

from pathlib import Path

from bot.evaluation.alternatives import training_examples
from bot.evaluation.data import read
from bot.nlu.safety.examples import read_examples, read_other_languages

# "stop", "yes please": every chat knows the shortest commands, whoever writes them down.
SHORTEST = 3


def plain(text: str) -> str:
    """A text without case and punctuation."""
    return " ".join("".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace()).split())


def test_no_line_of_the_evaluation_is_among_the_examples():
    lexicon = Path("data/lexicon")
    others = [text for text, _, _ in read_other_languages(lexicon)]
    learnt = {plain(text) for text in [*training_examples()[0], *read_examples(lexicon), *others]}
    measured = [text for text in read(Path("tests/evaluation")).texts if len(plain(text).split()) >= SHORTEST]
    assert len(learnt) > 10_000
    assert len(measured) > 1_000
    assert [text for text in measured if plain(text) in learnt] == []
