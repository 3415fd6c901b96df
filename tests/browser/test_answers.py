"""Questions in the widget: sources, related topics, votes, starters, suggestions, look-ups and a person to call."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.patient import PHONE, TOUCH, Patient


def titles_of(patient: Patient) -> list[str]:
    """What the newest article offers as related questions."""
    return patient.log.locator(".related").last.get_by_role("button").all_inner_texts()


@pytest.mark.parametrize(("size", "options"), [((1280, 800), {}), (PHONE, TOUCH)], ids=["desktop", "phone"])
def test_an_article_has_sources_a_vote_and_related_questions(
    visit: Visit, size: tuple[int, int], options: dict
) -> None:
    patient = visit(size, **options)
    patient.open()
    patient.choose("What is lupus?")
    article = patient.log.locator(".assistant:has(.evidence)")
    expect(article).to_contain_text("Well established")
    expect(article).to_contain_text("long-term autoimmune disease")
    article.get_by_text("3 sources").click()
    sources = article.locator(".sources li")
    expect(sources).to_have_count(3)
    expect(sources.get_by_role("link").first).to_have_attribute("rel", "noopener noreferrer")
    helpful = article.get_by_role("button", name="Yes, this helped")
    with patient.page.expect_response(lambda answer: answer.url.endswith("/feedback")) as vote:
        helpful.click()
    assert vote.value.status == 204
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(article).to_contain_text("Thank you.")
    asked = titles_of(patient)[0]
    patient.choose(asked)
    expect(patient.log.locator(".patient").last).to_contain_text(asked)
    expect(patient.log.locator(".evidence")).to_have_count(2)


def test_a_question_in_the_middle_of_the_intake_is_answered_and_the_step_stays(visit: Visit) -> None:
    patient = visit()
    patient.up_to_birth()
    patient.say("What are the symptoms of lupus?")
    expect(patient.log.locator(".evidence")).to_have_count(1)
    expect(patient.host.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "4")
    patient.date("5", "March", "1985")
    patient.asked("In which country do you live")


def test_what_is_not_understood_leads_to_topics_and_then_to_a_person(visit: Visit) -> None:
    patient = visit()
    patient.open()
    patient.say("lupus blorp stem zonk")
    suggested = patient.host.get_by_role("list", name="Did you mean one of these?").get_by_role("button")
    names = suggested.all_inner_texts()
    assert 1 <= len(names) <= 3
    shown = patient.host.locator(".answer").get_by_role("button").all_inner_texts()
    assert len(shown) == len(set(shown))
    suggested.first.click()
    patient.answered()
    expect(patient.log.locator(".evidence")).to_have_count(1)
    patient.say("I want to talk to a person")
    card = patient.log.locator(".contact")
    expect(card.get_by_role("link").first).to_have_attribute("href", "tel:+12025550142")


def test_a_look_up_can_be_stopped(visit: Visit) -> None:
    patient = visit()
    patient.open()
    patient.say("check my request")
    patient.asked("What is the reference of your request?")
    patient.choose("Stop")
    patient.asked("I have stopped")
    expect(patient.host.get_by_role("progressbar")).to_have_count(0)
