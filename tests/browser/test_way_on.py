"""After an alarm a button of the safety message leads back to the same question, with the answer kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.patient import DESKTOP, PATIENCE, PHONE, TOUCH, Patient

VIEWS = {"desktop": (DESKTOP, {}), "phone": (PHONE, TOUCH)}
HELP = "i cant breathe my chest hurts"
GO_ON = re.compile(r"^Go on")


def go_on(patient: Patient) -> None:
    """Presses the first button under the alarm that leads back."""
    expect(patient.host.locator(".pinned[role=alert]")).to_be_visible(timeout=PATIENCE)
    way = patient.host.locator(".answer").get_by_role("button", name=GO_ON).first
    expect(way).to_be_in_viewport()
    way.click()
    patient.answered()


@pytest.mark.parametrize("view", VIEWS)
def test_a_button_leads_back_to_the_same_question(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_birth()
    patient.say(HELP)
    go_on(patient)
    patient.asked("What is your date of birth?")
    expect(patient.host.locator(".pinned")).to_have_role("region")
    patient.date("5", "March", "1985")
    patient.asked("In which country do you live")


@pytest.mark.parametrize("view", VIEWS)
def test_the_answer_that_raised_the_alarm_is_kept(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_symptoms()
    patient.host.locator("label.check").get_by_text("Joint pain", exact=True).click()
    patient.host.get_by_label("Something else").focus()
    patient.write(HELP)
    go_on(patient)
    # Asked for symptoms she may have told of any time.
    patient.asked("is what you wrote happening right now?")
    patient.host.locator(".answer").get_by_role("button", name="No, not now").click()
    patient.answered()
    patient.asked("Which symptoms do you have now?")
    expect(patient.host.get_by_text("Your answer so far").last).to_contain_text("Joint pain", ignore_case=True)
