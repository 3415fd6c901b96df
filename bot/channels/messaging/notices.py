"""What the channels themselves say to a patient."""

from __future__ import annotations

from typing import Final

_URGENT: Final = "If this is an emergency, call your local emergency number now."

ONLY_TEXT: Final = (
    "Thank you. I can only read text: I cannot open pictures, voice messages, files, stickers or locations. "
    f"Please write your question or your answer as a message. {_URGENT}"
)
TEXT_READ_ONLY: Final = "I can only read text. I have read your words, but I could not look at what you sent with them."
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
