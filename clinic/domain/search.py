"""By which words a request is found: a name without case and accents, an address, and a person as a whole."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NAME, BIRTH_DATE, EMAIL, PHONE = "full_name", "date_of_birth", "email", "phone"
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
# Before the last digits of a number, which people of two countries may share.
_LAST = "…"
_LEAST_DIGITS, _LOCAL_DIGITS = 7, 8


class TermKind(StrEnum):
    """What a term is of; terms of different kinds never match."""

    NAME = "name"
    CONTACT = "contact"
    PERSON = "person"


@dataclass(frozen=True)
class Term:
    """Something by which a request is found; stored as a keyed digest only."""

    kind: TermKind
    value: str


def fold(text: str) -> str:
    """Return a name as it is compared: without case, accents and punctuation, single blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+|_", " ", unicodedata.normalize("NFKC", letters)).split())


def terms_of(answers: Mapping[str, Any]) -> frozenset[Term]:
    """Return every term by which a request with these answers is found."""
    name = fold(str(answers.get(NAME) or ""))
    terms = {Term(TermKind.NAME, word) for word in name.split()} | {Term(TermKind.NAME, name)} if name else set()
    for contact in (answers.get(EMAIL), answers.get(PHONE)):
        terms |= {Term(TermKind.CONTACT, value) for value in contacts_in(str(contact or ""))}
    if name and (born := answers.get(BIRTH_DATE)):
        terms.add(Term(TermKind.PERSON, f"{' '.join(sorted(name.split()))}/{born}"))
    return frozenset(terms)


def same_person(answers: Mapping[str, Any]) -> frozenset[Term]:
    """Return the terms that another request of the same person shares."""
    own = {term for term in terms_of(answers) if term.kind is not TermKind.NAME}
    return frozenset(term for term in own if not term.value.startswith(_LAST))


def terms_asked_for(text: str) -> frozenset[Term]:
    """Return the terms that somebody who typed `text` into the search means, exactly as a whole."""
    contacts = {Term(TermKind.CONTACT, value) for value in contacts_in(text)}
    if contacts:
        return frozenset(contacts)
    name = fold(text)
    return frozenset({Term(TermKind.NAME, name)}) if name else frozenset()


def contacts_in(text: str) -> list[str]:
    """Return an e-mail address or a phone number as they are compared; a number also by its last digits."""
    plain = text.strip().casefold()
    if "@" in plain:
        return [plain]
    digits = re.sub(r"\D", "", plain).removeprefix("00")
    if len(digits) < _LEAST_DIGITS or re.search(r"[^\W\d_]", plain):
        return []
    return [digits] if len(digits) < _LOCAL_DIGITS else [digits, f"{_LAST}{digits[-_LOCAL_DIGITS:]}"]
