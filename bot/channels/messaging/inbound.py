"""What arrives on any messaging channel, in one shape, and how to read it out of untrusted JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Kind = Literal["text", "button", "media", "edit", "group"]
T = TypeVar("T")


class UnreadableError(Exception):
    """A call that is signed but no message in the platform's form."""


@dataclass(frozen=True)
class Inbound:
    """One thing a person did.

    `key` names the platform's event (the same for a repeated delivery), `user` whose conversation it is,
    `address` where replies go, `text` the words (of an edited message the new ones), `media` whether something
    beside the text could not be read, `token` what the platform needs to be told about a pressed button.
    """

    key: str
    channel: str
    user: str
    address: tuple[str, ...]
    kind: Kind
    text: str = ""
    media: bool = False
    token: str | None = None


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; raises UnreadableError."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not valid JSON") from error
    if not isinstance(value, dict):
        raise UnreadableError("not a JSON object")
    return value


def pick(value: Any, *path: str, kind: type[T]) -> T | None:
    """What `path` leads to within nested objects, if it is of `kind`; None otherwise."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    # In Python a boolean is a number; in a platform's ids it never is.
    if isinstance(value, bool) and kind is not bool:
        return None
    return value if isinstance(value, kind) else None


def objects(value: Any, *path: str) -> list[dict[str, Any]]:
    """The objects in the list that `path` leads to; an empty list when there is none."""
    found = pick(value, *path, kind=list) or []
    return [item for item in found if isinstance(item, dict)]
