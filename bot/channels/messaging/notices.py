"""What the channels themselves say to a patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_URGENT: Final = "If this is an emergency, call your local emergency number now."
_CANNOT_OPEN: Final = "I cannot open this. In an emergency call your local emergency number."

ONLY_TEXT: Final = (
    f"{_CANNOT_OPEN} I can only read text: no pictures, voice messages, files, stickers or locations. "
    "Please write your question or your answer as a message."
)
TEXT_READ_ONLY: Final = f"I have read your words, but not what you sent with them. {_CANNOT_OPEN}"
NO_EDITS: Final = (
    "I cannot see changes to a message that was already sent. Please write what you want to change as a new message."
)
PRIVATE_ONLY: Final = (
    "I am an automated assistant and I answer in private chats only, so that nobody else reads about your "
    "health. Please write to me directly."
)
OLD_BUTTON: Final = "That button belongs to an earlier question. Please type your answer to my latest question."
TOO_FAST: Final = (
    "I received many messages at once and could not read them all. Please send one message and wait for my "
    f"answer. {_URGENT}"
)
TOO_LONG: Final = (
    "Your message was very long, so I read only its first part. Please send the rest in a message of its own."
)

SECONDS: Final = 60
# What is said of things that are no words, and once in how many seconds.
BY_KIND: Final[Mapping[str, tuple[str, float]]] = {
    "media": (ONLY_TEXT, SECONDS),
    "edit": (NO_EDITS, SECONDS),
    "group": (PRIVATE_ONLY, 24 * 3600),
}


def remarks(*, too_long: bool, media: bool) -> list[str]:
    """What could not be read beside the words."""
    return [*([TOO_LONG] if too_long else []), *([TEXT_READ_ONLY] if media else [])]
