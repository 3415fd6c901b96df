"""A whole consultation request in the widget, by pointer and by keyboard alone, down to what the clinic stores."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.patient import DESKTOP, FOLDED, PHONE, SEND, START, STORED, TOUCH, coded
from tests.e2e.servers import Stack

VIEWS = {"desktop": (DESKTOP, {}), "phone": (PHONE, TOUCH)}


@pytest.mark.parametrize("view", VIEWS)
def test_by_pointer(visit: Visit, stack: Stack, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.through_intake()
    expect(patient.log).to_contain_text("I noted: Symptoms now: Joint pain, Sensitive to sun")
    assert "_" not in patient.log.inner_text()
    summary = patient.log.locator("dl").last
    expect(summary).to_contain_text("Joint pain, Sensitive to sun, stiff mornings")
    patient.choose("Change E-mail address")
    expect(patient.host.get_by_role("textbox", name="E-mail address")).to_have_value("ana@example.org")
    patient.field("E-mail address", "ana.ruiz@example.org")
    patient.choose("Change Symptoms now")
    expect(patient.host.get_by_role("checkbox", name="Sensitive to sun")).to_be_checked()
    expect(patient.host.get_by_label("Something else")).to_have_value("stiff mornings")
    patient.tick("Rash", other="stiff mornings")
    patient.asked("Is everything right?")
    patient.choose(SEND)
    reference = patient.reference()
    request = stack.show_request(reference)
    changed = ["joint_pain", "rash", "photosensitivity", "stiffness"]
    assert coded(request["answers"]) == {**STORED, "email": "ana.ruiz@example.org", "symptoms": changed}
    assert request["channel"] == "website"
    expect(patient.host.get_by_role("progressbar")).to_have_count(0)
    # The chat knows what was just sent from it: no reference is asked for.
    patient.say("what is the status of my request?")
    expect(patient.log.locator(".assistant").last).to_contain_text(f"Your request {reference} has reached the clinic")


def test_by_keyboard_alone(visit: Visit, stack: Stack) -> None:
    patient = visit()
    keys = patient.page.keyboard

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)
        patient.answered()

    def pick(name: str) -> None:
        patient.walk_to(patient.button(name))
        press("Enter")

    def tick(*labels: str, other: str = "") -> None:
        for label in labels:
            box = patient.host.get_by_role("checkbox", name=label, exact=True)
            if not box.count():
                patient.walk_to(patient.host.get_by_role("button", name=FOLDED))
                keys.press("Enter")
            patient.walk_to(box)
            keys.press("Space")
            expect(box).to_be_checked()
        patient.walk_to(patient.host.get_by_label("Something else"))
        patient.write(other)

    for _ in range(20):
        keys.press("Tab")
        if patient.launcher.evaluate("element => element.getRootNode().activeElement === element"):
            break
    keys.press("Enter")
    assert patient.focused() == "Your message"
    patient.write(START)
    patient.asked("Do you agree?")
    pick("Yes, I agree")
    patient.asked("for you, or for someone else?")
    pick("For me")
    patient.write("Ana Ruiz")
    patient.asked("What is your date of birth?")
    patient.walk_to(patient.host.get_by_label("Month"))
    for value in ("March", "5"):
        keys.type(value)
        keys.press("Tab")
    patient.write("1985")
    patient.write("Mexico")
    pick("E-mail")
    patient.write("ana@example.org")
    pick("Confirmed by a specialist")
    pick("Systemic lupus (SLE)")
    pick("MSC therapy")
    pick("Just exploring")
    pick("Yes, they may")
    pick("Yes, go on")
    pick("Female")
    patient.write("2015")
    tick("Joint pain", "Sensitive to sun", other="stiff mornings")
    tick("Kidneys", "Skin")
    pick("No")
    pick("No")
    tick(other="none")
    pick("No")
    pick("No")
    pick("Skip")
    tick("Hydroxychloroquine (Plaquenil)", other="vitamin D")
    tick(other="none")
    tick(other="none")
    patient.write("penicillin")
    pick("Skip")
    pick("Morning")
    patient.write("Spanish")
    pick("Skip")
    tick("Lab results", "Doctor's letters")
    patient.write("Can I travel with lupus?")
    patient.asked("Is everything right?")
    pick(SEND)
    assert coded(stack.show_request(patient.reference())["answers"]) == STORED
