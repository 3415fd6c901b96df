"""Hostile input over every door that patients and platforms have: REST, the website, each messaging platform.

No door answers with a failure of ours or keeps somebody waiting, and a patient is answered as ever afterwards. The
desk's forms have tests/desk/test_hostile.py. `MARROW_TEST_HOSTILE_CALLS` says how many calls are made in all (100
unless set; `make prove` makes 2,000).
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.gated_clinic import Clinic, clinic_on, wait_until
from tests.e2e.messengers import CALLS
from tests.hostile import nearly, texts

IN_ALL = int(os.environ.get("MARROW_TEST_HOSTILE_CALLS", "100"))
# REST, the website twice, and the platforms.
DOORS = 3 + len(CALLS)
# A turn on a machine that is not busy takes a tenth of a second; this tells a hang from a slow machine.
HANG_SECONDS = 20
_people = count(7_000_000)
FIELDS = tuple("sender message metadata input_channel id text topic helpful locale message_id".split())


def calls() -> Any:
    """Settings for one door's share."""
    quiet = list(HealthCheck)
    return settings(max_examples=max(1, IN_ALL // DOORS), deadline=None, derandomize=True, suppress_health_check=quiet)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with clinic_on(tmp_path_factory.mktemp("hostile"), {}, MARROW_MESSAGING_INTAKE="chat") as running:
        yield running


def body_of(value: object) -> bytes:
    """As JSON; what cannot be written in UTF-8 is escaped."""
    return json.dumps(value).encode()


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert answer.elapsed.total_seconds() < HANG_SECONDS, answer.request.content[:300]


@calls()
@given(st.fixed_dictionaries({"sender": st.just("hostile"), "message": texts}) | nearly(FIELDS, ("default",)))
def test_rest(clinic: Clinic, body: object) -> None:
    check(
        httpx.post(
            clinic.stack.webhook, content=body_of(body), headers={"Content-Type": "application/json"}, timeout=60
        )
    )


@calls()
@given(st.lists(texts, min_size=1, max_size=3))
def test_messages_on_the_website(clinic: Clinic, said: list[str]) -> None:
    chat = clinic.chat()
    for text in said:
        answer = chat.send(text.encode("utf-8", "replace").decode())
        check(answer)
        assert answer.status_code != 200 or answer.json()["replies"]


@calls()
@given(st.sampled_from(["message", "feedback", "session"]), nearly(FIELDS, (str(uuid.UUID(int=7)),)))
def test_calls_that_are_nearly_the_widgets(clinic: Clinic, path: str, body: object) -> None:
    chat = clinic.chat()
    headers = {**chat.headers, "Content-Type": "application/json"}
    check(chat.http.post(f"{chat.url}/{path}", content=body_of(body), headers=headers))


@pytest.mark.parametrize("channel", sorted(CALLS))
@calls()
@given(texts.filter(lambda text: text.strip() != ""))
def test_signed_calls_of_a_platform(clinic: Clinic, channel: str, text: str) -> None:
    path, body, headers = CALLS[channel](next(_people), text.encode("utf-8", "replace").decode())
    check(httpx.post(f"{clinic.base}/{path}/webhook", content=body, headers=headers, timeout=60))


def test_all_are_answered_as_ever_afterwards(clinic: Clinic) -> None:
    # What the platforms sent is answered in the background.
    sent = -1
    while len(clinic.platforms.sent) != sent:
        sent = len(clinic.platforms.sent)
        time.sleep(2)
    assert sent
    assert "Lupus" in clinic.stack.say("after", "what is lupus?")[0]["text"]
    assert "Lupus" in clinic.chat().say("what is lupus?")[0]["text"]
    since = len(clinic.platforms.sent)
    clinic.post("telegram", next(_people), "what is lupus?")
    wait_until(lambda: any("Lupus" in text for _, text in clinic.platforms.sent[since:]))
