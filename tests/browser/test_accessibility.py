"""axe finds nothing in any state of the real conversation: desktop, phone in the dark, 320 px, right to left."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import BUNDLE, assert_accessible
from tests.browser.conftest import Visit
from tests.browser.patient import DESKTOP, PHONE, SEND, TOUCH

BUDGET = 30 * 1024
VIEWS: dict[str, dict[str, Any]] = {
    "desktop": {"size": DESKTOP},
    "dark": {"size": PHONE, "color_scheme": "dark", **TOUCH},
    "narrow": {"size": (320, 640), **TOUCH},
    "right-to-left": {"size": PHONE, **TOUCH},
}


def test_the_bundle_stays_small() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), 9)) <= BUDGET


@pytest.mark.parametrize("view", VIEWS)
def test_every_state(visit: Visit, view: str) -> None:
    patient = visit(**VIEWS[view])

    def check(state: str) -> None:
        assert_accessible(patient.page, f"{view}: {state}")

    if view == "right-to-left":
        patient.page.evaluate("() => document.querySelector('marrow-chat').setAttribute('dir', 'rtl')")
    check("page and launcher")
    patient.open()
    check("first contact")
    patient.choose("What is lupus?")
    patient.log.get_by_text("3 sources").click()
    check("article")
    patient.say("lupus blorp stem zonk")
    check("suggestions")
    patient.say("I want to talk to a person")
    check("contact")
    patient.say("I want to request a consultation")
    check("consent")
    patient.choose("Yes, I agree")
    patient.choose("For me")
    check("name")
    patient.field("Full name", "Ana Ruiz")
    patient.button("Send this date").click()
    check("date with a problem")
    patient.page.context.set_offline(True)
    expect(patient.host.get_by_text("You are offline.")).to_be_visible()
    patient.say("5 March 1985")
    expect(patient.button("Try again")).to_be_visible()
    check("offline and not sent")
    patient.page.context.set_offline(False)
    patient.choose("Try again")
    patient.asked("In which country do you live")
    check("choices, one to skip")
    patient.say("I have crushing chest pain and cannot breathe")
    check("emergency")
    patient.button("I have read this").click()
    patient.say("I want to kill myself")
    check("crisis")
    patient.button("I have read this").click()
    patient.button("End chat").click()
    check("confirmation")


@pytest.mark.parametrize("view", ["desktop", "narrow"])
def test_the_end_of_an_intake(visit: Visit, view: str) -> None:
    patient = visit(**VIEWS[view])
    patient.up_to_symptoms()
    patient.host.locator("label.check").get_by_text("Rash", exact=True).click()
    assert_accessible(patient.page, "answers to tick")
    patient.tick("Joint pain")
    organs, infection, cancer, clots, pregnancy, breastfeeding, others = (
        "skip",
        "no",
        "no",
        "none",
        "not sure",
        "no",
        "skip",
    )
    medicines, thinners, treatments, allergies = "none", "none", "none", "none"
    phone, time, language, place, records, question = "skip", "skip", "skip", "skip", "skip", "skip"
    for answer in (
        *(organs, infection, cancer, clots, pregnancy, breastfeeding, others),
        *(medicines, thinners, treatments, allergies),
        *(phone, time, language, place, records, question),
    ):
        patient.say(answer)
    patient.asked("Is everything right?")
    assert_accessible(patient.page, "review")
    patient.choose("Change Symptoms now")
    assert_accessible(patient.page, "change")
    patient.choose("Keep my answer")
    patient.choose(SEND)
    patient.reference()
    assert_accessible(patient.page, "reference")


def test_the_system_s_dark_scheme_is_followed(visit: Visit) -> None:
    patient = visit(color_scheme="dark")
    patient.open()
    panel = patient.host.locator(".panel")
    expect(panel).to_have_css("background-color", "rgb(16, 25, 26)")
    patient.page.emulate_media(color_scheme="light")
    expect(panel).to_have_css("background-color", "rgb(244, 246, 244)")


def test_right_to_left_mirrors_the_panel(visit: Visit) -> None:
    patient = visit()
    patient.page.evaluate("() => document.querySelector('marrow-chat').setAttribute('dir', 'rtl')")
    patient.open()
    patient.choose("What is lupus?")
    panel = patient.host.locator(".panel").bounding_box()
    mine = patient.log.locator(".patient").bounding_box()
    assert panel is not None
    assert mine is not None
    assert panel["x"] < DESKTOP[0] / 2
    assert mine["x"] < panel["x"] + panel["width"] / 2
