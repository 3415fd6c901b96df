"""Writes the databases of a release as its own code writes them, in a checkout of that release (README.md).

`make_release.py clinic FOLDER` (the clinic's runtime): clinic.db, or MARROW_DATABASE_URL's, and conversations.json.
`make_release.py bot FOLDER` (the bot's runtime): those conversations in conversations.db.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

AT = datetime(2026, 11, 20, 9, 0, tzinfo=timezone.utc)


def write_clinic(folder: Path) -> None:
    """Two sent requests, and three intakes in the middle: at a question, at an unclear date, after an emergency."""
    from clinic.service.intake_service import change_status
    from conversation import Conversation
    from ruamel.yaml import YAML

    from actions.server import all_actions
    from actions.services import Services
    from clinic.bootstrap import bootstrap
    from clinic.domain.requests import RequestStatus

    os.environ["MARROW_DATA_DIR"] = str(folder)
    os.environ["MARROW_CONTENT_DIR"] = "data"
    services = replace(Services.build(bootstrap()), now=lambda: AT)
    services.prepare_storage()
    actions = {action.name(): action for action in all_actions(services)}
    patients = YAML(typ="safe").load(Path("tests/conversations/patients.yml").read_text(encoding="utf-8"))
    ana, lucia = patients["ana"], patients["carmen_for_her_daughter"]

    def begun(sender: str, answers: dict[str, str], until: str) -> Conversation:
        conversation = Conversation(sender, actions, AT)
        conversation.say("start my consultation request", "start_intake", 0.98)
        while (asked := conversation.slots["requested_slot"]) != until:
            answer(conversation, answers[asked])
        return conversation

    def answer(conversation: Conversation, text: str) -> None:
        intent = {"yes": "affirm", "no": "deny", "skip": "skip"}.get(text, "nlu_fallback")
        conversation.say(text, intent, 0.95 if intent != "nlu_fallback" else 0.3)

    sent = [begun("sent-by-ana", ana, "review"), begun("sent-for-lucia", lucia, "review")]
    for conversation in sent:
        conversation.say("send", "affirm", 0.9)
    references = [told["request"]["reference"] for each in sent for told in each.objects if "request" in told]
    change_status(services.unit_of_work(), references[1], RequestStatus.IN_REVIEW, AT)
    asked = begun("stopped-at-a-question", ana, "symptoms")
    unclear = begun("stopped-at-an-unclear-date", ana, "date_of_birth")
    unclear.say("03/05/1985")
    alarmed = begun("stopped-by-an-alarm", ana, "symptoms")
    safety = {"kind": "emergency", "rule": "chest_pain", "text": "crushing chest pain", "sources": []}
    alarmed.say("I have crushing chest pain", "emergency", 1.0, safety=safety)
    written = {each.sender: each.events for each in (asked, unclear, alarmed)}
    (folder / "conversations.json").write_text(json.dumps(written), encoding="utf-8")
    services.clinic.database.dispose()
    print(references)


async def write_conversations(folder: Path) -> None:
    """Stores conversations.json in the tracker store, encrypted."""
    from rasa.shared.core.events import deserialise_events
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.importers.content import ContentImporter
    from bot.tracker_store import EncryptedTrackerStore

    domain = ContentImporter("config.yml", "domain.yml", ["data"]).get_domain()
    store = EncryptedTrackerStore(domain, data_dir=str(folder), keep_days=3650)
    conversations: dict[str, Any] = json.loads((folder / "conversations.json").read_text(encoding="utf-8"))
    for sender, events in conversations.items():
        tracker = DialogueStateTracker.from_events(sender, deserialise_events(events), domain.slots, domain=domain)
        await store.save(tracker)
    store.engine.dispose()
    (folder / "conversations.json").unlink()


if __name__ == "__main__":
    part, place = sys.argv[1], Path(sys.argv[2]).resolve()
    if part == "clinic":
        write_clinic(place)
    else:
        asyncio.run(write_conversations(place))
