"""What stands in the place of a messaging channel that is not set up."""

from __future__ import annotations

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint

from bot.channels.replies import OnNewMessage


class OffChannel(InputChannel):
    """Stands for a channel that is not set up: it has no routes, so its addresses do not exist."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    @classmethod
    def name(cls) -> str:
        """No message ever has this channel's name."""
        return "off"

    def url_prefix(self) -> str:
        """The address that the channel would have."""
        return self._prefix

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """A blueprint without routes."""
        return Blueprint(f"marrow_{self._prefix}_off")
