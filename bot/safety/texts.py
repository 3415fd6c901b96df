"""The safety message of each country and language, from the content of data/safety.yml: pure, without Rasa."""

from __future__ import annotations

from typing import Any

from bot.safety.whereabouts import Places

EMERGENCY = "emergency"
CRISIS = "crisis"
CRISIS_WITHOUT_LINE = "crisis_without_line"
NOW = "now"
ALREADY_TAKEN = "already_taken"
ENGLISH = "en"
# The one line that is named, with its country, to somebody whose country nobody knows.
LABELLED_COUNTRY = "US"
# More numbers than these in one sentence are no help; the others are in the `custom` object.
MOST_SPOKEN = 2
# Unicode's marks around a part that reads from left to right inside Arabic, and around one that decides for itself.
LEFT_TO_RIGHT, AS_IT_IS, END = "\u2066", "\u2068", "\u2069"


class SafetyTexts:
    """Answers an emergency or a crisis from plain data: the numbers of data/safety.yml and the texts beside them.

    `data` holds `emergency_numbers`, `default`, `crisis_lines`, `directory`, `places` and, by language, `texts`, as
    their schemas have checked them. `default_country` (ISO 3166 alpha-2, or None) is taken while a patient's own is not
    known.
    """

    def __init__(self, data: dict[str, Any], default_country: str | None = None) -> None:
        self._data = data
        self._places = Places.from_dict(data["places"])
        self.default_country = default_country

    @classmethod
    def from_dict(cls, data: dict[str, Any], default_country: str | None = None) -> SafetyTexts:
        """The texts that `to_dict` wrote."""
        return cls(data, default_country)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the default country, which belongs to the installation, as JSON can keep it."""
        return self._data

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are texts in."""
        return tuple(self._data["texts"])

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that have numbers of their own."""
        return tuple(sorted({*self._data["emergency_numbers"], *self._data["crisis_lines"]}))

    def country_told(self, text: str) -> str | None:
        """The country that the writer of `text` says to be in (ISO 3166 alpha-2), or None."""
        return self._places.told(text)

    def unchecked(self) -> tuple[int, int]:
        """How many numbers nobody has checked, and how many there are."""
        by_country = (self._data["emergency_numbers"], self._data["crisis_lines"])
        groups = [self._data["default"], *(numbers for countries in by_country for numbers in countries.values())]
        numbers = [number for group in groups for number in group]
        return sum(1 for number in numbers if not number["checked"]), len(numbers)

    def reply(self, kind: str, country: str | None = None, language: str = ENGLISH, form: str = NOW) -> dict[str, Any]:
        """`text` and `custom` of the message that answers `kind` ("emergency" or "crisis").

        `country` is where the patient lives (ISO 3166 alpha-2; None when not known), `form` "already_taken" for
        somebody who has taken or done it. A language or form without texts gets English and "now", a country
        without numbers the general ones: something is said in any case.
        """
        words = self._words(language)
        place, emergency = self._emergency_numbers(country)
        lines = self._lines(place, language) if kind == CRISIS else []
        labelled = self._lines(LABELLED_COUNTRY, language) if kind == CRISIS and not place else []
        group = words[CRISIS_WITHOUT_LINE if kind == CRISIS and not lines else kind]
        text = _filled(
            str(group.get(form) or group[NOW]).strip(),
            us_line=words["us_line"] if labelled else "",
            elsewhere=_elsewhere([*emergency[:MOST_SPOKEN], *lines[:MOST_SPOKEN]], words),
            emergency=_joined([_spoken_number(number, words) for number in emergency], words),
            lines=_joined([_spoken_line(line, words) for line in lines or labelled], words),
            directory=_left_to_right(self._data["directory"]["url"], words),
        )
        services = [_number(number, words, words["emergency_services"]) for number in emergency]
        listeners = [_number(line, words) for line in lines] + _labelled(labelled, words)
        numbers = [*services, *listeners] if form == ALREADY_TAKEN or not lines else [*listeners, *services]
        return {"text": text, "custom": {"safety": {"kind": kind, "numbers": numbers}}}

    def only_english(self, language: str, country: str | None = None) -> dict[str, Any]:
        """The message to somebody who writes in another language, with no danger in the words: `text`, in hers."""
        words = self._words(language)
        _, emergency = self._emergency_numbers(country)
        text = _filled(
            str(words["only_english"]).strip(),
            elsewhere=_elsewhere(emergency[:MOST_SPOKEN], words),
            emergency=_joined([_spoken_number(number, words) for number in emergency], words),
            directory=_left_to_right(self._data["directory"]["url"], words),
        )
        return {"text": text}

    def buttons(
        self, kind: str, language: str = ENGLISH, intake_open: bool = False, step: int | None = None
    ) -> list[dict[str, str]]:
        """The ways on: it is not (or no longer) happening and, where an intake is open, back to its question `step`.

        Titles are in the patient's language; payloads are English, which is what the bot understands.
        """
        titles, payloads = self._words(language)["buttons"], self._words(ENGLISH)["buttons"]
        over = "safe_now" if kind == CRISIS else "not_now"
        buttons = [{"title": str(titles[over]), "payload": str(payloads[over])}]
        if intake_open:
            question = f" {titles['question'].replace('{step}', str(step))}" if step else ""
            buttons.append({"title": f"{titles['go_on']}{question}", "payload": str(payloads["go_on"])})
        return buttons

    def _emergency_numbers(self, country: str | None) -> tuple[str, list[dict[str, Any]]]:
        """The country that is taken (empty when none is known) and its numbers, or the general ones."""
        place = (country or self.default_country or "").upper()
        return place, self._data["emergency_numbers"].get(place, self._data["default"])

    def _words(self, language: str | None) -> dict[str, Any]:
        texts: dict[str, dict[str, Any]] = self._data["texts"]
        # "pt-BR" is Portuguese.
        return texts.get((language or "").lower()[:2], texts[ENGLISH])

    def _lines(self, country: str, language: str | None) -> list[dict[str, Any]]:
        """The crisis lines of `country`; those in another language than the patient's come last."""
        spoken = (language or ENGLISH).lower()[:2]
        lines: list[dict[str, Any]] = self._data["crisis_lines"].get(country, [])
        return sorted(lines, key=lambda line: spoken not in line.get("languages", [spoken]))


def _number(entry: dict[str, Any], words: dict[str, Any], name: str | None = None) -> dict[str, str]:
    """One number of the `custom` object: `name`, `number`, `how`, and `hours` where they are known."""
    area = _area(entry, words)
    number = {
        "name": f"{name or entry['name']}{f' ({area})' if area else ''}",
        "number": str(entry["number"]),
        "how": str(entry.get("how", "call")),
    }
    return {**number, "hours": _hours(entry, words)} if entry.get("hours") else number


def _labelled(lines: list[dict[str, Any]], words: dict[str, Any]) -> list[dict[str, str]]:
    """Another country's lines, each named with its country."""
    return [_number(line, words, f"{LABELLED_COUNTRY}: {line['name']}") for line in lines]


def _elsewhere(spoken: list[dict[str, Any]], words: dict[str, Any]) -> str:
    """What is said to somebody who is elsewhere; it says so where nobody has checked the numbers spoken of."""
    return str(words["elsewhere"]["abroad" if all(number["checked"] for number in spoken) else "unchecked"])


def _area(entry: dict[str, Any], words: dict[str, Any]) -> str:
    area = str(entry.get("area", ""))
    return str(words["area"].get(area, area))


def _hours(entry: dict[str, Any], words: dict[str, Any]) -> str:
    hours = str(entry["hours"])
    return str(words["hours"].get(hours, hours))


def _spoken_number(entry: dict[str, Any], words: dict[str, Any]) -> str:
    """An emergency number as it stands in a sentence, e.g. "911" or "106 (Lima)"."""
    area = _area(entry, words)
    number = _left_to_right(str(entry["number"]), words)
    return f"{number} ({_as_it_is(area, words)})" if area else number


def _spoken_line(entry: dict[str, Any], words: dict[str, Any]) -> str:
    """A crisis line as it stands in a sentence, e.g. "116 123 (Samaritans, call)"."""
    details = [_as_it_is(str(entry["name"]), words), str(words["how"][entry["how"]])]
    if entry.get("area"):
        details.append(_as_it_is(_area(entry, words), words))
    if entry.get("hours"):
        details.append(_left_to_right(_hours(entry, words), words))
    comma = "، " if words.get("right_to_left") else ", "
    return f"{_left_to_right(str(entry['number']), words)} ({comma.join(details)})"


def _left_to_right(part: str, words: dict[str, Any]) -> str:
    """`part` so that it keeps its order in a language that is written from right to left."""
    return f"{LEFT_TO_RIGHT}{part}{END}" if words.get("right_to_left") and part.isascii() else part


def _as_it_is(part: str, words: dict[str, Any]) -> str:
    return f"{AS_IT_IS}{part}{END}" if words.get("right_to_left") else part


def _joined(parts: list[str], words: dict[str, Any]) -> str:
    return f" {words['or']} ".join(parts[:MOST_SPOKEN])


def _filled(text: str, **parts: str) -> str:
    """`text` with its {placeholders} replaced, in the order of `parts`."""
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text
