"""`rasa shell` by typing alone: whole replies in plain text, options as numbers, and no obeyed `/intent`."""

from __future__ import annotations

import sys
from asyncio import Queue
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.console import CmdlineInput
from sanic import Blueprint

from bot.channels.api_door import shut_to_pages
from bot.channels.messaging.capabilities import Capabilities
from bot.channels.messaging.options import Options, typed
from bot.channels.messaging.render import render_turn
from bot.channels.replies import OnNewMessage, Replies, collect_replies
from bot.quiet import ignore_deprecations

# A terminal shows neither buttons nor objects: options are numbered, sources follow their answer.
SHELL = Capabilities(
    title="Shell",
    signature="",
    buttons=0,
    button_title=0,
    button_payload=0,
    text=20_000,
    related_topics=3,
    intake_in_chat=True,
    media=False,
)


class ShellInput(CmdlineInput):
    """Rasa's command line channel; shows what a channel without buttons shows, and understands a typed number."""

    def __init__(self) -> None:
        super().__init__()
        self._offered: dict[str, Options] = {}

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Rasa's route, and no page in a browser may use it."""
        return shut_to_pages(super().blueprint(on_new_message))

    async def on_message_wrapper(
        self,
        on_new_message: OnNewMessage,
        text: str,
        queue: Queue[Any],
        sender_id: str,
        input_channel: str,
        metadata: dict[str, Any] | None,
    ) -> None:
        """Answers one typed line and puts the replies into `queue`."""
        meant = typed(text, self._offered.get(sender_id, Options()))
        message = UserMessage(meant, Replies(), sender_id, input_channel="shell", metadata=metadata)
        turn = render_turn(await collect_replies(on_new_message, message), SHELL, widget_url="")
        self._offered[sender_id] = turn.options
        for outgoing in turn.messages:
            await queue.put({"recipient_id": sender_id, "text": outgoing.text})
        await queue.put("DONE")


def main() -> None:
    """Runs `rasa shell` with this channel in place of Rasa's own; arguments are passed on."""
    ignore_deprecations()
    import rasa.core.channels
    from rasa.__main__ import main as rasa_main

    rasa.core.channels.BUILTIN_CHANNELS[CmdlineInput.name()] = ShellInput
    sys.argv = ["rasa", "shell", *sys.argv[1:]]
    rasa_main()


if __name__ == "__main__":
    main()
