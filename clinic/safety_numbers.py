"""The emergency numbers of data/safety.yml, for the places where the clinic's side names one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from clinic.errors import SettingsError
from clinic.intake.model.language import Language


def emergency_numbers(path: Path, default_country: str, language: Language) -> Callable[[str | None], str]:
    """What to say after "call" to somebody of a country (ISO 3166 alpha-2; None: not known).

    language: how several numbers are joined, and what to call the number that may be another one where she is.

    The file is checked in full when the bot is trained; here only its numbers are read. Raises SettingsError.
    """
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        numbers = {str(code): _numbers(found) for code, found in data["emergency_numbers"].items()}
        usual = _numbers(data["default"])
    except (OSError, YAMLError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path}: the emergency numbers cannot be read ({type(error).__name__})") from error

    def number(country: str | None) -> str:
        if country in numbers:
            return language.list_or(numbers[country])
        return language.say("usual_number", number=language.list_or(numbers.get(default_country) or usual))

    return number


def _numbers(entries: Iterable[Mapping[str, object]]) -> list[str]:
    return [str(entry["number"]) for entry in entries]
