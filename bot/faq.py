"""What an FAQ answer gains on its way out: a word on the age of its facts."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping
from typing import Any

CHECKED = "Checked in {month}."
UNCHECKED = "As of {month}; not yet checked against a source."


def age_of(as_of: Mapping[str, Any]) -> str:
    """The note beside facts that go stale.

    Args:
        as_of: `month` ("2026-11") and whether the text was `checked` against its source then.
    """
    return (CHECKED if as_of["checked"] else UNCHECKED).format(month=spoken_month(as_of["month"]))


def spoken_month(month: str) -> str:
    """A month such as "2026-11" in words."""
    year, number = month.split("-")
    return f"{month_name[int(number)]} {year}"


def finished(message: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as the patient gets it; any other message as it is.

    The note stays out of the articles' texts, from which the classifier learns. A text that names the month needs none.
    """
    faq = (message.get("custom") or {}).get("faq") or {}
    as_of = faq.get("as_of")
    if not as_of or spoken_month(as_of["month"]) in message["text"]:
        return dict(message)
    return {**message, "text": f"{message['text']}\n\n{age_of(as_of)}"}
