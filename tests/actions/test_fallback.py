"""Not understood: topics first, then a person, and never the same offer again and again."""

from __future__ import annotations

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.fallback import ONLY_ENGLISH, Fallback, fallback_reply
from clinic.intake.model.language import Language
from tests.actions.conftest import ROOT

ENGLISH = Language.load(ROOT / "data" / "language" / "en")
TITLES = {"a": "Topic A", "b": "Topic B", "c": "Topic C", "d": "Topic D"}


def test_the_first_miss_offers_the_three_nearest_topics_and_a_person():
    reply = fallback_reply(ENGLISH, 1, ["a", "unknown", "b", "c", "d"], TITLES)
    assert reply.text == ENGLISH.say("not_understood")
    assert reply.topics == ("a", "b", "c")
    assert [button["title"] for button in reply.buttons] == ["Topic A", "Topic B", "Topic C", "Talk to a person"]


def test_the_second_miss_offers_a_person():
    reply = fallback_reply(ENGLISH, 2, ["a"], TITLES)
    assert reply.text == ENGLISH.say("offer_person")
    assert reply.buttons[0]["title"] == "Talk to a person"


@pytest.mark.parametrize("misses", [3, 4, 17])
def test_later_misses_suggest_nothing_more(misses):
    reply = fallback_reply(ENGLISH, misses, ["a"], TITLES)
    assert reply.text == ENGLISH.say("cannot_answer")
    assert reply.topics == ()


def test_no_ranking_is_no_failure():
    assert fallback_reply(ENGLISH, 1, [], TITLES).topics == ()


def test_no_button_is_obeyed_as_an_intent():
    for misses in (1, 2, 3):
        assert all(
            not button["payload"].startswith("/") for button in fallback_reply(ENGLISH, misses, ["a"], TITLES).buttons
        )


class Told:
    """What an action needs of a tracker."""

    events: tuple[dict[str, object], ...] = ()

    def __init__(self, **message: object) -> None:
        self.latest_message = message


def test_another_language_is_left_to_the_text_in_that_language():
    dispatcher = CollectingDispatcher()
    action = Fallback.__new__(Fallback)
    assert action.act(dispatcher, Told(other_language="es")) == []
    assert [message["response"] for message in dispatcher.messages] == [ONLY_ENGLISH]
