"""What is answered beside the look-up is told by the table of answers, and the look-up goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.lookup import FORM, REFERENCE, REQUESTED, ValidateLookupForm
from clinic.intake.model.conversation import Conversation
from tests.actions.conftest import ROOT

TABLE = yaml.safe_load((ROOT / "data" / "conversation.yml").read_text(encoding="utf-8"))
IN_FORMS = sorted(intent for intent, row in TABLE["intents"].items() if "in_a_form" in row)


def taken(services, intent):
    """The events and the texts of the look-up's form for a message of this intent that is no reference."""
    message = {"text": "something else", "intent": {"name": intent, "confidence": 0.95}}
    said = {"event": "user", "text": "something else", "parse_data": message}
    form = {"event": "action", "name": FORM}
    tracker = Tracker("t", {REQUESTED: REFERENCE}, message, [said, form], False, None, {"name": FORM}, FORM)
    dispatcher = CollectingDispatcher()
    events = ValidateLookupForm(services).act(dispatcher, tracker)
    return events, [message["text"] for message in dispatcher.messages]


def test_the_table_answers_in_the_look_up() -> None:
    assert FORM in TABLE["forms"]


@pytest.mark.parametrize("intent", [intent for intent in IN_FORMS if intent != "nlu_fallback"])
def test_a_digression_is_left_to_the_rules(services, intent):
    assert taken(services, intent) == ([], [])


@pytest.mark.parametrize("intent", ["nlu_fallback", "parking"])
def test_a_message_that_nothing_answers_is_a_failed_answer(services, intent):
    events, texts = taken(services, intent)
    assert events
    assert len(texts) == 1


def test_a_new_row_is_a_digression_without_a_line_of_code(services, tmp_path):
    table = {**TABLE, "intents": {**TABLE["intents"], "parking": {"in_a_form": "utter_parking"}}}
    path = tmp_path / "conversation.yml"
    path.write_text(yaml.safe_dump(table), encoding="utf-8")
    assert taken(replace(services, conversation=Conversation.load(path)), "parking") == ([], [])
