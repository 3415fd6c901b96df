"""An intake that is interrupted: by a reload, by servers that die, by a lost network."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.patient import PATIENCE
from tests.e2e.servers import ServerName, Stack


def test_a_reload_brings_the_conversation_back(visit: Visit) -> None:
    patient = visit()
    patient.up_to_birth()
    patient.box.fill("half a sent")
    said = patient.log.locator(".entry").all_inner_texts()
    patient.page.reload()
    expect(patient.log.locator(".entry")).to_have_count(len(said), timeout=PATIENCE)
    assert patient.log.locator(".entry").all_inner_texts() == said
    expect(patient.box).to_have_value("half a sent")
    stored = patient.page.evaluate("() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "Ana Ruiz" not in stored
    patient.box.fill("")
    patient.date("5", "March", "1985")
    patient.asked("In which country do you live")


@pytest.mark.parametrize("server", ["bot", "actions"])
def test_a_server_that_dies_costs_no_answer(visit: Visit, stack: Stack, server: ServerName) -> None:
    patient = visit()
    patient.up_to_birth()
    stack.servers[server].kill()
    try:
        patient.date("5", "March", "1985")
        if server == "bot":
            expect(patient.log).to_contain_text("Not sent. The connection failed.")
        else:
            expect(patient.log.locator(".assistant").last).not_to_contain_text("Traceback")
    finally:
        stack.servers[server].start()
    if server == "bot":
        patient.choose("Try again")
    else:
        patient.say("5 March 1985")
    patient.asked("In which country do you live")
    patient.choose("Back")
    expect(patient.host.get_by_role("textbox", name="Year")).to_have_value("1985")
    assert json.dumps(patient.log.locator(".patient").all_inner_texts()).count("Ana Ruiz") == 1


def test_a_lost_network_is_told_and_nothing_has_to_be_typed_again(visit: Visit) -> None:
    patient = visit()
    patient.up_to_birth()
    patient.page.context.set_offline(True)
    expect(patient.host.get_by_text("You are offline.")).to_be_visible()
    patient.say("5 March 1985")
    expect(patient.log).to_contain_text("Not sent. The connection failed.")
    patient.page.context.set_offline(False)
    expect(patient.host.get_by_text("You are connected again.")).to_be_visible()
    patient.choose("Try again")
    patient.asked("In which country do you live")
    expect(patient.log.locator(".patient", has_text="5 March 1985")).to_have_count(1)
