"""Emergencies and crises in the widget, and what is left for the next person at a shared computer."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.patient import PHONE, TOUCH

NUMBER = re.compile(r"^tel:\+?\d+$")


def test_an_emergency_is_pinned_and_the_intake_goes_on_afterwards(visit: Visit) -> None:
    patient = visit(PHONE, **TOUCH)
    patient.up_to_birth()
    patient.say("I have crushing chest pain and cannot breathe")
    alert = patient.host.locator(".pinned")
    expect(alert).to_contain_text("This may be an emergency")
    expect(alert).to_have_attribute("role", "alert")
    calls = alert.get_by_role("link")
    assert calls.count() >= 1
    for call in calls.all():
        expect(call).to_have_attribute("href", NUMBER)
        box = call.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= PHONE[1]
    patient.page.reload()
    expect(alert).to_be_visible()
    patient.button("I have read this").click()
    expect(alert).to_have_count(0)
    expect(patient.log.locator(".safety.emergency")).to_be_visible()
    patient.say("resume")
    patient.asked("What is your date of birth?")
    patient.date("5", "March", "1985")
    patient.asked("In which country do you live")


def test_a_crisis_shows_lines_to_call_and_to_text(visit: Visit) -> None:
    patient = visit()
    patient.open()
    patient.say("I want to kill myself")
    alert = patient.host.locator(".pinned.crisis")
    expect(alert).to_contain_text("You are not alone")
    expect(alert.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    expect(alert.get_by_role("link", name="Text 988")).to_have_attribute("href", "sms:988")
    expect(patient.host.locator(".commands")).to_have_count(0)


def test_ending_the_chat_leaves_nothing_for_the_next_person(visit: Visit) -> None:
    patient = visit()
    patient.up_to_birth()
    token = patient.page.evaluate("() => JSON.parse(Object.values(sessionStorage)[0]).token")
    patient.button("End chat").click()
    dialog = patient.host.get_by_role("alertdialog")
    with patient.page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        dialog.get_by_role("button", name="End chat").click()
    assert ended.value.status == 204
    expect(patient.host.get_by_text("Nothing of it is left")).to_be_visible()
    expect(patient.log).to_be_empty()
    kept = patient.page.evaluate(
        "() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
    )
    assert token not in kept
    assert "Ana" not in kept
    refused = patient.page.request.get(
        f"{patient.base}/webhooks/website/history", headers={"Authorization": f"Bearer {token}"}
    )
    assert refused.status == 401
    patient.page.reload()
    expect(patient.log).to_be_empty()
    patient.say("go on with my request")
    expect(patient.log).not_to_contain_text("Ana Ruiz")
