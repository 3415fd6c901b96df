"""Safety messages on top of the chat, their ways on, and what stands beside a message that was not sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .chat import ChatOnPage
from .conftest import OpenPage


@pytest.fixture
def chat(open_page: OpenPage, base: str) -> ChatOnPage:
    return ChatOnPage(open_page(), base).open()


def alarm_of(chat: ChatOnPage) -> Locator:
    """The safety message on top, large or small."""
    return chat.host.locator(".pinned")


def test_an_emergency_is_an_alert_until_the_next_message_and_one_line_after_it(chat: ChatOnPage) -> None:
    chat.say("I have chest pain")
    alarm = alarm_of(chat)
    expect(alarm).to_have_role("alert")
    expect(alarm).to_contain_text("This may be an emergency")
    expect(alarm).to_contain_text("needs people who can come to you at once")
    expect(alarm.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    chat.page.reload()
    expect(alarm).to_have_role("alert")
    chat.say("hello")
    expect(alarm).to_have_role("region")
    expect(alarm).not_to_contain_text("needs people")
    expect(alarm.get_by_role("link")).to_have_count(1)
    expect(alarm.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    box = alarm.bounding_box()
    assert box is not None
    assert box["height"] < 64


def test_the_line_opens_closes_and_can_be_put_away(chat: ChatOnPage) -> None:
    chat.say("I have chest pain")
    chat.say("hello")
    alarm = alarm_of(chat)
    line = chat.button("This may be an emergency")
    expect(line).to_have_attribute("aria-expanded", "false")
    line.click()
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(alarm).to_contain_text("needs people")
    expect(alarm).to_have_role("region")
    line.click()
    expect(alarm).not_to_contain_text("needs people")
    line.click()
    chat.button("I have read this").click()
    expect(alarm).to_have_count(0)
    in_log = chat.log.locator(".safety")
    expect(in_log).to_contain_text("Call 911 or 112 now")
    expect(in_log).to_have_attribute("aria-live", "off")
    chat.page.reload()
    expect(in_log).to_contain_text("Call 911 or 112 now")
    expect(alarm).to_have_count(0)


def test_a_message_that_is_not_sent_makes_the_alarm_small_as_well(chat: ChatOnPage) -> None:
    chat.say("I have chest pain")
    chat.order(queue=["drop"])
    chat.say("it is getting worse")
    expect(alarm_of(chat)).to_have_role("region")
    expect(chat.log.locator(".call-instead").get_by_role("link", name="Call 911")).to_be_visible()


def test_a_second_emergency_is_an_alert_again(chat: ChatOnPage) -> None:
    chat.say("I have chest pain")
    chat.say("hello")
    chat.say("now I cannot breathe")
    expect(alarm_of(chat)).to_have_count(1)
    expect(alarm_of(chat)).to_have_role("alert")


def test_the_ways_on_stay_under_the_alarm_until_one_is_taken(chat: ChatOnPage) -> None:
    chat.say("I want to request a consultation")
    chat.choose("Yes, I agree")
    chat.say("I have chest pain")
    back = chat.host.locator(".answer").get_by_role("button", name="Go on with my request (question 2)")
    expect(back).to_be_in_viewport()
    expect(chat.button("It is not happening now")).to_be_in_viewport()
    chat.page.reload()
    expect(back).to_be_visible()
    chat.say("blorp")
    expect(alarm_of(chat)).to_have_role("region")
    expect(back).to_be_visible()
    back.click()
    chat.answered()
    chat.said("Is this consultation for you")
    expect(back).to_have_count(0)
    expect(chat.log.locator(".patient").last).to_have_text("You: Go on with my request")


def test_a_crisis_line_can_be_called_and_texted(chat: ChatOnPage) -> None:
    chat.say("I want to die")
    alarm = alarm_of(chat)
    expect(alarm.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    expect(alarm.get_by_role("link", name="Text 988")).to_have_attribute("href", "sms:988")
    chat.say("hello")
    expect(alarm.get_by_role("link")).to_have_count(1)
    expect(alarm.get_by_role("link", name="Call 988")).to_be_visible()


def test_a_safety_message_opens_a_minimised_chat(chat: ChatOnPage) -> None:
    chat.order(queue=["slow"])
    chat.box.fill("I have chest pain")
    chat.box.press("Enter")
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_be_visible()
    expect(chat.host.get_by_role("alert")).to_be_visible()
    assert "emergency" in chat.focused()


def test_being_offline_is_said_and_nothing_is_lost(chat: ChatOnPage) -> None:
    chat.page.context.set_offline(True)
    expect(chat.host.get_by_text("You are offline.")).to_be_visible()
    chat.say("What is lupus?")
    expect(chat.button("Try again")).to_be_visible()
    instead = chat.log.locator(".call-instead")
    expect(instead).to_have_text("In an emergency, call your local emergency number.")
    expect(instead.get_by_role("link")).to_have_count(0)
    chat.page.context.set_offline(False)
    expect(chat.host.get_by_text("You are connected again.")).to_be_visible()
    chat.choose("Try again")
    expect(chat.log).to_contain_text("Well established")
    expect(instead).to_have_count(0)


@pytest.mark.parametrize(("said", "number"), [("I have chest pain", "911"), ("I want to die", "911")])
def test_an_unsent_message_shows_the_number_that_an_earlier_alarm_named(
    chat: ChatOnPage, said: str, number: str
) -> None:
    chat.say(said)
    chat.page.context.set_offline(True)
    chat.say("please help")
    call = chat.log.locator(".call-instead").get_by_role("link", name=f"Call {number}")
    expect(call).to_have_attribute("href", f"tel:{number}")
    chat.page.context.set_offline(False)


def test_several_unsent_messages_outlive_a_reload(chat: ChatOnPage) -> None:
    chat.say("hello")
    chat.order(queue=["drop", "drop"])
    chat.say("What is lupus?")
    chat.say("Is there a person?")
    expect(chat.button("Try again")).to_have_count(2)
    chat.page.reload()
    expect(chat.log.locator(".failed .bubble")).to_have_text(["What is lupus?", "Is there a person?"])
    for _ in range(2):
        chat.button("Try again").first.click()
        chat.answered()
    expect(chat.log).to_contain_text("Well established")
    expect(chat.log).to_contain_text("To reach a person")
