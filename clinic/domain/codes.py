"""Resume codes: what a patient writes down to go on with an unsent intake in another tab or on another device.

A code is `XXXXX-XXXXX`: nine characters (23 to the ninth, about 40 bits) and a check character, from the alphabet of
references and with their check, but in groups of five, so that neither is taken for the other. It has letters and
digits, as no word and no number does.
"""

import re
from collections.abc import Callable

from clinic.domain.reference import ALPHABET, LOOK_ALIKES, check_character

_GROUP = 5
_BODY = 2 * _GROUP - 1
_LEAST_OF_EACH = 2
_IN_TEXT = re.compile(r"(?<![\w-])([0-9A-Za-z]{5})[\s\-\u2010-\u2015]*([0-9A-Za-z]{5})(?![\w-])")


def code_from(digest_of: Callable[[str], str]) -> str:
    """Return the code that a keyed digest gives, always the same one.

    Args:
        digest_of: gives for a number, as text, a digest (64 hexadecimal digits) that nobody can compute without the
            key. The first number whose digest gives a code with two letters and two digits is taken.
    """
    number = 0
    while True:
        value, body = int(digest_of(str(number)), 16), ""
        for _ in range(_BODY):
            value, place = divmod(value, len(ALPHABET))
            body += ALPHABET[place]
        digits = sum(character.isdigit() for character in body)
        if _LEAST_OF_EACH <= digits <= _BODY - _LEAST_OF_EACH:
            code = body + check_character(body)
            return f"{code[:_GROUP]}-{code[_GROUP:]}"
        number += 1


def normalise_code(text: str) -> str | None:
    """Return the code that a message holds, as XXXXX-XXXXX, or None where there is none or it has a typing mistake."""
    for found in _IN_TEXT.finditer(text):
        typed = "".join(found.groups()).upper().translate(LOOK_ALIKES)
        mixed = all(c in ALPHABET for c in typed) and not typed.isalpha() and not typed.isdigit()
        if mixed and check_character(typed[:-1]) == typed[-1]:
            return f"{typed[:_GROUP]}-{typed[_GROUP:]}"
    return None
