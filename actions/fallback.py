"""What to do when a message was not understood: offer topics, then a person, and never go round in circles."""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.services import Services
from actions.tracker import consecutive, topic_ranking

SUGGESTIONS = 3
ONLY_ENGLISH = "utter_only_english"
NOT_UNDERSTOOD = "I am not sure I understood that. Did you mean one of these? You can also put it in other words."
OFFER_PERSON = (
    "I am sorry, I still do not understand. I am an automated assistant and some questions are beyond me. "
    'A person at the clinic can help: say "talk to a person". Or start a consultation request and write your '
    "question there."
)
STAY_QUIET = (
    "I cannot answer this one, and I do not want to guess. Your question can reach the clinic's team: "
    'say "talk to a person", or ask me about lupus or stem-cell therapy in a few words.'
)
PERSON = {"title": "Talk to a person", "payload": "I want to talk to a person"}
START = {"title": "Start my consultation request", "payload": "start my consultation request"}


@dataclass(frozen=True)
class FallbackReply:
    """What is said, with the topics offered beside it."""

    text: str
    topics: tuple[str, ...]
    buttons: tuple[dict[str, str], ...]


def fallback_reply(misses: int, ranking: list[str], titles: dict[str, str]) -> FallbackReply:
    """The reply to the `misses`-th message in a row that was not understood (1 is the first)."""
    nearest = tuple(topic for topic in ranking if topic in titles)[:SUGGESTIONS]
    if misses <= 1:
        topics = tuple({"title": titles[topic], "payload": titles[topic]} for topic in nearest)
        return FallbackReply(NOT_UNDERSTOOD, nearest, (*topics, PERSON))
    if misses == 2:
        return FallbackReply(OFFER_PERSON, nearest, (PERSON, START))
    return FallbackReply(STAY_QUIET, (), (PERSON,))


class Fallback(ClinicAction):
    """Says the staged reply."""

    action_name = "action_fallback"

    def __init__(self, services: Services) -> None:
        self._services = services

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Counts the misses in a row and replies; to somebody who writes in another language, in that language."""
        if tracker.latest_message.get("other_language"):
            dispatcher.utter_message(response=ONLY_ENGLISH)
            return []
        titles = self._services.topic_titles
        reply = fallback_reply(consecutive(tracker, "nlu_fallback"), topic_ranking(tracker), titles)
        suggestions = [{"id": topic, "title": titles[topic]} for topic in reply.topics]
        dispatcher.utter_message(
            text=reply.text,
            buttons=list(reply.buttons),
            json_message={"fallback": {"suggestions": suggestions}},
        )
        return []
