"""Where the clinic takes no details in a messaging app, no form begins, and one that is open is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.core.constants import ACTION_DEACTIVATE_LOOP_NAME as LEAVE
from rasa.shared.core.constants import ACTION_LISTEN_NAME as LISTEN
from ruamel.yaml import YAML

from bot.channels.messaging.render import INTAKE_LINK_RESPONSE
from bot.policies.messaging_intake import RESPONSE, next_link_step

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("intent", "intake", "done", "in_form", "step"),
    [
        ("start_intake", "link", [], False, RESPONSE),
        ("resume_intake", "link", [], False, RESPONSE),
        ("check_status", "link", [], False, RESPONSE),
        ("withdraw_request", "link", [], False, RESPONSE),
        ("start_intake", "link", [RESPONSE], False, LISTEN),
        ("start_intake", "chat", [], False, None),
        ("start_intake", None, [], False, None),
        ("faq", "link", [], False, None),
        ("faq", "link", ["utter_faq"], False, None),
        (None, "link", [], False, None),
        ("inform", "link", [], True, LEAVE),
        ("inform", "link", [LEAVE], False, RESPONSE),
        ("inform", "link", [LEAVE, RESPONSE], False, LISTEN),
        ("inform", "chat", [], True, None),
    ],
)
def test_the_next_step(
    intent: str | None, intake: str | None, done: list[str], in_form: bool, step: str | None
) -> None:
    assert next_link_step(intent, intake, done, in_form) == step


def test_the_response_exists_under_the_name_that_channel_and_policy_use() -> None:
    content = YAML(typ="safe").load((ROOT / "data/responses_messaging.yml").read_text(encoding="utf-8"))
    assert RESPONSE == INTAKE_LINK_RESPONSE
    assert len(content["responses"][RESPONSE][0]["text"]) <= 400
