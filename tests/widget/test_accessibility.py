"""WCAG 2.2 AA in every state: axe, reflow, text size, targets, directions and colour schemes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import assert_accessible

from .chat import ChatOnPage
from .conftest import OpenPage

VIEWS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "dark": {"color_scheme": "dark", "size": (390, 844)},
    "narrow": {"size": (320, 640)},
    "zoomed": {"size": (640, 400), "device_scale_factor": 2},
    "right-to-left": {"size": (390, 844)},
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_state(open_page: OpenPage, base: str, view: str) -> None:
    page = open_page(**VIEWS[view])
    chat = ChatOnPage(page, base)
    if view == "right-to-left":
        page.evaluate("() => { document.documentElement.dir = 'rtl' }")
        page.evaluate("() => document.querySelector('marrow-chat').setAttribute('dir', 'rtl')")
    assert_accessible(page, "launcher")
    chat.open()
    assert_accessible(page, "first contact")
    chat.say("What is lupus?")
    chat.host.get_by_text("2 sources").click()
    chat.button("Yes, this helped").click()
    assert_accessible(page, "article")
    for words in ("something unknown", "I want a person", "status of MR-7F3K-9Q2M", "hello"):
        chat.say(words)
        assert_accessible(page, words)
    chat.say("I want to request a consultation, I live in Mexico")
    assert_accessible(page, "consent")
    chat.choose("Yes, I agree")
    chat.choose("For me")
    chat.field("Full name", "Ana Ruiz")
    chat.button("Send this date").click()
    assert_accessible(page, "date with a problem")
    chat.date("5", "March", "1985")
    assert_accessible(page, "suggested answer")
    chat.choose("Keep: Mexico")
    chat.field("E-mail address", "ana@example.org")
    assert_accessible(page, "telephone")
    chat.choose("Skip")
    chat.choose("Skip")
    chat.host.get_by_text("Joint pain", exact=True).click()
    assert_accessible(page, "several choices")
    chat.choose("Send (1)")
    chat.choose("No")
    chat.choose("Skip")
    chat.choose("Yes, they may")
    assert_accessible(page, "review")
    chat.choose("Send to the clinic")
    chat.order(queue=["drop", "429"])
    chat.say("hello")
    assert_accessible(page, "failed")
    chat.choose("Try again")
    assert_accessible(page, "too many")
    page.context.set_offline(True)
    expect(chat.host.get_by_text("You are offline.")).to_be_visible()
    assert_accessible(page, "offline")
    page.context.set_offline(False)
    for words in ("I want to die", "I have chest pain"):
        chat.say(words)
        assert_accessible(page, words)
        chat.button("I have read this").click()
    chat.button("End chat").click()
    assert_accessible(page, "confirmation")


def test_the_log_announces_politely_and_the_alert_at_once(open_page: OpenPage, base: str) -> None:
    chat = ChatOnPage(open_page(), base).open()
    expect(chat.log).to_have_attribute("aria-live", "polite")
    chat.say("I have chest pain")
    expect(chat.host.locator("section[role=alert]")).to_be_visible()


def test_a_question_s_control_is_named_by_the_question(open_page: OpenPage, base: str) -> None:
    chat = ChatOnPage(open_page(), base).open()
    chat.say("I want to request a consultation")
    chat.choose("Yes, I agree")
    group = chat.host.get_by_role("group", name="Is this consultation for you, or for someone else?")
    expect(group.get_by_role("button", name="For me")).to_be_visible()


def test_reduced_motion_stops_every_animation(open_page: OpenPage, base: str) -> None:
    chat = ChatOnPage(open_page(), base).open()
    chat.order(queue=["slow"])
    chat.box.fill("hello")
    chat.box.press("Enter")
    dot = chat.host.locator(".dots i").first
    expect(dot).to_be_attached()
    assert dot.evaluate("element => getComputedStyle(element).animationName") == "none"
    chat.answered()


@pytest.mark.parametrize(("theme", "scheme"), [("dark", "light"), ("light", "dark")])
def test_the_theme_attribute_wins_over_the_system(open_page: OpenPage, base: str, theme: str, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    page.evaluate("theme => document.querySelector('marrow-chat').setAttribute('theme', theme)", theme)
    chat = ChatOnPage(page, base).open()
    colour = chat.host.locator(".panel").evaluate("element => getComputedStyle(element).backgroundColor")
    assert colour == {"dark": "rgb(16, 25, 26)", "light": "rgb(244, 246, 244)"}[theme]
    assert_accessible(page, theme)


def test_the_conversation_scrolls_with_the_keyboard(open_page: OpenPage, base: str) -> None:
    chat = ChatOnPage(open_page(size=(320, 640)), base).open()
    chat.say("What is lupus?")
    area = chat.host.locator(".scroll")
    area.focus()
    before = area.evaluate("element => element.scrollTop")
    area.press("PageDown")
    chat.page.wait_for_timeout(300)
    assert area.evaluate("element => element.scrollTop") > before
