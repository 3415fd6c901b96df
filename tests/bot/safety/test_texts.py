"""The safety message of every country, kind, language and form: whom to call comes first, and nothing is promised."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from bot.safety.files import read_safety_texts
from bot.safety.texts import MOST_SPOKEN, SafetyTexts

CONTENT = Path(__file__).resolve().parents[3] / "data"
TEXTS = SafetyTexts.from_dict(json.loads(json.dumps(read_safety_texts(CONTENT).to_dict())))
DATA = TEXTS.to_dict()
LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "ar")
FORMS = ("now", "already_taken")
# Somewhere without any number of its own, and nowhere.
PLACES = (*TEXTS.countries, "AF", None)
MOST_CHARACTERS = 600
# The verb that stands before the number, at most.
FIRST_CHARACTERS = 24
MARKS = re.compile("[\u2066-\u2069]")
MACHINE = {
    "en": ("automated assistant", "nobody is watching"),
    "es": ("asistente automático", "nadie está vigilando"),
    "fr": ("assistant automatique", "personne ne surveille"),
    "de": ("automatischer Assistent", "niemand beobachtet"),
    "pt": ("assistente automático", "ninguém acompanha"),
    "it": ("assistente automatico", "nessuno sorveglia"),
    "ar": ("مساعد آلي", "ولا أحد يراقب"),
}
PROMISES = re.compile(r"will be (fine|alright|ok)|help is on|we will|someone will (call|come)|guarante", re.IGNORECASE)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def said(kind: str, country: str | None, language: str = "en", form: str = "now", texts: SafetyTexts = TEXTS) -> str:
    return MARKS.sub("", texts.reply(kind, country, language, form)["text"])


def emergency_numbers(country: str | None) -> list[str]:
    return [entry["number"] for entry in DATA["emergency_numbers"].get(country, DATA["default"])]


def crisis_numbers(country: str | None) -> list[str]:
    return [line["number"] for line in DATA["crisis_lines"].get(country, [])]


def names(text: str, number: str) -> bool:
    return re.search(rf"(?<![\d*]){re.escape(number)}(?!\d)", text) is not None


def first_number(text: str) -> str:
    """The text from its first number on; fails when too many words stand before it."""
    start = re.search(r"[\d*]", text)
    assert start is not None
    assert start.start() <= FIRST_CHARACTERS, text
    return text[start.start() :]


def test_there_are_texts_in_seven_languages_and_numbers_for_many_countries() -> None:
    assert set(TEXTS.languages) == set(LANGUAGES)
    assert len(TEXTS.countries) >= 146


@each_language
@pytest.mark.parametrize("form", FORMS)
def test_an_emergency_begins_with_the_countrys_own_number(language: str, form: str) -> None:
    for country in PLACES:
        text = said("emergency", country, language, form)
        assert first_number(text).startswith(emergency_numbers(country)[0]), text


@each_language
def test_a_crisis_begins_with_the_countrys_own_line_and_says_its_emergency_number(language: str) -> None:
    for country in PLACES:
        text = said("crisis", country, language)
        first = first_number(text)
        assert any(first.startswith(number) for number in crisis_numbers(country) or emergency_numbers(country)), text
        assert all(names(text, number) for number in emergency_numbers(country)[:MOST_SPOKEN]), text


@each_language
def test_who_has_already_taken_something_reads_the_emergency_number_before_the_crisis_line(language: str) -> None:
    for country in PLACES:
        reply = TEXTS.reply("crisis", country, language, "already_taken")
        text = MARKS.sub("", reply["text"])
        assert first_number(text).startswith(emergency_numbers(country)[0]), text
        assert reply["custom"]["safety"]["numbers"][0]["number"] == emergency_numbers(country)[0]
        assert all(names(text, number) for number in crisis_numbers(country)[:1]), text


@each_language
@pytest.mark.parametrize("form", FORMS)
def test_no_country_is_sent_to_another_countrys_line(language: str, form: str) -> None:
    everywhere = {number for country in DATA["crisis_lines"] for number in crisis_numbers(country)}
    for country in PLACES[:-1]:
        own = {*crisis_numbers(country), *emergency_numbers(country)}
        reply = TEXTS.reply("crisis", country, language, form)
        assert {number["number"] for number in reply["custom"]["safety"]["numbers"]} == own
        # Names may hold numbers too ("988 Suicide & Crisis Lifeline").
        rest = re.sub(r"\([^)]*\)", "", MARKS.sub("", reply["text"]))
        for number in sorted(own, key=len, reverse=True):
            rest = rest.replace(number, "")
        assert not [number for number in everywhere if names(rest, number)], reply["text"]
        assert ("findahelpline.com" in rest) == (not crisis_numbers(country))


@each_language
def test_while_no_country_is_known_the_one_line_named_is_labelled_with_its_country(language: str) -> None:
    text = said("crisis", None, language)
    label = DATA["texts"][language]["us_line"].split("{", 1)[0].strip()
    assert f"{label} 988" in text
    assert "findahelpline.com" in text
    assert not names(text, "116 123")


def test_an_unlisted_country_gets_general_numbers_and_the_directory_without_any_line() -> None:
    text = said("crisis", "AF")
    assert "112 or 911" in text
    assert "988" not in text


@each_language
@pytest.mark.parametrize("kind", ["emergency", "crisis"])
@pytest.mark.parametrize("form", FORMS)
def test_every_text_is_short_says_that_nobody_watches_and_leaves_no_gap(language: str, kind: str, form: str) -> None:
    for country in PLACES:
        text = TEXTS.reply(kind, country, language, form)["text"]
        assert len(text) <= MOST_CHARACTERS, (country, len(text), text)
        assert all(part in text for part in MACHINE[language]), text
        assert "{" not in text
        assert "}" not in text
        assert "  " not in text
        assert not PROMISES.search(text)


@each_language
@pytest.mark.parametrize("kind", ["emergency", "crisis"])
@pytest.mark.parametrize("form", FORMS)
def test_numbers_that_nobody_has_checked_are_followed_by_the_local_one(language: str, kind: str, form: str) -> None:
    local = DATA["texts"][language]["elsewhere"]["unchecked"]
    assert all(said(kind, country, language, form).count(local) == 1 for country in PLACES)


@each_language
def test_checked_numbers_still_lead_a_patient_who_travels_to_help(language: str) -> None:
    checked = copy.deepcopy(DATA)
    for entry in (*checked["emergency_numbers"]["DE"], *checked["crisis_lines"]["DE"]):
        entry["checked"] = "2026-12-01 AB"
    elsewhere = checked["texts"][language]["elsewhere"]
    for kind in ("emergency", "crisis"):
        text = said(kind, "DE", language, texts=SafetyTexts(checked))
        assert elsewhere["abroad"] in text
        assert elsewhere["unchecked"] not in text
    checked["crisis_lines"]["DE"][0]["checked"] = None
    assert elsewhere["unchecked"] in said("crisis", "DE", language, texts=SafetyTexts(checked))


@each_language
def test_hours_are_said_where_a_line_has_hours(language: str) -> None:
    words = DATA["texts"][language]["hours"]
    for country, lines in DATA["crisis_lines"].items():
        reply = TEXTS.reply("crisis", country, language)
        shown = {number["number"]: number for number in reply["custom"]["safety"]["numbers"]}
        for line in lines:
            if hours := line.get("hours"):
                assert shown[line["number"]]["hours"] == words.get(hours, hours)
                assert words.get(hours, hours) in MARKS.sub("", reply["text"])
            else:
                assert "hours" not in shown[line["number"]]
    assert "9:00-24:00" in said("crisis", "IT", language)


@pytest.mark.parametrize(
    ("country", "kind", "first", "also"),
    [
        ("IQ", "emergency", "911", []),
        ("PT", "crisis", "1411", ["24 h"]),
        ("ET", "emergency", "911", ["907"]),
        ("MZ", "emergency", "112", ["117"]),
        ("PE", "emergency", "106 (Lima)", ["116"]),
        ("UZ", "emergency", "103", ["112"]),
        ("ZM", "emergency", "991", ["992"]),
        ("HK", "crisis", "2896 0000", ["18111"]),
        ("PH", "crisis", "1553", ["0917 899 8727"]),
        ("CN", "crisis", "12356", ["not day and night"]),
        ("EC", "crisis", "171", ["opción 6"]),
        ("AR", "crisis", "0800 999 0091", ["135", "Buenos Aires", "not day and night"]),
        ("TR", "crisis", "112", ["findahelpline.com"]),
    ],
)
def test_outdated_and_doubtful_numbers_are_mended(country: str, kind: str, first: str, also: list[str]) -> None:
    text = said(kind, country)
    assert first_number(text).startswith(first)
    assert all(part in text for part in also), text


@pytest.mark.parametrize(
    ("country", "language", "first"),
    [("CH", "en", "0800 143 000"), ("CH", "fr", "143"), ("BE", "fr", "0800 32 123"), ("BE", "en", "1813")],
)
def test_a_line_in_the_patients_language_comes_first(country: str, language: str, first: str) -> None:
    assert first_number(said("crisis", country, language)).startswith(first)


def test_arabic_keeps_numbers_in_one_piece() -> None:
    text = TEXTS.reply("crisis", "DE", "ar")["text"]
    assert "\u20660800 111 0 111\u2069" in text
    assert TEXTS.reply("crisis", "DE", "ar")["custom"]["safety"]["numbers"][0]["number"] == "0800 111 0 111"


@pytest.mark.parametrize(
    ("language", "begins"), [("pt-BR", "Ligue"), ("ES", "Llame"), ("sw", "Call"), ("", "Call"), (None, "Call")]
)
def test_an_unknown_language_gets_english(language: str, begins: str) -> None:
    assert TEXTS.reply("emergency", "US", language)["text"].startswith(begins)


def test_an_unknown_form_gets_the_text_for_now() -> None:
    assert TEXTS.reply("crisis", "US", form="later") == TEXTS.reply("crisis", "US")


def test_the_default_country_counts_while_the_patients_own_is_not_known() -> None:
    texts = SafetyTexts(DATA, default_country="DE")
    assert said("emergency", None, texts=texts) == said("emergency", "DE")
    assert said("crisis", "", texts=texts) == said("crisis", "DE")
    assert said("crisis", "TR", texts=texts) == said("crisis", "TR")
    assert "988" not in said("crisis", None, texts=texts)


def test_unchecked_numbers_are_counted() -> None:
    unchecked, numbers = TEXTS.unchecked()
    assert numbers > 250
    signed = copy.deepcopy(DATA)
    signed["emergency_numbers"]["US"][0]["checked"] = "2026-12-01 AB"
    assert SafetyTexts(signed).unchecked() == (unchecked - 1, numbers)


@each_language
def test_the_ways_on_are_in_the_patients_language_and_understood_by_the_bot(language: str) -> None:
    over, go_on = TEXTS.buttons("emergency", language, intake_open=True, step=4)
    assert over["payload"] == "It is not happening now"
    assert go_on["payload"] == "Go on with my request"
    assert go_on["title"].endswith("4)")
    assert [button["payload"] for button in TEXTS.buttons("crisis", language)] == ["I am safe now"]
    if language != "en":
        assert over["title"] != over["payload"]
    assert not re.search(r"\d|\{", TEXTS.buttons("crisis", language, intake_open=True)[1]["title"])


@each_language
def test_who_writes_in_another_language_is_told_the_emergency_number_in_hers(language: str) -> None:
    for country in PLACES:
        text = MARKS.sub("", TEXTS.only_english(language, country)["text"])
        assert all(names(text, number) for number in emergency_numbers(country)[:MOST_SPOKEN]), text
        assert DATA["directory"]["url"] in text
        assert "{" not in text
        assert len(text) <= MOST_CHARACTERS
    others = {TEXTS.only_english(other)["text"] for other in LANGUAGES}
    assert len(others) == len(LANGUAGES)
