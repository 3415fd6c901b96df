"""What to do when a message was not understood: offer topics, then a person, and never go round in circles."""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.tracker import consecutive, topic_ranking
from clinic.intake.model.language import Language

SUGGESTIONS = 3
ONLY_ENGLISH = "utter_only_english"


@dataclass(frozen=True)
class FallbackReply:
    """What is said, with the topics offered beside it."""

    text: str
    topics: tuple[str, ...]
    buttons: tuple[dict[str, str], ...]


def fallback_reply(language: Language, misses: int, ranking: list[str], titles: dict[str, str]) -> FallbackReply:
    """The reply to the `misses`-th message in a row that was not understood (1 is the first)."""
    nearest = tuple(topic for topic in ranking if topic in titles)[:SUGGESTIONS]
    person = {"title": language.say("button_person"), "payload": language.say("typed_ask_person")}
    if misses <= 1:
        topics = tuple({"title": titles[topic], "payload": titles[topic]} for topic in nearest)
        return FallbackReply(language.say("not_understood"), nearest, (*topics, person))
    if misses == 2:
        start = {"title": language.say("button_start"), "payload": language.say("typed_start")}
        return FallbackReply(language.say("offer_person"), nearest, (person, start))
    return FallbackReply(language.say("cannot_answer"), (), (person,))


class Fallback(ClinicAction):
    """Says the staged reply."""

    action_name = "action_fallback"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Counts the misses in a row and replies; to somebody who writes in another language, in that language."""
        if tracker.latest_message.get("other_language"):
            dispatcher.utter_message(response=ONLY_ENGLISH)
            return []
        titles, misses = self._services.topic_titles, consecutive(tracker, "nlu_fallback")
        reply = fallback_reply(self._services.language, misses, topic_ranking(tracker), titles)
        suggestions = [{"id": topic, "title": titles[topic]} for topic in reply.topics]
        dispatcher.utter_message(
            text=reply.text,
            buttons=list(reply.buttons),
            json_message={"fallback": {"suggestions": suggestions}},
        )
        return []
