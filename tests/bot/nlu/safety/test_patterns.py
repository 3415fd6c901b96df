"""The pattern language of the red-flag rules."""

import pytest

from bot.nlu.clinical.text import normal_form
from bot.nlu.safety.patterns import PatternError, Patterns, compile_pattern

LISTS = {"cant": ["cannot", "not able to"]}


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        ("chest pain", " my chest pain", True),
        ("chest pain", " my chest painting", False),
        ("chest ~2 pain", " chest is in pain", True),
        ("chest ~1 pain", " chest is in pain", False),
        ("chest ~2 pain", " chest . pain", False),
        ("(chest|heart) [really] hurts", " heart really hurt", True),
        ("(chest|heart) [really] hurts", " heart hurt", True),
        ("{cant} breathe", " not able to breathe", True),
        ("{cant} breathe", " able to breathe", False),
        ("fever 4#.#", " fever 40.5", True),
        ("fever 4#.#", " fever 38.5", False),
        ("have ~2 fever", " have 38.6 fever", True),
        ("bleeding (wont stop|everywhere)", " bleeding will not stop", True),
        ("(do not|never) wake", " dont wake", True),
        ("isnt waking", " is not waking", True),
        ("isnt waking", " is waking", False),
    ],
)
def test_a_pattern_matches_words(pattern: str, line: str, found: bool) -> None:
    compiled = compile_pattern(pattern, LISTS, normal_form)
    assert bool(Patterns([compiled]).places(line, frozenset(line.split()))) == found


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("{nothing} here", "'nothing'"), ("()", "empty choice"), ("[maybe]", "not optional"), ("~3", "not optional")],
)
def test_a_wrong_pattern_is_named(pattern: str, says: str) -> None:
    with pytest.raises(PatternError, match=says):
        compile_pattern(pattern, LISTS, normal_form)
