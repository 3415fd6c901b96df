"""Countries and places stand in one file, for the bot and for the intake."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.intake.kinds.country import find_country
from clinic.intake.model.content import ContentError
from clinic.intake.model.language import Language
from clinic.intake.model.places import Places

ROOT = Path(__file__).resolve().parents[4]
ENGLISH = Language.load(ROOT / "data" / "language" / "en")


@pytest.mark.parametrize("name", sorted(ENGLISH.places.names.keys() - ENGLISH.places.several.keys()))
def test_every_name_of_the_lexicon_is_read_where_a_country_is_asked_for(name: str) -> None:
    assert find_country(ENGLISH, name)[0] == [ENGLISH.places.names[name]]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("DRC", ["CD"]),
        ("dhaka", ["BD"]),
        ("polish", ["PL"]),
        ("SA", ["SA"]),
        ("mexcian", ["MX"]),
        ("Congo", ["CD", "CG"]),
        # One slip away from Florida, Texas and Brussels; cities and states are taken only as they are spelt.
        ("fluoride", []),
        ("he texts", []),
        ("bruises", []),
    ],
)
def test_what_a_name_means(text: str, codes: list[str]) -> None:
    assert find_country(ENGLISH, text)[0] == codes


@pytest.mark.parametrize("text", ["entries: 3", "entries: [{label: Peru}]\nseveral: {}", "entries: []", "entries: ["])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "countries.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"countries\.yml:1: "):
        Places.load(path)
