"""What an FAQ answer gains on its way out: neighbouring topics under a small lead, and the age of its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.language import language

FAQ, PREFIX = "faq", "faq/"
# A topic with this share of the leader's probability is offered beside the answer: the greatest offer that stays under
# a quarter of the answers to the harder of two sets that the topics were not learnt from (docs/understanding.md).
NEIGHBOUR = 0.15
MOST_NEIGHBOURS = 2
# Articles that answer one question of either therapy. Where the second has this share, nothing is answered before the
# patient has said which one is meant.
UNDECIDED = 0.2
OTHER_THERAPY: Mapping[str, str] = MappingProxyType(
    {
        "recovery_msc": "recovery_ahsct",
        "recovery_ahsct": "recovery_msc",
        "msc_side_effects": "ahsct_risks",
        "ahsct_risks": "msc_side_effects",
        "msc_therapy": "ahsct_therapy",
        "ahsct_therapy": "msc_therapy",
    }
)
INTRODUCTIONS = frozenset({"utter_greet", "utter_bot_challenge", "utter_first_contact"})
PRIVACY = "privacy_of_data"


def ranking_of(parsed: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The topics of a parse result with their probabilities, best first."""
    rows = ((parsed.get("response_selector") or {}).get(FAQ) or {}).get("ranking") or []
    return [(str(row["intent_response_key"]).removeprefix(PREFIX), float(row["confidence"])) for row in rows]


def neighbours(ranking: Sequence[tuple[str, float]]) -> list[str]:
    """The topics that may be meant as well, best first; none where the lead is clear."""
    if not ranking:
        return []
    lead = ranking[0][1]
    return [topic for topic, value in ranking[1 : 1 + MOST_NEIGHBOURS] if value >= NEIGHBOUR * lead]


def is_undecided(parsed: Mapping[str, Any]) -> bool:
    """Whether a question fits both therapies, so that the answer depends on which one is meant."""
    ranking = ranking_of(parsed)
    if len(ranking) < 2 or (parsed.get("intent") or {}).get("name") != FAQ:
        return False
    (first, lead), (second, value) = ranking[:2]
    return OTHER_THERAPY.get(first) == second and value >= UNDECIDED * lead


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


def finished(message: Mapping[str, Any], parsed: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """An answer as the patient gets it; any other message as it is.

    Args:
        message: a response as the domain has it.
        parsed: what was understood of the message that it answers.
        titles: of the topics, by id.
    """
    faq = (message.get("custom") or {}).get(FAQ)
    if not faq:
        return dict(message)
    also = [{"id": topic, "title": titles[topic]} for topic in _also(faq["id"], parsed) if topic in titles]
    if also:
        # Once is enough.
        rest = [topic for topic in faq["related"] if topic not in also]
        faq = {**faq, "related": rest or faq["related"], "also": also}
    return {**message, "text": _dated(message["text"], faq.get("as_of")), "custom": {FAQ: faq}}


def with_learning(name: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """A response that tells of privacy or introduces the assistant, with what the clinic does to teach it.

    Args:
        name: of the response.
        message: the response itself.
    """
    faq = (message.get("custom") or {}).get(FAQ) or {}
    if name not in INTRODUCTIONS and faq.get("id") != PRIVACY:
        return dict(message)
    return {**message, "text": f"{message['text']}\n\n{language().say('learning')}"}


def is_on(value: object) -> bool:
    """A setting that is on or off, as the clinic's side reads it (clinic/settings.py)."""
    return str(value or "").strip().lower() in ("1", "true", "yes", "on", "t", "y")


def _also(topic: str, parsed: Mapping[str, Any]) -> list[str]:
    """The neighbours of the answer to a message; the answer to its second question has none."""
    ranking = ranking_of(parsed)
    if not ranking or ranking[0][0] != topic:
        return []
    asked = {str(entity.get("value")).split(".")[0] for entity in parsed.get("entities") or []}
    return [neighbour for neighbour in neighbours(ranking) if neighbour not in asked]


def _dated(text: str, as_of: Mapping[str, Any] | None) -> str:
    """The text with its age, which stays out of the articles: the classifier learns from them."""
    if not as_of or spoken_month(as_of["month"]) in text:
        return text
    return f"{text}\n\n{age_of(as_of)}"
