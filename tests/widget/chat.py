"""What a person does with the chat, in the words of the tests."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

BOX = "Your message"
PATIENCE = 45_000


class ChatOnPage:
    """The widget on one page."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.host = page.locator("marrow-chat")
        self.log = self.host.get_by_role("log")
        self.box = self.host.get_by_role("textbox", name=BOX)
        self.launcher = self.host.locator(".launcher")

    def open(self) -> ChatOnPage:
        """Opens the panel with its launcher."""
        self.launcher.click()
        expect(self.host.get_by_role("dialog")).to_be_visible()
        return self

    def say(self, text: str) -> None:
        """Types a message and waits for the answer."""
        self.box.fill(text)
        self.box.press("Enter")
        self.answered()

    def choose(self, name: str) -> None:
        """Clicks a button of the chat and waits for the answer."""
        self.button(name).click()
        self.answered()

    def button(self, name: str) -> Locator:
        """A button by its exact name."""
        return self.host.get_by_role("button", name=name, exact=True)

    def answered(self) -> None:
        """Waits until the assistant has nothing under way."""
        expect(self.host.locator(".dots")).to_have_count(0, timeout=PATIENCE)
        expect(self.host.locator(".sending")).to_have_count(0, timeout=PATIENCE)

    def said(self, text: str) -> None:
        """Checks that the last message of the log holds `text`."""
        expect(self.log.locator(".entry").last).to_contain_text(text)

    def focused(self) -> str:
        """Name or text of the element that has the focus in the widget."""
        script = """() => {
            const active = document.querySelector('marrow-chat').shadowRoot.activeElement;
            return active ? active.getAttribute('aria-label') || active.name || active.innerText : '';
        }"""
        return str(self.page.evaluate(script))

    def walk_to(self, target: Locator) -> None:
        """Goes back with the Tab key, from where the focus is, to `target`; going round once is enough."""
        for _ in range(45):
            if target.evaluate("element => element.getRootNode().activeElement === element"):
                return
            self.page.keyboard.press("Shift+Tab")
        raise AssertionError(f"{target} cannot be reached with the Tab key")

    def write(self, words: str) -> None:
        """Types words wherever the focus is, and sends them with Enter."""
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        self.answered()

    def order(self, **faults: Any) -> None:
        """Orders failures from the development server."""
        httpx.post(f"{self.base}/dev/faults", json=faults)

    def calls(self) -> list[str]:
        """Every call the server has got, as "METHOD /path"."""
        return list(httpx.get(f"{self.base}/dev/calls").json())

    def through_intake(self) -> None:
        """Answers every question with the pointer, up to the review."""
        self.say("I want to request a consultation")
        self.choose("Yes, I agree")
        self.choose("For me")
        self.field("Full name", "Ana Ruiz")
        self.date("5", "March", "1985")
        self.field("Country", "Mexico")
        self.field("E-mail address", "ana@example.org")
        self.choose("Skip")
        self.field("Year", "2015")
        self.host.get_by_text("Joint pain", exact=True).click()
        self.host.get_by_label("Something else").fill("tired legs")
        self.choose("Send (2)")
        self.choose("Not sure")
        self.say("Can I travel?")
        self.choose("Yes, they may")

    def field(self, label: str, value: str) -> None:
        """Fills the question's own field and sends it with its button."""
        field = self.host.get_by_role("textbox", name=label)
        field.fill(value)
        field.locator("xpath=following-sibling::button").click()
        self.answered()

    def date(self, day: str, month: str, year: str) -> None:
        """Fills the three parts of a date and sends it."""
        self.host.get_by_label("Day").fill(day)
        self.host.get_by_label("Month").select_option(label=month)
        self.host.get_by_label("Year").fill(year)
        self.choose("Send this date")
