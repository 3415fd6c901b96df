"""The clinic is told of each request and emergency, once, whatever fails on the way, and of nothing that was said."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clinic.domain.events import Channel, OutboxMessage, wait_after
from clinic.domain.requests import SafetyEvent
from clinic.domain.statuses import RequestStatus
from clinic.errors import ConsentMissing, DeliveryError
from clinic.keys import Keyring
from clinic.notify.email import EmailSender
from clinic.notify.email import MailServer as Handover
from clinic.notify.patient_email import PatientSender
from clinic.notify.webhook import WebhookSender
from clinic.service.lookup import LookupLimiter, withdraw_request
from clinic.service.notifications import Delivered, deliver_due
from clinic.service.requests import change_status
from clinic.service.submission import Submission, record_safety_event, submit_request
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, BORN, NOW, STAFF, submission
from .fakes import FakeUnitOfWork
from .mail_and_web import MailServer, WebAddress, serving
from .test_storage import entered_texts

SECRET = "a shared secret"
CONTENT = Path(__file__).resolve().parents[2] / "data"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with serving(MailServer()) as server:
        yield server


@pytest.fixture
def web() -> Iterator[WebAddress]:
    with serving(WebAddress()) as server:
        yield server


def email_to(mail: MailServer) -> EmailSender:
    receivers = ("desk@clinic.example", "lead@clinic.example")
    return EmailSender(server_of(mail), "marrow@clinic.example", receivers)


def server_of(mail: MailServer) -> Handover:
    return Handover("127.0.0.1", mail.port, "none", "", "")


def deliver(uow: UnitOfWork, now: datetime, **senders: object) -> Delivered:
    return deliver_due(uow, {Channel(name): sender for name, sender in senders.items()}, lambda: now)  # type: ignore[misc]


class Fails:
    """A channel that does not work until it is mended."""

    def __init__(self) -> None:
        self.works, self.taken = False, list[OutboxMessage]()

    def send(self, message: OutboxMessage) -> None:
        if not self.works:
            raise DeliveryError("the web address answered 503")
        self.taken.append(message)


def test_the_clinic_gets_one_mail_and_one_signed_call_for_a_request(
    any_uow: UnitOfWork, mail: MailServer, web: WebAddress
) -> None:
    request = submit_request(any_uow, submission(), NOW)
    submit_request(any_uow, submission(), NOW)
    hook = WebhookSender(web.url, SECRET, clock=lambda: 1_800_000_000.7)
    assert deliver(any_uow, NOW, email=email_to(mail), webhook=hook) == Delivered(sent=2, failed=0)
    assert deliver(any_uow, LATER, email=email_to(mail), webhook=hook) == Delivered(sent=0, failed=0)
    [letter] = mail.letters
    assert letter["Subject"] == f"New consultation request {request.reference}"
    assert mail.receivers == [["desk@clinic.example", "lead@clinic.example"]]
    assert "urgency    normal" in str(letter.get_payload())
    [(headers, body)] = web.calls
    told = json.loads(body)
    assert {name: told[name] for name in ("kind", "reference", "urgent", "status")} == {
        "kind": "request_submitted",
        "reference": request.reference,
        "urgent": False,
        "status": "new",
    }
    assert headers["Idempotency-Key"] == told["id"]
    expected = hmac.new(SECRET.encode(), b"1800000000." + body, hashlib.sha256).hexdigest()
    assert headers["Marrow-Signature"] == f"t=1800000000,v1={expected}"
    for text in [*entered_texts(ANSWERS), "525512345678"]:
        if text not in ("email", "other"):
            assert text not in letter.as_string()
            assert text.encode() not in body


def test_an_emergency_makes_it_urgent_at_once_and_later(any_uow: UnitOfWork, mail: MailServer) -> None:
    event = SafetyEvent("emergency", "chest_pain", NOW)
    request = submit_request(any_uow, submission(safety_events=(event,)), NOW)
    record_safety_event(any_uow, str(request.conversation_id), "crisis", "self_harm", LATER)
    # The same event, told a second time, is no news.
    record_safety_event(any_uow, str(request.conversation_id), "crisis", "self_harm", LATER)
    assert deliver(any_uow, LATER, email=email_to(mail)).sent == 2
    assert sorted(str(letter["Subject"]) for letter in mail.letters) == [
        f"URGENT: Emergency or crisis in the chat of a request {request.reference}",
        f"URGENT: New consultation request {request.reference}",
    ]
    assert "chest" not in "".join(letter.as_string() for letter in mail.letters)


def test_another_system_may_follow_each_status(any_uow: UnitOfWork, web: WebAddress) -> None:
    request = submit_request(any_uow, submission(), NOW)
    change_status(STAFF, any_uow, request.reference, RequestStatus.CONTACTED, NOW)
    deliver(any_uow, NOW, webhook=WebhookSender(web.url, SECRET))
    assert [(json.loads(body)["kind"], json.loads(body)["status"]) for _, body in web.calls] == [
        ("request_submitted", "new"),
        ("status_changed", "contacted"),
    ]


def test_what_fails_is_tried_again_after_longer_and_longer_pauses_with_the_same_id(any_uow: UnitOfWork) -> None:
    submit_request(any_uow, submission(), NOW)
    sender, now = Fails(), NOW
    for attempt in range(1, 6):
        assert deliver(any_uow, now, webhook=sender) == Delivered(sent=0, failed=1)
        assert deliver(any_uow, now, webhook=sender) == Delivered(sent=0, failed=0)
        with any_uow:
            [waiting] = any_uow.outbox.waiting([Channel.WEBHOOK])
        assert (waiting.attempts, waiting.problem) == (attempt, "the web address answered 503")
        assert waiting.next_at == now + wait_after(attempt)
        now = waiting.next_at
    sender.works = True
    assert deliver(any_uow, now, webhook=sender) == Delivered(sent=1, failed=0)
    assert sender.taken[0].id == waiting.id
    with any_uow:
        assert any_uow.outbox.waiting([Channel.WEBHOOK]) == []


def test_pauses_double_up_to_six_hours() -> None:
    minutes = [int(wait_after(attempt) / timedelta(minutes=1)) for attempt in (1, 2, 3, 9, 10, 99)]
    assert minutes == [1, 2, 4, 256, 360, 360]


def test_one_channel_that_fails_does_not_hold_up_the_other(any_uow: UnitOfWork, mail: MailServer) -> None:
    submit_request(any_uow, submission(), NOW)
    assert deliver(any_uow, NOW, email=email_to(mail), webhook=Fails()) == Delivered(sent=1, failed=1)


def test_a_process_that_dies_while_it_delivers_leaves_the_message_to_the_next_one(any_uow: UnitOfWork) -> None:
    class Dies:
        def send(self, message: OutboxMessage) -> None:
            raise KeyboardInterrupt

    submit_request(any_uow, submission(), NOW)
    with pytest.raises(KeyboardInterrupt):
        deliver(any_uow, NOW, webhook=Dies())
    sender = Fails()
    sender.works = True
    # Nobody takes it while the first one may still be at it.
    assert deliver(any_uow, NOW + timedelta(minutes=1), webhook=sender).sent == 0
    assert deliver(any_uow, NOW + timedelta(minutes=6), webhook=sender).sent == 1


def test_two_processes_deliver_a_message_once(database: Database) -> None:
    for number in range(12):
        submit_request(SqlAlchemyUnitOfWork(database), submission(f"{number:032}"), NOW)
    sender, barrier, problems = Fails(), threading.Barrier(3), []
    sender.works = True

    def run() -> None:
        barrier.wait()
        try:
            deliver(SqlAlchemyUnitOfWork(database), NOW, webhook=sender)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert problems == []
    assert len(sender.taken) == len({message.id for message in sender.taken}) == 12


def test_what_is_not_submitted_tells_nobody(memory: FakeUnitOfWork) -> None:
    with pytest.raises(ConsentMissing):
        submit_request(memory, submission(consents=()), NOW)
    assert memory.stored.outbox == {}


def test_a_withdrawn_request_is_not_told_of_any_more(any_uow: UnitOfWork, keyring: Keyring, mail: MailServer) -> None:
    request = submit_request(any_uow, submission(), NOW)
    limiter = LookupLimiter(keyring, "9 per day", "9 per day")
    withdraw_request(any_uow, limiter, request.reference, BORN, "c1", NOW)
    assert deliver(any_uow, LATER, email=email_to(mail)) == Delivered(sent=0, failed=0)


@pytest.mark.parametrize("code", [421, 451, 550])
def test_a_mail_server_that_refuses_is_named_with_its_code(mail: MailServer, code: int) -> None:
    mail.refuse = code
    with pytest.raises(DeliveryError, match=f"answered {code}"):
        email_to(mail).send(a_message())


@pytest.mark.parametrize(("status", "said"), [(500, "500"), (404, "404"), (302, "302")])
def test_a_web_address_that_refuses_or_sends_elsewhere_is_named_with_its_status(
    web: WebAddress, status: int, said: str
) -> None:
    web.status, web.headers = status, {"Location": web.url}
    with pytest.raises(DeliveryError, match=said):
        WebhookSender(web.url, SECRET).send(a_message())
    assert len(web.calls) == 1


def test_what_cannot_be_reached_is_an_error_of_delivery(mail: MailServer, web: WebAddress) -> None:
    sender, hook = email_to(mail), WebhookSender(web.url, SECRET)
    for server in (mail, web):
        server.shutdown()
        server.server_close()
    for unreachable in (sender, hook):
        with pytest.raises(DeliveryError, match="ConnectionRefusedError"):
            unreachable.send(a_message())


def test_a_mail_server_without_encryption_gets_nothing_where_it_is_wanted(mail: MailServer) -> None:
    wanted = EmailSender(replace(server_of(mail), security="starttls"), "a@clinic.example", ("a@clinic.example",))
    with pytest.raises(DeliveryError):
        wanted.send(a_message())
    assert mail.letters == []


def a_message() -> OutboxMessage:
    uow = FakeUnitOfWork()
    submit_request(uow, submission(), NOW)
    return next(iter(uow.stored.outbox.values()))


def wants_email(**answers: str) -> Submission:
    return submission(answers={**ANSWERS, "preferred_contact": "email", **answers})


def patient_sender(mail: MailServer) -> PatientSender:
    return PatientSender(server_of(mail), "hello@clinic.example", CONTENT)


def test_a_patient_who_wants_e_mail_reads_that_it_came_and_nothing_medical(
    any_uow: UnitOfWork, mail: MailServer
) -> None:
    reference = submit_request(any_uow, wants_email(), NOW).reference
    assert deliver(any_uow, LATER, patient=patient_sender(mail)) == Delivered(1, 0)
    assert deliver(any_uow, LATER, patient=patient_sender(mail)) == Delivered(0, 0)
    [letter] = mail.letters
    assert letter["To"] == ANSWERS["email"]
    assert reference in letter["Subject"]
    assert reference in letter.get_payload()
    told = f"{letter['Subject']} {letter.get_payload()}".casefold()
    assert [each for each in entered_texts(ANSWERS) if each.casefold() in told] == []
    assert not any(each in told for each in ("lupus", "stem cell", "transplant", "ana"))


@pytest.mark.parametrize("why", ["chose the phone", "allowed no contact"])
def test_who_did_not_agree_gets_no_e_mail(any_uow: UnitOfWork, mail: MailServer, why: str) -> None:
    sent = wants_email(preferred_contact="phone" if why == "chose the phone" else "email")
    if why == "allowed no contact":
        sent = replace(sent, consents=sent.consents[:1])
    submit_request(any_uow, sent, NOW)
    assert deliver(any_uow, LATER, patient=patient_sender(mail)) == Delivered(0, 0)
    assert mail.letters == []


def test_a_patient_who_withdrew_or_whose_day_is_over_hears_nothing_late(
    any_uow: UnitOfWork, mail: MailServer, keyring: Keyring
) -> None:
    gone = submit_request(any_uow, wants_email(), NOW).reference
    withdraw_request(any_uow, LookupLimiter(keyring, "9 per day", "9 per day"), gone, BORN, "c", NOW)
    submit_request(any_uow, replace(wants_email(), intake_id="b" * 32), NOW)
    assert deliver(any_uow, NOW + timedelta(days=2), patient=patient_sender(mail)) == Delivered(0, 0)
    assert mail.letters == []
    with any_uow:
        assert any_uow.outbox.waiting((Channel.PATIENT,)) == [], "and nothing waits for ever"


def test_a_mail_server_that_is_away_is_tried_again_and_no_address_is_told(
    any_uow: UnitOfWork, mail: MailServer
) -> None:
    submit_request(any_uow, wants_email(), NOW)
    away = PatientSender(replace(server_of(mail), port=1), "hello@clinic.example", CONTENT)
    assert deliver(any_uow, NOW, patient=away) == Delivered(0, 1)
    wordless = replace(patient_sender(mail), content=CONTENT / "nowhere")
    assert deliver(any_uow, NOW + timedelta(minutes=5), patient=wordless) == Delivered(0, 1)
    with any_uow:
        [waiting] = any_uow.outbox.waiting((Channel.PATIENT,))
    assert "@" not in waiting.problem
    assert waiting.to == ""
    assert deliver(any_uow, LATER, patient=patient_sender(mail)) == Delivered(1, 0)


def test_an_address_cannot_add_a_header_or_a_receiver(mail: MailServer, any_uow: UnitOfWork) -> None:
    submit_request(any_uow, wants_email(email="a@b.example\nBcc: c@d.example"), NOW)
    assert deliver(any_uow, NOW, patient=patient_sender(mail)) == Delivered(0, 1)
    assert mail.letters == []
