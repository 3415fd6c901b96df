"""Turns the replies of one turn into what a channel can show: texts within its limit, buttons or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.messaging.capabilities import Capabilities
from bot.channels.messaging.options import Options, button_data
from bot.channels.messaging.text import split_text, units
from bot.language import language
from bot.safety.reply import is_safety

INTAKE_LINK_RESPONSE = "utter_intake_link"
# How an answer is introduced by what stands behind it; others have their sources alone.
SOURCES = {"limited": "sources_limited", "clinic-claim": "sources_clinic_claim"}
MOST_SOURCES = 3


@dataclass(frozen=True)
class Button:
    """A native button."""

    title: str
    data: str


@dataclass(frozen=True)
class Outgoing:
    """One message as it goes out."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Turn:
    """All messages of one turn in order, and what a number or a button in the next message will mean."""

    messages: tuple[Outgoing, ...]
    options: Options
    is_safety: bool = False


@dataclass(frozen=True)
class Offer:
    """What a patient may choose after one reply: (label, payload) pairs, and words to write instead."""

    choices: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    question: str | None = None
    several: bool = False
    related: bool = False
    neighbours: int = 0  # how many of the first choices may have been meant instead


def offer_of(reply: dict[str, Any]) -> Offer:
    """The choices that come with `reply`: its intake question's first, in their order, then its buttons."""
    buttons = [(button["title"], button["payload"]) for button in reply.get("buttons", [])]
    question = reply.get("custom", {}).get("question")
    if question is None:
        return Offer(choices=tuple(buttons))
    choices = tuple((choice["label"], choice["value"]) for choice in question["choices"])
    values = {value for _, value in choices}
    words = tuple(button for button in buttons if button[1] not in values)
    return Offer(choices, words, question["id"], several=question["kind"] == "multi")


def related_offer(reply: dict[str, Any], most: int) -> Offer:
    """The topics next to an FAQ answer: those that may have been meant instead, and others up to `most` in all."""
    faq = reply.get("custom", {}).get("faq", {})
    also = faq.get("also", [])
    topics = [*also, *faq.get("related", [])[: max(0, most - len(also))]]
    return Offer(tuple((topic["title"], topic["title"]) for topic in topics), related=True, neighbours=len(also))


def body_of(reply: dict[str, Any], widget_url: str) -> str:
    """The words of `reply`, with what its object adds for a reader: sources, the review's lines, a link."""
    text = (reply.get("text") or "").strip()
    custom = reply.get("custom", {})
    if reply.get("utter_action") == INTAKE_LINK_RESPONSE and widget_url:
        return f"{text}\n{widget_url}"
    if "faq" in custom:
        return f"{text}\n\n{_sources(custom['faq'])}"
    if "summary" in custom:
        return _with_missing_lines(text, custom["summary"]["items"])
    return text


def _sources(faq: dict[str, Any]) -> str:
    named = [f"{source['title']} ({source['ref']})" for source in faq["sources"][:MOST_SOURCES]]
    return language().say(SOURCES.get(faq["evidence"], "sources"), sources="; ".join(named))


def _with_missing_lines(text: str, items: Sequence[dict[str, str]]) -> str:
    lines = [f"{item['label']}: {item['value']}" for item in items]
    missing = [line for line in lines if line not in text]
    return "\n".join([text, *missing]).strip()


def fits(offer: Offer, can: Capabilities) -> bool:
    """Whether the channel can show `offer` as buttons; a question with several answers never is."""
    pairs = (*offer.choices, *offer.words)
    return (
        0 < len(pairs) <= can.buttons
        and not offer.several
        and all(units(title) <= can.button_title for title, _ in pairs)
        and all(len(button_data(payload, offer.question).encode()) <= can.button_payload for _, payload in pairs)
    )


def numbered(offer: Offer) -> str:
    """The options as text; what is no choice of the question itself is offered as words to write."""
    lines = []
    if offer.choices:
        lines.append(_heading(offer))
        lines += [f"{number}. {label}" for number, (label, _) in enumerate(offer.choices, 1)]
        if 0 < offer.neighbours < len(offer.choices):
            lines.insert(offer.neighbours + 1, language().say("related"))
    if offer.words:
        lines.append(language().say("also_write", words=", ".join(f'"{payload}"' for _, payload in offer.words)))
    return "\n".join(lines)


def _heading(offer: Offer) -> str:
    if offer.related:
        return language().say("pick_neighbour" if offer.neighbours else "pick_related")
    if offer.several:
        return language().say("pick_several")
    return language().say("pick_or_write" if offer.question else "pick")


def _as_words(offer: Offer) -> Offer:
    """The same options without numbers, since those of a later message have them."""
    return Offer(words=(*offer.choices, *offer.words))


def _last_offer(replies: Sequence[dict[str, Any]], can: Capabilities) -> tuple[int, Offer]:
    """Which reply's options count, and the options: only the last ones, or a number would mean two things."""
    for index in range(len(replies) - 1, -1, -1):
        offer = offer_of(replies[index])
        if offer.choices or offer.words or offer.question:
            return index, offer
    for index in range(len(replies) - 1, -1, -1):
        offer = related_offer(replies[index], can.related_topics)
        if offer.choices:
            return index, offer
    return -1, Offer()


def _buttons(offer: Offer) -> tuple[tuple[Button, ...], str]:
    """What is offered, as buttons, and what stands above those that lead to further topics."""
    pairs = (*offer.choices, *offer.words)
    buttons = tuple(Button(title, button_data(payload, offer.question)) for title, payload in pairs)
    heading = language().say("related_neighbour" if offer.neighbours else "related") if offer.related else ""
    return buttons, heading


def render_turn(replies: Sequence[dict[str, Any]], can: Capabilities, widget_url: str) -> Turn:
    """Everything to be sent after one message, in order.

    `replies` are the bot's (wire contract, with `utter_action` where a response has one). A safety
    message goes out alone, with its words unchanged and its buttons below them.
    """
    safety = [reply for reply in replies if is_safety(reply)]
    replies = safety or replies
    last, offer = _last_offer(replies, can)
    messages: list[Outgoing] = []
    for index, reply in enumerate(replies):
        text = body_of(reply, widget_url)
        buttons: tuple[Button, ...] = ()
        if index == last and fits(offer, can):
            buttons, heading = _buttons(offer)
            text = f"{text}\n\n{heading}" if heading else text
        else:
            options = numbered(offer if index == last else _as_words(offer_of(reply)))
            text = f"{text}\n\n{options}".strip()
        parts = split_text(text, can.text)
        final = len(parts) - 1
        messages += [Outgoing(part, buttons if place == final else ()) for place, part in enumerate(parts)]
    shown_as_numbers = not fits(offer, can) and offer.question is None
    payloads = tuple(payload for _, payload in offer.choices) if shown_as_numbers else ()
    return Turn(tuple(messages), Options(payloads, offer.question), is_safety=bool(safety))
