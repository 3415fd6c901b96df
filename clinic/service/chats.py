"""What services know of the bot's conversations."""

from collections.abc import Mapping
from typing import Protocol

from clinic.domain.casework import Line


class Chats(Protocol):
    """The bot's conversations, which live in the bot's own database."""

    def transcript(self, conversation_id: str) -> list[Line]:
        """Return what was said in one of them, oldest first; nothing when it is not kept any more."""

    def held(self, conversations: set[str]) -> Mapping[str, int]:
        """Return how much is kept of these, by what it is."""

    def erase(self, conversations: set[str]) -> Mapping[str, int]:
        """Delete everything that is kept of these; return how much went, by what it is."""
