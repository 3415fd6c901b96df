"""The emergency number that the clinic's side names."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.errors import SettingsError
from clinic.intake.model.language import Language
from clinic.safety_numbers import emergency_numbers

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "safety.yml"
ENGLISH = Language.load(SHIPPED.parent / "language" / "en")
NUMBERS = """
default: [{number: "112"}]
emergency_numbers:
  GB: [{number: "999"}, {number: "112"}]
  US: [{number: "911"}]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "safety.yml"
    file.write_text(NUMBERS, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("country", "default", "said"),
    [
        ("GB", "US", "999 or 112"),
        ("US", "GB", "911"),
        (None, "GB", "999 or 112 (or your local emergency number)"),
        # A country without a number of its own, and a default without one.
        ("AQ", "AQ", "112 (or your local emergency number)"),
    ],
)
def test_the_number_is_that_of_the_country_or_said_with_its_doubt(
    path: Path, country: str | None, default: str, said: str
) -> None:
    assert emergency_numbers(path, default, ENGLISH)(country) == said


def test_the_shipped_numbers_are_read() -> None:
    assert "911" in emergency_numbers(SHIPPED, "US", ENGLISH)("US")


@pytest.mark.parametrize("text", ["", "emergency_numbers: 3", "emergency_numbers: [", "other: {}"])
def test_a_file_that_cannot_be_read_is_named(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"safety\.yml"):
        emergency_numbers(path, "US", ENGLISH)
