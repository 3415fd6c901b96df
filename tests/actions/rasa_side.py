"""The bot's side of the action protocol: run with the bot's interpreter by test_protocol.py, prints JSON.

`rasa_side.py call ACTION TEXT`: what Rasa posts for ACTION after a patient wrote TEXT.
`rasa_side.py spec`: the JSON schema that Rasa checks an answer against.
`rasa_side.py read FILE`: the events of an answer as Rasa reads them, by name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

DOMAIN = {
    "intents": ["start_intake"],
    "slots": {"requested_slot": {"type": "any", "mappings": [{"type": "custom"}]}},
}


def call_for(action: str, text: str) -> dict[str, Any]:
    """The JSON body of one action call, as RemoteAction builds it."""
    domain = Domain.from_dict(DOMAIN)
    message = UserUttered(
        text,
        intent={"name": "start_intake", "confidence": 0.98},
        entities=[],
        parse_data={
            "text": text,
            "intent": {"name": "start_intake", "confidence": 0.98},
            "entities": [],
            "response_selector": {"faq": {"response": {}, "ranking": []}},
        },
        input_channel="rest",
    )
    tracker = DialogueStateTracker.from_events(
        "protocol-test", [ActionExecuted("action_listen"), message], domain.slots, domain=domain
    )
    endpoint = EndpointConfig("http://127.0.0.1/webhook", enable_selective_domain=True)
    return RemoteAction(action, endpoint)._action_call_format(tracker, domain)


def main() -> None:
    """Prints the JSON that the arguments ask for."""
    if sys.argv[1] == "call":
        result: Any = call_for(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "spec":
        result = RemoteAction.action_response_format_spec()
    else:
        answer = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
        result = [event.type_name for event in deserialise_events(answer["events"])]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
