"""What the channels themselves say to a patient, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.language import language

SECONDS: Final = 60
# What is said of things that are no words (data/language), and once in how many seconds.
BY_KIND: Final[Mapping[str, tuple[str, float]]] = {
    "media": ("only_text", SECONDS),
    "edit": ("no_edits", SECONDS),
    "group": ("private_only", 24 * 3600),
}


def remarks(*, too_long: bool, media: bool) -> list[str]:
    """What could not be read beside the words."""
    keys = [*(["too_long"] if too_long else []), *(["text_read_only"] if media else [])]
    return [language().say(key) for key in keys]
