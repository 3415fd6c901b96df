"""An answer says how old its facts are, and the content's state is told where it is kept and when a bot starts."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.check import state
from bot.faq import NEIGHBOUR, OTHER_THERAPY, age_of, finished, is_undecided, neighbours
from bot.importers.articles import direct_responses, read_articles, response_of
from bot.language import language
from bot.production import say_unreviewed
from bot.safety.nlg import SafetyAwareNLG

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = read_articles(ROOT / "data" / "knowledge", ROOT / "data" / "schemas")
TITLES = {article.topic: article.title for article in ARTICLES}


def article(topic):
    return next(article for article in ARTICLES if article.topic == topic)


def response(topic, answer=None):
    if answer is None:
        return response_of(article(topic), TITLES)
    return direct_responses(article(topic), TITLES, {})[f"utter_faq/{topic}.{answer}"][0]


def parsed(*ranking, entities=()):
    rows = [{"intent_response_key": f"faq/{topic}", "confidence": value} for topic, value in ranking]
    return {
        "intent": {"name": "faq"},
        "entities": [{"entity": "second_topic", "value": value} for value in entities],
        "response_selector": {"faq": {"ranking": rows}},
    }


def spoken(name, told, **settings):
    domain = Domain.from_dict({"responses": {name: [told]}})
    nlg = SafetyAwareNLG(EndpointConfig(**settings) if settings else None, domain)
    tracker = DialogueStateTracker.from_events("patient", [], slots=[])
    return asyncio.run(nlg.generate(name, tracker, "rest"))


@pytest.mark.parametrize(
    ("topic", "answer", "note"),
    [
        ("cost_by_country", "asia", "Checked in November 2026."),
        ("cost_by_country", "currency_and_date", "As of November 2026; not yet checked against a source."),
        ("cost_general", None, "Checked in November 2026."),
        ("newer_medicines", None, "As of November 2026; not yet checked against a source."),
    ],
)
def test_an_answer_with_facts_that_go_stale_ends_with_their_age(topic, answer, note):
    told = response(topic, answer)
    message = spoken("utter_faq/any", told)
    assert message["text"] == f"{told['text']}\n\n{note}"
    assert note not in told["text"]


def test_an_answer_that_names_the_month_itself_needs_no_note():
    told = response("msc_therapy", "misle")
    assert told["custom"]["faq"]["as_of"] == {"month": "2026-11", "checked": True}
    assert spoken("utter_faq/any", told)["text"] == told["text"]


def test_other_answers_and_messages_stay_as_they_are():
    told = response("lupus_symptoms", "fever")
    assert "as_of" not in told["custom"]["faq"]
    assert finished(told, {}, TITLES) == told
    assert finished({"text": "Hello"}, parsed(("lupus_cure", 0.9)), TITLES) == {"text": "Hello"}


def test_an_answer_that_was_not_checked_never_says_that_it_was():
    for one in ARTICLES:
        for name, (told,) in direct_responses(one, TITLES, {}).items():
            age = told["custom"]["faq"].get("as_of")
            answer = next(answer for answer in one.direct_answers if name.endswith(f".{answer.id}"))
            assert (age is not None) == (answer.dated is not None)
            if age is not None:
                assert age["checked"] == (answer.basis == "source")
                assert age_of(age).startswith("Checked") == (answer.basis == "source")


def test_an_article_that_is_overdue_is_told_and_no_other():
    old = dataclasses.replace(article("cost_general"), review_by="2027-05")
    new = dataclasses.replace(article("lupus_cure"), review_by="2027-06")
    assert state.overdue([old, new], date(2027, 5, 31)) == []
    (warning,) = state.overdue([old, new], date(2027, 6, 1))
    assert "cost_general.md: warning" in warning
    assert "May 2027" in warning


def test_the_lists_in_the_documentation_are_up_to_date():
    document = (ROOT / "docs" / "content.md").read_text(encoding="utf-8")
    assert state.with_state(document, ARTICLES) == document, "run: python -m bot.check.state"


def test_a_start_says_how_many_articles_no_clinician_has_signed(caplog):
    signed = dataclasses.replace(article("lupus_cure"), reviewed_by="Dr A. Example, 2026-12-01")
    responses = {f"utter_faq/{one.topic}": [response_of(one, TITLES)] for one in (signed, article("exosomes"))}
    responses |= direct_responses(article("exosomes"), TITLES, {})
    agent = SimpleNamespace(domain=Domain.from_dict({"responses": responses}))
    with caplog.at_level(logging.WARNING, logger="bot.production"):
        say_unreviewed(agent)
    assert [record.getMessage() for record in caplog.records] == [
        "1 of 2 articles have not been reviewed by a clinician."
    ]


@pytest.mark.parametrize(
    ("ranking", "also"),
    [
        ([("a", 0.9), ("b", 0.9 * NEIGHBOUR)], ["b"]),
        ([("a", 0.9), ("b", 0.89 * NEIGHBOUR)], []),
        ([("a", 0.4), ("b", 0.3), ("c", 0.2), ("d", 0.1)], ["b", "c"]),
        ([("a", 1.0)], []),
        ([], []),
    ],
)
def test_neighbours_are_those_that_the_lead_does_not_leave_behind(ranking, also):
    assert neighbours(ranking) == also


def test_an_answer_offers_what_else_may_have_been_meant_once():
    told = response("lupus_diagnosis")
    near = told["custom"]["faq"]["related"][0]
    understood = parsed(("lupus_diagnosis", 0.5), (near["id"], 0.4), ("lupus_cure", 0.3))
    faq = finished(told, understood, TITLES)["custom"]["faq"]
    assert faq["also"] == [near, {"id": "lupus_cure", "title": TITLES["lupus_cure"]}]
    assert near not in faq["related"]
    assert "also" not in told["custom"]["faq"]


def test_the_answer_to_a_second_question_offers_none_and_the_first_not_the_second():
    understood = parsed(("lupus_diagnosis", 0.5), ("lupus_cure", 0.4), entities=["lupus_cure.no_cure"])
    for topic in ("lupus_diagnosis", "lupus_cure"):
        assert "also" not in finished(response(topic), understood, TITLES)["custom"]["faq"]


def test_a_question_that_fits_both_therapies_is_undecided_under_a_small_lead_only():
    assert is_undecided(parsed(("recovery_msc", 0.7), ("recovery_ahsct", 0.28)))
    assert not is_undecided(parsed(("recovery_msc", 0.9), ("recovery_ahsct", 0.1)))
    assert not is_undecided(parsed(("recovery_msc", 0.6), ("travel_planning", 0.4)))
    assert not is_undecided({**parsed(("recovery_msc", 0.7), ("recovery_ahsct", 0.28)), "intent": {"name": "greet"}})


def test_the_articles_of_the_two_therapies_name_one_another():
    assert all(OTHER_THERAPY[other] == topic for topic, other in OTHER_THERAPY.items())
    assert set(OTHER_THERAPY) <= set(TITLES)


@pytest.mark.parametrize(
    ("name", "told", "setting", "says"),
    [
        ("utter_first_contact", {"text": "I am a machine."}, "true", True),
        ("utter_greet", {"text": "Hello."}, "1", True),
        ("utter_goodbye", {"text": "Goodbye."}, "true", False),
        ("utter_first_contact", {"text": "I am a machine."}, "", False),
        ("utter_first_contact", {"text": "I am a machine."}, "false", False),
        ("utter_faq/privacy_of_data.who_sees", None, "true", True),
        ("utter_faq/lupus_cure", None, "true", False),
    ],
)
def test_that_the_clinic_learns_from_questions_is_said_where_it_does_and_only_then(name, told, setting, says):
    told = told or response(*name.removeprefix("utter_faq/").split("."))
    message = spoken(name, told, learning=setting, environment="development")
    assert message["text"].endswith(language().say("learning")) is says
