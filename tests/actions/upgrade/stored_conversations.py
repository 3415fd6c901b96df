"""Reads conversations as this release's bot reads them: run with the bot's interpreter, prints JSON.

`stored_conversations.py FOLDER`: each conversation of FOLDER/conversations.db as it is sent to the action server.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from rasa.shared.core.trackers import EventVerbosity

from bot.importers.content import ContentImporter
from bot.safety.known import country_in
from bot.tracker_store import EncryptedTrackerStore

SENDERS = ("stopped-at-a-question", "stopped-at-an-unclear-date", "stopped-by-an-alarm")


async def read(folder: Path) -> dict[str, Any]:
    """Tracker and country of each conversation."""
    domain = ContentImporter("config.yml", "domain.yml", ["data"]).get_domain()
    store = EncryptedTrackerStore(domain, data_dir=str(folder), keep_days=3650)
    found = {}
    for sender in SENDERS:
        tracker = await store.retrieve(sender)
        assert tracker is not None, sender
        found[sender] = {**tracker.current_state(EventVerbosity.ALL), "country": country_in(tracker)}
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(read(Path(sys.argv[1])))))
