"""What a consultation request may do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.requests import Consent, ConsultationRequest, PreScreenNote, SafetyEvent, merge_safety_events
from clinic.domain.statuses import STATUSES, RequestStatus
from clinic.errors import InvalidTransition

from .builders import ANSWERS, NOW

LATER = NOW + timedelta(hours=1)


def a_request(status: RequestStatus = RequestStatus.NEW) -> ConsultationRequest:
    return ConsultationRequest(
        reference="MR-7F3K-9Q2M",
        intake_id="a" * 32,
        status=status,
        channel="rest",
        locale="en",
        questionnaire_version="1",
        answers=ANSWERS,
        consents=(Consent("consent_privacy", "1", "yes", NOW),),
        notes=(PreScreenNote("cancer", "to discuss"),),
        safety_events=(SafetyEvent("emergency", "chest_pain", NOW),),
        conversation_id="c1",
        created_at=NOW,
        updated_at=NOW,
    )


def following(status: RequestStatus) -> set[RequestStatus]:
    return {*STATUSES[status].followed_by, RequestStatus.WITHDRAWN}


ALL_MOVES = [(a, b) for a in RequestStatus for b in RequestStatus if b is not RequestStatus.WITHDRAWN]


@pytest.mark.parametrize(("present", "wanted"), ALL_MOVES)
def test_a_request_moves_only_along_allowed_transitions(present: RequestStatus, wanted: RequestStatus) -> None:
    request = a_request(present)
    if wanted in STATUSES[present].followed_by:
        moved = request.moved_to(wanted, LATER)
        assert (moved.status, moved.updated_at, moved.created_at) == (wanted, LATER, NOW)
    else:
        with pytest.raises(InvalidTransition, match=f"{present} cannot become {wanted}"):
            request.moved_to(wanted, LATER)


def test_every_status_can_be_reached_from_new_and_every_one_can_be_withdrawn() -> None:
    reached = {RequestStatus.NEW}
    while more := {b for a in reached for b in following(a)} - reached:
        reached |= more
    assert reached == set(RequestStatus)
    for status in set(RequestStatus) - {RequestStatus.WITHDRAWN}:
        assert a_request(status).erased(LATER).status is RequestStatus.WITHDRAWN


def test_a_tombstone_keeps_reference_status_and_times_only() -> None:
    tombstone = a_request().erased(LATER)
    assert tombstone == replace(
        a_request(RequestStatus.WITHDRAWN),
        channel="",
        locale="",
        answers={},
        consents=(),
        notes=(),
        safety_events=(),
        conversation_id=None,
        updated_at=LATER,
        version=2,
        change="withdrawn",
    )


def test_withdrawing_is_erasing_and_happens_once() -> None:
    with pytest.raises(InvalidTransition, match="erasing"):
        a_request().moved_to(RequestStatus.WITHDRAWN, LATER)
    with pytest.raises(InvalidTransition):
        a_request().erased(LATER).erased(LATER)


def test_two_reports_of_one_safety_event_count_once() -> None:
    first = SafetyEvent("emergency", "chest_pain", NOW)
    echo = SafetyEvent("emergency", "chest_pain", NOW + timedelta(seconds=2))
    again = SafetyEvent("emergency", "chest_pain", NOW + timedelta(minutes=5))
    other = SafetyEvent("crisis", "self_harm", NOW + timedelta(seconds=1))
    assert merge_safety_events([again, first], [echo, other]) == (first, other, again)
    assert a_request().with_safety_event(echo) == a_request()
    assert a_request().with_safety_event(other).safety_events == (first, other)
