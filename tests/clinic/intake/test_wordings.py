"""Every wording that a message is looked up among is written as a message is: in its normal form."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import clinic.intake
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


@pytest.mark.parametrize("place", sorted(wordings()))
def test_every_wording_equals_its_normal_form(place: str) -> None:
    assert [wording for wording in sorted(wordings()[place]) if wording and normalise(wording) != wording] == []
