"""A real Rasa server with the website channel and, in place of a model, an agent that answers by rule.

`python app.py SETTINGS.json`: `credentials` (as in credentials.yml), `port`, `journal` (a file that gets one
line for each message processed), `lease_seconds`, `cors` (Rasa's own option) and `mortal`. The agent keeps
its conversations in the real tracker store. What it does depends on the first word: `slow 2`, `many 3`,
`fail`, `silent`, `faq`, and on a mortal server `crash` and `vanish` (saves, then dies before the answer
leaves); everything else is echoed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from rasa.core.channels.channel import UserMessage, register
from rasa.server import create_app
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.website import WebsiteInput
from bot.tracker_store import EncryptedTrackerStore

FAQ = {
    "faq": {
        "id": "lupus_definition",
        "title": "What is lupus?",
        "evidence": "established",
        "sources": [{"title": "A source", "kind": "journal", "ref": "doi"}],
        "related": [{"id": "lupus_types", "title": "Types of lupus"}],
    }
}


class RuleAgent:
    """Stands where Rasa's agent stands: `handle_message`, `is_ready`, and a tracker store."""

    def __init__(self, credentials: dict[str, str], journal: Path, mortal: bool) -> None:
        self._mortal = mortal
        self.tracker_store = EncryptedTrackerStore(
            domain=Domain.empty(),
            url=credentials.get("tracker_url", ""),
            data_dir=credentials["data_dir"],
            key=credentials.get("tracker_key", ""),
        )
        self._journal = journal

    def is_ready(self) -> bool:
        return True

    async def handle_message(self, message: UserMessage) -> None:
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps([message.sender_id, message.message_id, message.input_channel]) + "\n")
        command, _, rest = message.text.partition(" ")
        if command == "crash" and self._mortal:
            os._exit(1)
        if command == "fail":
            raise ValueError(f"the failure quotes {message.text}")
        if command == "slow":
            await asyncio.sleep(float(rest))
        events = [
            UserUttered(message.text, message_id=message.message_id, metadata=message.metadata),
            *self._utterances(command, rest, message),
        ]
        tracker = await self.tracker_store.retrieve_full_tracker(message.sender_id)
        tracker = tracker or DialogueStateTracker(message.sender_id, [])
        for event in events:
            tracker.update(event)
        await self.tracker_store.save(tracker)
        if command == "vanish" and self._mortal:
            os._exit(1)
        for event in events[1:]:
            await message.output_channel.send_response(message.sender_id, event.message())

    def _utterances(self, command: str, rest: str, message: UserMessage) -> list[BotUttered]:
        if command == "silent":
            return []
        if command == "many":
            return [BotUttered(f"reply {number}") for number in range(1, int(rest) + 1)]
        if command == "faq":
            return [
                BotUttered("Lupus is an autoimmune disease.", {"custom": FAQ}),
                BotUttered("", {"custom": None}),
                BotUttered("Anything else?", {"buttons": [{"title": "Yes", "payload": "yes"}]}),
            ]
        return [BotUttered(f"you said: {message.text}")]


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    credentials = settings["credentials"]
    channel = WebsiteInput.from_credentials(credentials)
    channel.settings = replace(channel.settings, lease_seconds=settings["lease_seconds"])
    app = create_app(cors_origins=settings["cors"])
    register([channel], app, route="/webhooks/")

    async def load(app: object, loop: object) -> None:
        app.ctx.agent = RuleAgent(credentials, Path(settings["journal"]), settings["mortal"])

    app.register_listener(load, "before_server_start")
    app.run(host="127.0.0.1", port=settings["port"], workers=1, access_log=True)


if __name__ == "__main__":
    main()
