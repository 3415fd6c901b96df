"""The check of what the action server answers, with Rasa's schema made ready once instead of at each call.

Rasa builds its schema, checks the schema itself and then the answer: half of the time of an intake's turn.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.constants import DOCS_BASE_URL


@cache
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def check_answer(answer: Any) -> None:
    """Raises jsonschema's ValidationError for an answer that Rasa could not read."""
    error = best_match(_validator().iter_errors(answer))
    if error is not None:
        error.message += f". The action server's answer is malformed; its format: {DOCS_BASE_URL}/custom-actions"
        raise error
