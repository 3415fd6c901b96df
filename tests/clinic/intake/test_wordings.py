"""Every wording that a message is looked up among is written as a message is: in its normal form."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import clinic.intake
from clinic.intake.model.language import Language
from clinic.intake.model.text import normalise


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(clinic.intake.__path__, "clinic.intake."):
        yield importlib.import_module(found.name)


# Sets of single words, ids or signs, which are compared with something else than a whole message.
COMPARED_OTHERWISE: frozenset[str] = frozenset()


def wordings() -> dict[str, set[str]]:
    """The sets and tables of whole messages, by module and name."""
    found: dict[str, set[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, frozenset | dict) and value and all(isinstance(item, str) for item in value):
                place = f"{module.__name__.removeprefix('clinic.intake.')}.{name}"
                if any(" " in item for item in value) and place not in COMPARED_OTHERWISE:
                    found[place] = set(value)
    return found


ENGLISH = Language.load(Path(__file__).resolve().parents[3] / "data" / "language" / "en")
# Single words of a name, which are compared as they are typed.
OF_A_NAME = {"function_words", "no_first_name"}
HEARD = {**ENGLISH.words, "commands": frozenset(ENGLISH.commands), "review": frozenset(ENGLISH.review)}


@pytest.mark.parametrize("meaning", sorted(HEARD.keys() - OF_A_NAME))
def test_every_wording_of_the_language_equals_its_normal_form(meaning: str) -> None:
    assert [wording for wording in sorted(HEARD[meaning]) if normalise(wording) != wording] == []


def test_a_wording_is_one_command() -> None:
    path = Path(__file__).resolve().parents[3] / "data" / "language" / "en" / "words.yml"
    commands = yaml.safe_load(path.read_text(encoding="utf-8"))["commands"]
    assert len(ENGLISH.commands) == sum(map(len, commands.values()))


@pytest.mark.parametrize("place", sorted(wordings()))
def test_every_wording_equals_its_normal_form(place: str) -> None:
    assert [wording for wording in sorted(wordings()[place]) if wording and normalise(wording) != wording] == []
