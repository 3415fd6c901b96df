"""An intake goes on in another browser with its code, and after sending the chat knows the request."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.patient import DESKTOP, PATIENCE, PHONE, TOUCH, Patient

VIEWS = {"desktop": (DESKTOP, {}), "phone": (PHONE, TOUCH)}
CODE = re.compile(r"^[2-9A-Z]{5}-[2-9A-Z]{5}$")


def code_of(patient: Patient) -> str:
    """The code on the card that was shown last."""
    card = patient.log.locator(".reference code").last
    expect(card).to_have_text(CODE, timeout=PATIENCE)
    return card.inner_text()


@pytest.mark.parametrize("view", VIEWS)
def test_the_intake_goes_on_in_another_browser(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    here = visit(size, **options)
    here.up_to_birth()
    here.date("5", "March", "1985")
    here.asked("In which country")
    here.host.get_by_role("button", name="End chat").click()
    here.host.get_by_role("alertdialog").get_by_role("button", name="Continue on another device").click()
    here.answered()
    expect(here.host.get_by_role("alertdialog")).to_have_count(0)
    code = code_of(here)
    here.asked("In which country")

    there = visit(size, **options)
    there.open()
    there.choose("I have a code")
    there.say(code)
    there.asked("date of birth")
    there.date("5", "March", "1985")
    there.asked("In which country")
    there.field("Country", "Mexico")

    here.field("Country", "Spain")
    here.asked("goes on in another chat")


def test_the_code_can_be_copied_on_its_card(visit: Visit) -> None:
    patient = visit(DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    patient.up_to_birth()
    patient.date("5", "March", "1985")
    patient.say("pause")
    code = code_of(patient)
    patient.log.locator(".reference").last.get_by_role("button", name="Copy").click()
    expect(patient.log.get_by_text("Copied")).to_be_visible()
    assert patient.page.evaluate("() => navigator.clipboard.readText()") == code


def test_ending_a_chat_without_a_question_offers_no_code(visit: Visit) -> None:
    patient = visit(DESKTOP)
    patient.open()
    patient.choose("What is lupus?")
    patient.host.get_by_role("button", name="End chat").click()
    dialog = patient.host.get_by_role("alertdialog")
    expect(dialog.get_by_role("button")).to_have_count(2)


@pytest.mark.parametrize("view", VIEWS)
def test_after_sending_a_copy_has_no_change_buttons_and_an_addition_is_read_back(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_offer()
    patient.choose("No, send what I have")
    patient.choose("Send my request")
    reference = patient.reference()
    patient.say("what happens now?")
    patient.asked(reference)
    patient.say("I forgot to say that I also take prednisone")
    patient.asked("I have added this")
    patient.say("copy of my answers")
    patient.asked("I also take prednisone")
    expect(patient.log.locator(".summary").last).to_contain_text("Mexico")
    expect(patient.log.locator(".summary").last.get_by_role("button")).to_have_count(0)
