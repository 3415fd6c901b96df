"""What an FAQ answer gains on its way out: a word on the age of its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.language import language


def age_of(as_of: Mapping[str, Any]) -> str:
    """The note beside facts that go stale.

    Args:
        as_of: `month` ("2026-11") and whether the text was `checked` against its source then.
    """
    return language().say("faq_checked" if as_of["checked"] else "faq_unchecked", month=spoken_month(as_of["month"]))


def spoken_month(month: str) -> str:
    """A month such as "2026-11" in words."""
    year, number = month.split("-")
    return language().say(f"month_{number}", year=year)


def finished(message: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as the patient gets it; any other message as it is.

    The note stays out of the articles' texts, from which the classifier learns. A text that names the month needs none.
    """
    faq = (message.get("custom") or {}).get("faq") or {}
    as_of = faq.get("as_of")
    if not as_of or spoken_month(as_of["month"]) in message["text"]:
        return dict(message)
    return {**message, "text": f"{message['text']}\n\n{age_of(as_of)}"}
