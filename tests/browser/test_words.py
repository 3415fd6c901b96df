"""Words typed anywhere, at every kind of question, on desktop and phone: they reach the bot, and an alarm leads on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.patient import DESKTOP, PATIENCE, PHONE, TOUCH, Patient

VIEWS = {"desktop": (DESKTOP, {}), "phone": (PHONE, TOUCH)}
HELP = "i cant breathe my chest hurts"
NUMBER = re.compile(r"^tel:\+?\d+$")


def fields_and_chips(patient: Patient) -> list[Locator]:
    """The text box, every field of the open question, and one control of each other sort."""
    answer = patient.host.locator(".answer")
    fields = answer.locator("input:not([type=checkbox]), select")
    others = [answer.locator(sort).first for sort in ("button.chip", "input[type=checkbox]", ".text-button")]
    return [patient.box, *(fields.nth(index) for index in range(fields.count())), *others]


def cry_for_help_everywhere(patient: Patient, question: str, words: str = HELP) -> None:
    """Types the emergency in every field and on a chip of each sort: each time the number comes."""
    patient.asked(question)
    count = len(fields_and_chips(patient))
    for place in range(count):
        target = fields_and_chips(patient)[place]
        if not target.count():
            continue
        target.focus()
        if target.evaluate("element => element.matches('input:not([type=checkbox])')"):
            target.fill("")
        patient.write(words)
        expect(patient.log.locator(".patient .bubble").last).to_contain_text(words)
        alarm = patient.host.locator(".pinned[role=alert]")
        expect(alarm).to_contain_text("This may be an emergency", timeout=PATIENCE)
        expect(alarm.get_by_role("link", name="Call").first).to_have_attribute("href", NUMBER)
        patient.say("resume")
        patient.asked(question)


# The first questions, each with the way that leads to the next one; `None`: a cry for help is not tried there.
Step = tuple[str | None, Callable[[Patient], None]]
STEPS: list[Step] = [
    ("Do you agree?", lambda patient: patient.choose("Yes, I agree")),
    ("for you, or for someone else?", lambda patient: patient.choose("For me")),
    ("What is your full name?", lambda patient: patient.field("Full name", "Ana Ruiz")),
    ("What is your date of birth?", lambda patient: patient.date("5", "March", "1985")),
    (None, lambda patient: patient.field("Country", "Mexico")),
    (None, lambda patient: patient.choose("E-mail")),
    ("What is your e-mail address?", lambda patient: patient.field("E-mail address", "ana@example.org")),
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_cry_for_help_anywhere_at_the_first_questions(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_consent()
    for question, answer in STEPS:
        if question:
            cry_for_help_everywhere(patient, question)
        answer(patient)


@pytest.mark.parametrize("view", VIEWS)
def test_a_cry_for_help_anywhere_at_a_number_and_at_answers_to_tick(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_year()
    cry_for_help_everywhere(patient, "In which year")
    patient.field("Year", "2015")
    # Without "right now" she is asked first whether it is happening: test_way_on.py.
    cry_for_help_everywhere(patient, "Which symptoms do you have now?", f"{HELP} right now")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("on_chip", [False, True], ids=["where the focus is", "on the chip Yes"])
def test_what_is_typed_blindly_at_pregnancy_is_no_and_not_yes(visit: Visit, view: str, on_chip: bool) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_pregnancy()
    if on_chip:
        patient.walk_to(patient.button("Yes"))
    patient.write("no i had my tubes tied")
    expect(patient.log.locator(".patient .bubble").last).to_have_text("no i had my tubes tied")
    patient.from_breastfeeding()
    pregnancy = patient.log.locator("dl").last.locator("> div").filter(has_text="Pregnancy")
    expect(pregnancy.locator("dd > span")).to_have_text("No")


def test_an_alarm_shrinks_to_a_line_and_opens_again(visit: Visit) -> None:
    patient = visit(PHONE, **TOUCH)
    patient.up_to_birth()
    patient.say(HELP)
    alarm = patient.host.locator(".pinned")
    expect(alarm).to_have_role("alert")
    patient.say("resume")
    patient.asked("What is your date of birth?")
    expect(alarm).to_have_role("region")
    box = alarm.bounding_box()
    assert box is not None
    assert box["height"] < 64
    expect(alarm.get_by_role("link")).to_have_attribute("href", NUMBER)
    patient.button("This may be an emergency").click()
    expect(alarm).to_contain_text("nobody is watching this chat")


@pytest.mark.parametrize("view", VIEWS)
def test_an_unsent_message_shows_whom_to_call(visit: Visit, view: str) -> None:
    size, options = VIEWS[view]
    patient = visit(size, **options)
    patient.up_to_birth()
    patient.page.context.set_offline(True)
    patient.say(HELP)
    instead = patient.log.locator(".call-instead")
    expect(instead).to_have_text("In an emergency, call your local emergency number.")
    expect(instead).to_be_in_viewport()
    patient.page.context.set_offline(False)
    patient.choose("Try again")
    expect(patient.host.locator(".pinned")).to_have_role("alert")
    patient.page.context.set_offline(True)
    patient.say("and now my arm")
    expect(instead.get_by_role("link").first).to_have_attribute("href", NUMBER)
    patient.page.context.set_offline(False)
