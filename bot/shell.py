"""`rasa shell` with whole replies in plain text: sources as lines, no JSON, and no obeyed `/intent`."""

from __future__ import annotations

import json
import sys
from asyncio import Queue
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.console import CmdlineInput

from bot.channels.replies import OnNewMessage, Replies, collect_replies
from bot.quiet import ignore_deprecations


def as_shell_text(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply as the shell prints it: text and buttons, with an answer's sources as a last line."""
    shown = {key: reply[key] for key in ("recipient_id", "text", "buttons") if reply.get(key)}
    faq = reply.get("custom", {}).get("faq")
    if faq:
        sources = "; ".join(f"{source['title']} ({source['ref']})" for source in faq["sources"])
        shown["text"] = f"{shown.get('text', '')}\n[Sources: {sources}]"
    summary = reply.get("custom", {}).get("summary")
    if summary and "text" not in shown:
        shown["text"] = json.dumps(summary, ensure_ascii=False)
    return shown


class ShellInput(CmdlineInput):
    """Rasa's command line channel, answered through `collect_replies` like every other channel."""

    @staticmethod
    async def on_message_wrapper(
        on_new_message: OnNewMessage,
        text: str,
        queue: Queue[Any],
        sender_id: str,
        input_channel: str,
        metadata: dict[str, Any] | None,
    ) -> None:
        """Answers one typed line and puts the replies into `queue`."""
        message = UserMessage(text, Replies(), sender_id, input_channel="shell", metadata=metadata)
        for reply in await collect_replies(on_new_message, message):
            await queue.put(as_shell_text(reply))
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
