"""The desk in a real browser: a coordinator's morning, two who write at once, an auditor, and axe in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.domain.actors import Actor, Role
from clinic.domain.requests import SafetyEvent
from clinic.service.requests import add_note
from clinic.service.submission import submit_request
from tests.browser.chromium import RULES, Visits
from tests.browser.desk import RunningDesk, running_desk
from tests.clinic.builders import submission

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"size": (1280, 860)},
    "dark": {"size": (1280, 860), "color_scheme": "dark"},
    "tablet": {"size": (820, 1180), "has_touch": True},
    "phone": {"size": (360, 740), "has_touch": True, "is_mobile": True},
}
BRUNO = Actor("bruno", Role.COORDINATOR)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def desk() -> Iterator[RunningDesk]:
    with running_desk() as desk:
        yield desk


@pytest.fixture
def open_as(browser: Browser, desk: RunningDesk) -> Iterator[Open]:
    """Opens the desk as somebody; afterwards no script may have failed and nothing been asked of another origin."""
    visits = Visits(browser)

    def opened(name: str, view: str = "desktop") -> Page:
        page = visits.open(f"{desk.address}/sign-in", **SIZES[view])
        desk.sign_in(page, name)
        return page

    yield opened
    visits.close()
    assert visits.other_origins(desk.address) == set()
    assert visits.problems == []


def fits(page: Page, state: str) -> None:
    """Fails on what axe finds, and on a page that is wider than its window."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate(
        """async (rules) => (await axe.run(document, {runOnly: rules})).violations.map(
            (each) => [each.id, each.nodes.map((node) => node.target.flat().join(' '))])""",
        RULES,
    )
    assert violations == [], state
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), state


def test_a_morning(open_as: Open) -> None:
    page = open_as("carla")
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("Ana Ruiz Peñalosa")
    expect(first).to_contain_text("Emergency in the chat")
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Ana Ruiz Peñalosa")).to_be_visible()
    expect(page.get_by_text("so tired that I lie down at noon")).to_be_visible()
    expect(page.get_by_text("chest pain")).to_be_visible()
    expect(page.get_by_role("link", name="Call +525512345678")).to_have_attribute("href", "tel:+525512345678")
    expect(page.get_by_text("Perhaps the same person")).to_be_visible()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("With carla")).to_be_visible()
    page.get_by_label("Call again").check()
    page.get_by_label("What was said").fill("Her sister says: call after five.")
    page.get_by_role("button", name="Note the call").click()
    expect(page.get_by_text("Her sister says: call after five.")).to_be_visible()
    page.get_by_label("Note", exact=True).fill("Kidney values wanted before the talk.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("Kidney values wanted before the talk.")).to_be_visible()
    page.get_by_role("button", name="Mark as contacted").click()
    expect(page.locator(".who").get_by_text("Contacted")).to_be_visible()
    page.get_by_role("link", name="← Queue").click()
    expect(page.locator("tbody tr").first).not_to_contain_text("Ana Ruiz Peñalosa")


def test_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("carla")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Queue")


def test_the_second_of_two_who_write_keeps_the_text(open_as: Open, desk: RunningDesk) -> None:
    page = open_as("carla")
    page.get_by_role("link", name="Chidi Okafor").click()
    reference = page.url.rsplit("/", 1)[1]
    add_note(BRUNO, desk.clinic.unit_of_work(), reference, "He is on the way here.", datetime.now(UTC))
    page.get_by_label("Note", exact=True).fill("I will write to him.")
    page.get_by_role("button", name="Add the note").click()
    clash = page.get_by_role("alert")
    expect(clash).to_contain_text("Bruno was faster")
    expect(clash).to_contain_text("He is on the way here.")
    expect(clash.get_by_label("Your text")).to_have_value("I will write to him.")
    fits(page, "conflict")
    clash.get_by_role("button", name="Store mine as well").click()
    team = page.get_by_role("region", name="What the team did")
    expect(team).to_contain_text("I will write to him.")
    expect(team).to_contain_text("He is on the way here.")


def test_a_new_emergency_appears_without_reload(open_as: Open, desk: RunningDesk) -> None:
    page = open_as("carla")
    page.evaluate("() => { window.same = true }")
    now = datetime.now(UTC)
    sent = submission(intake_id="f" * 32, conversation_id="rest:new", safety_events=(SafetyEvent("crisis", "x", now),))
    reference = submit_request(desk.clinic.unit_of_work(), sent, now).reference
    expect(page.get_by_text(reference)).to_be_visible(timeout=25_000)
    assert page.evaluate("() => window.same")


def test_an_auditor_sees_the_trail_and_cannot_edit(open_as: Open, desk: RunningDesk) -> None:
    page = open_as("otto")
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    expect(page.get_by_role("search")).to_have_count(0)
    page.get_by_role("button", name="Check the whole audit").click()
    expect(page.get_by_text("The audit is whole")).to_be_visible()
    fits(page, "audit")
    for address in ("/queue", "/accounts"):
        page.goto(f"{desk.address}{address}")
        expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()


def test_a_search_finds_without_accents(open_as: Open) -> None:
    page = open_as("carla")
    page.get_by_role("searchbox").fill("sorens")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Margarethe Sørensen")).to_be_visible()
    fits(page, "search")


@pytest.mark.parametrize("view", SIZES)
def test_axe_finds_nothing(open_as: Open, desk: RunningDesk, view: str) -> None:
    page = open_as("ines", view)
    fits(page, f"{view}: queue")
    page.get_by_text("Closed", exact=True).click()
    fits(page, f"{view}: closed")
    page.goto(f"{desk.address}/queue")
    page.locator("tbody a").nth(1).click()
    fits(page, f"{view}: request")
    page.get_by_role("link", name="Export or erase").click()
    fits(page, f"{view}: one person's data")
    page.goto(f"{desk.address}/account")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    fits(page, f"{view}: account")
    page.goto(f"{desk.address}/nowhere")
    fits(page, f"{view}: problem")
    page.context.clear_cookies()
    page.goto(f"{desk.address}/sign-in")
    fits(page, f"{view}: sign-in")
    desk_admin(page, desk)
    fits(page, f"{view}: accounts")
    page.goto(f"{desk.address}/retention")
    fits(page, f"{view}: retention")


def test_a_lead_erases_a_person_and_gets_a_receipt_to_print(open_as: Open, desk: RunningDesk) -> None:
    page = open_as("ines")
    page.get_by_role("link", name="Emily Carter").click()
    reference = page.url.rsplit("/", 1)[1]
    page.get_by_role("link", name="Export or erase").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export to read").click()
    assert "Emily Carter" in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_label("To erase").fill("MR-7F3K-9Q2M")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was erased")
    page.get_by_label("To erase").fill(reference.lower())
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt E-")
    fits(page, "receipt")
    page.emulate_media(media="print")
    expect(page.get_by_text(reference)).to_be_visible()
    expect(page.get_by_text("Print this page")).to_be_hidden()
    expect(page.get_by_text("Emily")).to_have_count(0)


def desk_admin(page: Page, desk: RunningDesk) -> None:
    """Sign in as the admin, and open what one account offers."""
    desk.sign_in(page, "ada")
    page.locator("details.change summary").first.click()


def test_what_is_printed_is_the_patient_and_no_button(open_as: Open) -> None:
    page = open_as("carla")
    page.get_by_role("link", name="Lina Haddad").click()
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Lina Haddad")).to_be_visible()
    expect(page.get_by_role("button", name="Add the note")).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_be_hidden()
