"""References that patients read aloud and type: short, unambiguous, with a check character.

A reference is `MR-XXXX-XXXX`: seven random characters and a check character from an alphabet of 23.
The check is a weighted sum modulo 23. Because 23 is prime and the weights 1 to 8 differ, every wrong
character and every swap of two characters (adjacent or not) changes the sum, so both are always found.
"""

import re
import secrets
import unicodedata

# Without vowels (no words) and without one of each look-alike pair: 0/O/D/Q, 1/I/L, S/5, Z/2, B/8, G/6, U/V.
ALPHABET = "23456789CFHJKMNPQRTVWXY"
_PREFIX = "MR"
_LENGTH = 8
# Any constant detects equally well; with this one the reference used in documents, MR-7F3K-9Q2M, is valid.
_OFFSET = 18

LOOK_ALIKES = str.maketrans(
    {
        "0": "Q", "O": "Q", "D": "Q",
        "1": "7", "I": "J", "L": "J",
        "S": "5", "Z": "2", "B": "8", "G": "6", "U": "V",
        # Letters of Greek and Cyrillic keyboards that look the same.
        "М": "M", "К": "K", "Н": "H", "Р": "P", "С": "C", "Т": "T", "Х": "X", "У": "Y", "В": "8", "О": "Q",
        "Μ": "M", "Κ": "K", "Η": "H", "Ρ": "P", "Τ": "T", "Χ": "X", "Υ": "Y", "Ν": "N", "Β": "8", "Ο": "Q",
    }
)  # fmt: skip

_IN_TEXT = re.compile(
    r"(?<![\w@.])(?P<prefix>MR[\s\-]*)?(?P<first>[0-9A-Z]{4})[\s\-]*(?P<second>[0-9A-Z]{4})(?![\w@]|\.\w)",
    re.IGNORECASE,
)
_WRITTEN_OUT = re.compile(r"MR-[0-9A-Z]{4}-[0-9A-Z]{4}", re.IGNORECASE)
_MOST_WORDS_BESIDE = 2


def new_reference() -> str:
    """Return a new reference drawn from the system's cryptographic random source."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH - 1))
    return _layout(body + check_character(body))


def normalise_reference(text: str) -> str | None:
    """Bring what somebody typed into the form MR-XXXX-XXXX.

    Args:
        text: the reference in any case, with any spaces and dashes, with or without MR, look-alikes included.

    Returns:
        The reference, or None when this is not one or holds a typing mistake.
    """
    characters = unicodedata.normalize("NFKC", text).upper().translate(LOOK_ALIKES)
    characters = "".join(
        c for c in characters if not c.isspace() and unicodedata.category(c) != "Pd" and c not in "_.:#"
    )
    if len(characters) == len(_PREFIX) + _LENGTH and characters.startswith(_PREFIX):
        characters = characters[len(_PREFIX) :]
    if len(characters) != _LENGTH or any(c not in ALPHABET for c in characters):
        return None
    if check_character(characters[:-1]) != characters[-1]:
        return None
    return _layout(characters)


def find_reference(text: str) -> str | None:
    """Return the first valid reference inside a message, as MR-XXXX-XXXX, or None."""
    for match in _IN_TEXT.finditer(text):
        if reference := normalise_reference(match.group()):
            return reference
    return normalise_reference(text)


def cut_reference(text: str) -> str | None:
    """Return a message without the reference it plainly holds, right or mistyped; None when it holds none.

    Names ("Mr John Ruiz"), months ("July 2019"), numbers and addresses have the length of a reference too:
    without MR and both dashes it takes letters and digits side by side, without MR the check character as well.
    """
    for match in _IN_TEXT.finditer(text):
        mixed = any(not group.isalpha() and not group.isdigit() for group in match.group("first", "second"))
        rest = f"{text[: match.start()]} {text[match.end() :]}".strip()
        alone = len(rest.split()) <= _MOST_WORDS_BESIDE and normalise_reference(match.group()) is not None
        if _WRITTEN_OUT.fullmatch(match.group()) or (mixed and (match["prefix"] or alone)):
            return rest
    return None


def check_character(body: str) -> str:
    """Return the character that makes the weighted sum of all a multiple of 23 (the weights end with 1: its own).

    body: fewer than 22 characters of the alphabet, so that all weights differ.
    """
    weights = range(len(body) + 1, 1, -1)
    total = _OFFSET + sum(weight * ALPHABET.index(c) for weight, c in zip(weights, body, strict=True))
    return ALPHABET[-total % len(ALPHABET)]


def _layout(characters: str) -> str:
    return f"{_PREFIX}-{characters[:4]}-{characters[4:]}"
