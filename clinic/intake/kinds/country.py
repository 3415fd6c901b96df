"""Reads countries: ISO codes, names in many languages, demonyms, misspellings; unclear ones are asked back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import pycountry
from babel import Locale
from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.choice import exact_match
from clinic.intake.kinds.multi import MultiKind
from clinic.intake.model.language import Language
from clinic.intake.model.places import place_key as _key
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Option, Parsed, Unclear
from clinic.intake.model.text import looks_like_question, normalise

_LOCALES = (
    "en",
    "es",
    "fr",
    "de",
    "pt",
    "it",
    "nl",
    "ru",
    "uk",
    "ar",
    "tr",
    "pl",
    "hi",
    "zh",
    "ja",
    "ko",
    "vi",
    "id",
    "ro",
    "el",
    "sv",
    "fa",
    "he",
    "cs",
    "hu",
)
_LEAD = re.compile(
    r"^(?:(?:i|we|she|he|they|it|my|the patient|patient|my daughter|my son|my mother|my father|am|is|are|"
    r"are|live|lives|living|reside|resides|residing|based|"
    r"come|comes|from|in|now|currently|country|of|residence|the|at|here|am living|stay|staying|be|s|at the "
    r"moment|right now|moved|to|recently|near|yes|ok|well|"
    r"a|an|citizen|resident|originally|that is|its) )+"
)
_LIVES_IN = re.compile(
    r"\b(?:live|lives|living|reside|resides|based|staying|located)\s+(?:now\s+|currently\s+)?(?:in|at|"
    r"near)\s+([^.;!?\n]+)|\b(?:i'm|i am|she is|he is|she's|he's|we are|we're)\s+"
    r"(?:now |currently )?(?:in|from)\s+([^.;!?\n]+)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\s+(?:now|currently|but|and|since|with|at the moment|right now|please|thanks|these days|for)\b.*$",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"[,;/&+\n]|\band\b|\bor\b|\bplus\b|\balso\b|\bmaybe\b|\bthen\b|\bas well as\b|\bo\b|\by\b", re.IGNORECASE
)
_TAIL = re.compile(
    r"(?: (?:please|thanks|thank you|now|currently|thx|i guess|here|the country|country|not the state))+$"
)
_NOT_CODES = frozenset({"NO", "OK"})


def country_name(code: str) -> str:
    """Return the usual English name of an ISO 3166 alpha-2 code; the code itself when it is unknown."""
    return str(Locale("en").territories.get(code, code))


@lru_cache(maxsize=4)
def _names(language: Language) -> dict[str, str]:
    """Map every known wording of a country to its ISO 3166 alpha-2 code."""
    codes = {country.alpha_2 for country in pycountry.countries}
    names: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name"):
            if name := getattr(country, attribute, None):
                names[_key(name)] = country.alpha_2
                names.setdefault(_key(name.split(",")[0]), country.alpha_2)
    for locale in _LOCALES:
        for code, name in Locale(locale).territories.items():
            if code in codes:
                names.setdefault(_key(name), code)
                names.setdefault(_key(re.sub(r"\s*\(.*?\)", "", name)), code)
    names.update(language.places.names)
    for name in language.places.several:
        names.pop(name, None)
    names.pop("", None)
    return names


@lru_cache(maxsize=4)
def _regions(language: Language) -> dict[str, str]:
    """Map the states and provinces people name instead of a country to the country."""
    regions = {
        _key(region.name): region.country_code
        for region in pycountry.subdivisions
        if region.country_code in ("US", "CA", "AU") and len(region.name) > 3
    }
    return {name: code for name, code in regions.items() if name not in _names(language)}


def find_country(language: Language, text: str) -> tuple[list[str], bool]:
    """Return the ISO codes a text alone may mean (one when it is clear), and whether that is its plain name."""
    bare = text.strip(" .!,'\"()")
    if re.fullmatch(r"[A-Z]{2,3}", bare) and bare not in _NOT_CODES:
        found = pycountry.countries.get(alpha_2=bare) if len(bare) == 2 else pycountry.countries.get(alpha_3=bare)
        if found is not None:
            return [found.alpha_2], True
    if bare in language.places.acronyms:
        return [language.places.acronyms[bare]], True
    flag = [chr(ord(ch) - 0x1F1E6 + 65) for ch in bare if 0x1F1E6 <= ord(ch) <= 0x1F1FF]
    if len(flag) == 2 and pycountry.countries.get(alpha_2="".join(flag)):
        return ["".join(flag)], True
    key = _key(bare)
    for form in dict.fromkeys((key, _bare(key))):
        if form in language.places.several:
            return list(language.places.several[form]), True
        if form in _names(language):
            return [_names(language)[form]], form == key
        if form in _regions(language):
            return [_regions(language)[form]], False
    return _near(language, _bare(key)), False


def _bare(key: str) -> str:
    return _TAIL.sub("", _LEAD.sub("", key + " ").strip())


def _near(language: Language, form: str) -> list[str]:
    """Return the codes of the names one slip away; short names ("male", Malta) are too easily something else."""
    if not 5 <= len(form) <= 40 or language.is_chat(form):
        return []
    sure = language.places.sure
    names = [name for name in _names(language) if name.isascii() and len(name) >= 5 and name not in sure]
    close = process.extract(form, names, scorer=fuzz.ratio, score_cutoff=80, limit=8)
    allowed = 1 if len(form) < 7 else 2 if len(form) < 12 else 3
    distances = {name: DamerauLevenshtein.distance(form, name) for name, _, _ in close}
    best = min(distances.values(), default=allowed + 1)
    if best > allowed:
        return []
    return list(dict.fromkeys(_names(language)[name] for name, distance in distances.items() if distance == best))


def _candidates(language: Language, text: str) -> tuple[list[str], bool]:
    """Return what a whole message may mean as one country: itself, where it says somebody lives, or its last part."""
    found = find_country(language, text)
    if found[0]:
        return found
    match = _LIVES_IN.search(text)
    if match:
        place = next(part for part in match.groups() if part)
        for form in (place, _STOP.sub("", place), *reversed(place.split(","))):
            found = find_country(language, _STOP.sub("", form))
            if found[0]:
                return found[0], False
    parts = [part for part in re.split(r"[,(]", text) if part.strip()]
    if len(parts) > 1 and len(text.split()) <= 8:
        for part in reversed(parts):
            found = find_country(language, part)
            if found[0]:
                return found[0], False
    return [], False


def _destination(part: str) -> str:
    return re.sub(
        r"^\s*(?:(?:i|we|would|like|to|go|prefer|want|could|can|in|either|both|perhaps|first|somewhere|"
        r"travel|think|about|preferably|if|possible|the|be|it)\s+)+",
        "", part.strip() + " ", flags=re.IGNORECASE,
    ).strip()  # fmt: skip


def _heard(context: Context, *, patient_only: bool) -> list[str]:
    """Return the codes of the countries that the bot found; patient_only: without those of other people."""
    codes = dict.fromkeys(
        str(entity.get("value"))
        for entity in context.entities
        if entity.get("entity") == "country"
        and not entity.get("negated")
        and (not patient_only or entity.get("experiencer", "patient") == "patient")
    )
    return [code for code in codes if pycountry.countries.get(alpha_2=code)]


def _by_part(language: Language, text: str) -> list[list[str]]:
    """Return for each part of a list in words the codes that it may mean."""
    return [_candidates(language, _destination(part))[0] for part in _SPLIT.split(text) if part.strip()]


def _which(context: Context, countries: Sequence[tuple[str, Any]]) -> Unclear:
    """Return the question which of these is meant; countries: the code of each, and what is stored for it."""
    options = tuple(Option(value, country_name(code)) for code, value in countries[:4])
    return Unclear(context.say("which_country"), options)


def _named(question: Question, norm: str) -> str | None:
    """Return the value of the choice that is named anywhere in a text by a long name."""
    return next((c.value for c in question.choices if any(len(name) > 6 and name in norm for name in c.names)), None)


class CountryKind(Kind):
    """One country."""

    own_words: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read one country as ISO 3166 alpha-2; several possible ones are asked back."""
        if context.language.is_chat(text) and normalise(text) != "no":
            return context.refuse("no_country")
        if text.strip() == "NO":
            options = (Option("NO", context.say("yes_norway")), Option(None, context.say("no")))
            return Unclear(context.say("norway"), options, yes_no=True)
        codes, plain = _candidates(context.language, text)
        if not codes and not looks_like_question(text) and len(text.split()) <= 12:
            codes = _heard(context, patient_only=True)
        if not codes or (looks_like_question(text) and not plain):
            return context.refuse("no_country")
        if len(codes) > 1:
            return _which(context, [(code, code) for code in codes])
        return Accepted(codes[0], exact=plain and normalise(text) == normalise(country_name(codes[0])))

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return the name of the country."""
        return country_name(str(value))


class CountriesKind(MultiKind):
    """One or several countries, or a choice beside them."""

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read one or several countries as ISO codes, or one of the question's own choices ("no preference")."""
        # A number but the first is none of the few choices.
        number = text.strip().isdigit() and text.strip() != "1"
        if not number and (choice := exact_match(question.choices, text)) is not None:
            return Accepted([choice.value])
        if looks_like_question(text):
            return context.refuse("no_country")
        whole = find_country(context.language, text)
        if len(whole[0]) == 1:
            return Accepted([whole[0][0]], exact=whole[1])
        found = _by_part(context.language, text)
        codes = [each[0] for each in found if len(each) == 1]
        for several in (each for each in found if len(each) > 1):
            return _which(context, [(code, [*codes, code]) for code in several])
        codes += _heard(context, patient_only=False)
        if codes:
            return Accepted(list(dict.fromkeys(codes)), exact=False)
        named = _named(question, normalise(text))
        return Accepted([named], exact=False) if named is not None else context.refuse("no_country")

    def show_part(self, part: Any, question: Question) -> str:
        """Return the label of a choice, or the name of the country."""
        return country_name(super().show_part(part, question))
