"""A failing action apologises with a code that the log has too, and the log holds nothing a patient said."""

from __future__ import annotations

import asyncio
import json
import logging
import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction
from clinic.logs import SafeFormatter


class Failing(ClinicAction):
    action_name = "action_failing"

    def act(self, dispatcher, tracker):
        dispatcher.utter_message(text="half a reply")
        raise ValueError(f"cannot read {tracker.latest_message['text']}")

    def after_failure(self, tracker):
        return [{"event": "slot", "name": "kept", "value": True}]


def test_a_failure_apologises_once_keeps_going_and_logs_no_patient_data(caplog, services):
    dispatcher = CollectingDispatcher()
    tracker = Tracker("someone", {}, {"text": "I am Rosalind"}, [], False, None, {}, "action_listen")
    with caplog.at_level(logging.DEBUG):
        events = asyncio.run(Failing(services).run(dispatcher, tracker, {}))
    (message,) = dispatcher.messages
    code = re.search(r"code (\w{8})", message["text"]).group(1)
    assert events == [{"event": "slot", "name": "kept", "value": True}]
    (record,) = [record for record in caplog.records if record.name == "actions.base"]
    written = json.loads(SafeFormatter().format(record))
    assert (written["event"], written["action"], written["error_id"]) == ("action_failed", "action_failing", code)
    assert written["error"].startswith("ValueError at ")
    assert "Rosalind" not in caplog.text + json.dumps(written)
