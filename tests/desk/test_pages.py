"""What the pages show and store: the queue and its news, search, a request, conflicts, and the own account."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import segno

from clinic.bootstrap import Clinic
from clinic.credentials import TotpCodes, _totp
from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act
from clinic.domain.requests import LeftOpen, SafetyEvent
from clinic.keys import Keyring, generate_key
from clinic.labels import Labels
from clinic.service.requests import add_note
from clinic.service.submission import submit_request
from desk.answers import sections_of
from tests.clinic.builders import ANSWERS, NOW, submission
from tests.desk.conftest import PASSWORD, SignIn, Visit

BEN = Actor("ben", Role.COORDINATOR)


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def another(clinic: Clinic, number: int, **changes: Any) -> str:
    sent = submission(intake_id=f"{number:032x}", conversation_id=f"rest:{number}", **changes)
    return submit_request(clinic.unit_of_work(), sent, NOW + timedelta(minutes=number)).reference


def test_the_queue_shows_who_needs_a_call_first(clinic: Clinic, sign_in: SignIn, reference: str) -> None:
    alarm = another(clinic, 2, safety_events=(SafetyEvent("crisis", "self_harm", NOW),))
    page = sign_in(Role.COORDINATOR).open("/queue")
    assert page.index(alarm) < page.index(reference)
    assert "Crisis in the chat" in page
    assert "Ana Ruíz Peñalosa" in page


def test_news_come_when_there_are_some_and_do_not_keep_a_session_open(clinic: Clinic, sign_in: SignIn) -> None:
    visitor = sign_in(Role.COORDINATOR)
    address = re.search(r'hx-get="([^"]+)"', visitor.open("/queue"))
    assert address
    news = {"HX-Request": "true"}
    assert visitor.get(address[1], headers=news).status_code == 204
    reference = another(clinic, 3)
    answer = visitor.get(address[1], headers=news)
    assert (answer.status_code, reference in answer.text, "<html" in answer.text) == (200, True, False)
    with clinic.unit_of_work() as uow:
        seen = [session.last_seen_at for session in _sessions(uow)]
    visitor.get("/queue/news", headers=news)
    with clinic.unit_of_work() as uow:
        assert [session.last_seen_at for session in _sessions(uow)] == seen


def _sessions(uow: Any) -> list[Any]:
    from clinic.storage.models import DeskSessionRow

    return list(uow._open_session().query(DeskSessionRow))


def test_a_search_names_nobody_in_an_address(sign_in: SignIn, reference: str) -> None:
    visitor = sign_in(Role.COORDINATOR)
    assert reference in visitor.submit("/search", asked="penalosa").text
    assert visitor.get("/search", params={"asked": "penalosa"}).status_code == 405
    assert "Nobody is found" in visitor.submit("/search", asked="nobody of this name").text


def test_a_request_shows_labels_words_and_what_was_not_asked(clinic: Clinic, sign_in: SignIn, reference: str) -> None:
    page = sign_in(Role.COORDINATOR).open(f"/requests/{reference}")
    for shown in (
        "Joint pain",
        "<q>stiff joints</q>",
        "brain buzzing",
        "5 March 1985",
        "手術は必要ですか",
        "tel:+525512345678",
    ):
        assert shown in page
    relation = page[page.index("Your relationship to the patient") :]
    assert "not asked" in relation[:200]


def test_what_was_not_asked_and_what_was_left_out_are_told_apart(clinic: Clinic, sign_in: SignIn) -> None:
    left_open = LeftOpen(("active_infection",), ("best_time",))
    answers = {name: value for name, value in ANSWERS.items() if name not in ("active_infection", "best_time")}
    reference = another(clinic, 5, answers=answers, left_open=left_open)
    page = sign_in(Role.COORDINATOR).open(f"/requests/{reference}")
    assert "not asked" in page[page.index("Infection now") :][:200]
    # Its name stands beside the ways to reach her as well.
    assert "left out by the patient" in page[page.rindex("Best time to reach you") :][:200]


def test_what_a_patient_wrote_is_text_and_never_markup(clinic: Clinic, sign_in: SignIn) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    reference = another(clinic, 4, answers={**ANSWERS, "full_name": evil, "question_for_doctor": evil, "email": evil})
    visitor = sign_in(Role.LEAD)
    for page in (visitor.open("/queue"), visitor.open(f"/requests/{reference}")):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_the_patients_own_words_stand_beside_the_answer_where_they_tell_more(clinic: Clinic, reference: str) -> None:
    with clinic.unit_of_work() as uow:
        stored = uow.requests.get(reference)
    assert stored is not None
    labels, _ = Labels.read(clinic.settings.questionnaire_path)
    told = replace(stored, words={"diagnosis_status": "my rheumatologist said so in 2015", "allergies": "penicillin"})
    answers = {answer.question_id: answer for _, found in sections_of(told, labels) for answer in found}
    assert answers["diagnosis_status"].words == "my rheumatologist said so in 2015"
    assert answers["allergies"].words == ""


def test_a_note_a_call_and_a_move_are_stored(clinic: Clinic, sign_in: SignIn, reference: str) -> None:
    visitor = sign_in(Role.COORDINATOR)
    here = f"/requests/{reference}"
    for form, fields in (
        ("claim", {}),
        ("call", {"outcome": "no_answer", "text": "rang twice"}),
        ("note", {"text": "call at nine"}),
        ("move", {"status": "in_review"}),
    ):
        version = version_on(visitor.open(here))
        assert visitor.submit(f"{here}/{form}", version=version, **fields).status_code == 303
    page = visitor.open(here)
    for shown in ("With coordinator", "No answer", "rang twice", "call at nine", "In review"):
        assert shown in page
    assert "No answer, " in visitor.open("/queue")
    answer = visitor.submit(f"{here}/move", version=version_on(page), status="completed")
    assert (answer.status_code, "cannot become completed" in answer.text) == (409, True)


@pytest.mark.parametrize("form", ["note", "call"])
def test_who_is_second_keeps_the_text_and_reads_the_first_one_s(
    form: str, clinic: Clinic, sign_in: SignIn, reference: str
) -> None:
    visitor, here = sign_in(Role.COORDINATOR), f"/requests/{reference}"
    version = version_on(visitor.open(here))
    add_note(BEN, clinic.unit_of_work(), reference, "theirs: at the hospital", datetime.now(UTC))
    fields = {"text": "mine: left a message", "outcome": "voicemail"}
    answer = visitor.submit(f"{here}/{form}", version=version, **fields)
    assert answer.status_code == 409
    for shown in ("Ben was faster", "theirs: at the hospital", "mine: left a message", "Nothing was overwritten"):
        assert shown in answer.text
    again = version_on(answer.text)
    assert again != version
    assert visitor.submit(f"{here}/{form}", version=again, **fields).status_code == 303
    page = visitor.open(here)
    assert "theirs: at the hospital" in page
    assert "mine: left a message" in page


def test_an_admin_hands_out_a_password_that_is_shown_once(sign_in: SignIn, visit: Visit) -> None:
    admin = sign_in(Role.ADMIN)
    page = admin.submit("/accounts", name="New.One", role="coordinator").text
    password = re.search(r'<code class="secret">([^<]+)</code>', page)
    assert password
    assert password[1] not in admin.open("/accounts")
    visitor = visit()
    visitor.open("/sign-in")
    assert visitor.submit("/sign-in", name="new.one", password=password[1]).status_code == 303
    assert admin.submit("/accounts", name="New.One", role="coordinator").status_code == 422
    assert "another admin" in admin.submit("/accounts/admin/close").text


def test_an_authenticator_app_is_set_up_by_its_code_and_asked_for_afterwards(
    clinic: Clinic, sign_in: SignIn, visit: Visit
) -> None:
    visitor = sign_in(Role.CLINICIAN)
    found = re.search(r'name="secret" value="([A-Z2-7]+)"', visitor.open("/account"))
    assert found
    secret = found[1]
    step = int(datetime.now(UTC).timestamp())
    wrong = visitor.submit("/account/app", present=PASSWORD, secret=secret, code="000000")
    assert (wrong.status_code, secret[:8] in wrong.text) == (422, True)
    code = _totp(secret).generate(step).decode()
    assert visitor.submit("/account/app", present="not the password", secret=secret, code=code).status_code == 422
    done = visitor.submit("/account/app", present=PASSWORD, secret=secret, code=code)
    recovery = re.findall(r"<code>([2-9A-Z]{5}-[2-9A-Z]{5})</code>", done.text)
    assert (done.status_code, len(set(recovery))) == (200, 10)
    assert visitor.get("/account").status_code == 303, "signed out"
    other = visit()
    other.open("/sign-in")
    assert other.submit("/sign-in", name="clinician", password=PASSWORD).status_code == 401
    assert other.submit("/sign-in", name="clinician", password=PASSWORD, code=code).status_code == 401, "used already"
    later = _totp(secret).generate(step + 30).decode()
    assert other.submit("/sign-in", name="clinician", password=PASSWORD, code=later).status_code == 303
    assert "10 recovery codes are left" in other.open("/account")
    lost = visit()
    lost.open("/sign-in")
    typed = recovery[3].lower().replace("-", " ")
    assert lost.submit("/sign-in", name="clinician", password=PASSWORD, recovery=typed).status_code == 303
    assert "9 recovery codes are left" in lost.open("/account")
    with clinic.unit_of_work() as uow:
        signed_in = [entry.details["reason"] for entry in uow.audit.entries() if entry.act is Act.SIGNED_IN]
    assert signed_in == ["password", "password", "recovery_code"]


def test_the_picture_for_the_app_holds_the_secret_that_is_typed(sign_in: SignIn) -> None:
    page = sign_in(Role.LEAD).open("/account")
    address = html.unescape(re.search(r'href="(otpauth:[^"]+)"', page)[1])  # type: ignore[index]
    wanted = segno.make(address, error="m").svg_inline(scale=4, border=4, light="#fff")
    assert wanted in page
    assert re.search(r'name="secret" value="([A-Z2-7]+)"', page)[1] in address  # type: ignore[index]


def test_a_changed_password_ends_every_session(sign_in: SignIn, visit: Visit) -> None:
    visitor, elsewhere = sign_in(Role.LEAD), sign_in(Role.LEAD)
    new = "another long pass phrase"
    assert visitor.submit("/account/password", present="wrong", wanted=new, again=new).status_code == 422
    assert visitor.submit("/account/password", present=PASSWORD, wanted=new, again=new).status_code == 303
    assert elsewhere.get("/queue").status_code == 303
    other = visit()
    other.open("/sign-in")
    assert other.submit("/sign-in", name="lead", password=PASSWORD).status_code == 401
    assert other.submit("/sign-in", name="lead", password=new).status_code == 303


def test_an_auditor_reads_the_trail_of_one_request_and_checks_it_all(
    clinic: Clinic, sign_in: SignIn, reference: str
) -> None:
    sign_in(Role.COORDINATOR).open(f"/requests/{reference}")
    auditor = sign_in(Role.AUDITOR)
    page = auditor.open("/audit", params={"reference": reference})
    assert "viewed" in page
    assert "signed in" not in page
    assert "The audit is whole" in auditor.submit("/audit/check").text


def test_codes_are_checked_by_the_service() -> None:
    assert TotpCodes().step_of(TotpCodes().new_secret(), "000", datetime.now(UTC), 0) is None


def test_the_chat_is_read_with_the_bots_key_and_noted(
    clinic: Clinic, sign_in: SignIn, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, here = generate_key(), f"/requests/{reference}/chat"
    visitor = sign_in(Role.COORDINATOR)
    assert "not kept any more" in visitor.open(here)
    monkeypatch.setenv("MARROW_TRACKER_KEY", key)
    with sqlite3.connect(clinic.settings.data_dir / "conversations.db") as bots:
        bots.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id, type_name, timestamp, data)")
        for sender, kind, said in (
            ("whatsapp:+525512345678", "user", "my hands hurt <b>"),
            ("whatsapp:+525512345678", "bot", "Since when?"),
            ("whatsapp:+525512345678", "slot", "of a slot"),
            ("somebody else", "user", "not hers"),
        ):
            data = Keyring([key]).encrypt(json.dumps({"text": said}))
            bots.execute("INSERT INTO events VALUES (NULL, ?, ?, 1764000000, ?)", (sender, kind, data))
    page = visitor.open(here)
    assert page.index("my hands hurt &lt;b&gt;") < page.index("Since when?")
    assert "of a slot" not in page
    assert "not hers" not in page
    with clinic.unit_of_work() as uow:
        last = list(uow.audit.entries(reference))[-1]
    assert (last.actor.id, last.details) == ("coordinator", {"reason": "transcript"})


def test_a_lead_hands_over_and_erases_one_person_s_data(clinic: Clinic, sign_in: SignIn, reference: str) -> None:
    lead = sign_in(Role.LEAD)
    here = f"/requests/{reference}/person"
    assert here in lead.open(f"/requests/{reference}")
    other = another(clinic, 6)
    assert other in lead.open(here)
    exported = lead.submit(f"{here}/export", layout="json", others=other)
    assert 'attachment; filename="' in exported.headers["content-disposition"]
    assert [each["reference"] for each in json.loads(exported.text)["requests"]] == [reference, other]
    assert "Ana Ruíz Peñalosa" in lead.submit(f"{here}/export", layout="html").text
    refused = lead.submit(f"{here}/erase", retyped=other)
    assert (refused.status_code, "nothing was erased" in refused.text) == (422, True)
    receipt = lead.submit(f"{here}/erase", retyped=reference)
    assert (receipt.status_code, "Receipt E-" in receipt.text) == (200, True)
    assert not any(secret in receipt.text for secret in ("Ana", "Peñalosa", "example.org", "5512345678"))
    page = lead.open(f"/requests/{reference}")
    assert "was erased by lead" in page
    assert "Ana" not in page
    assert lead.submit(f"{here}/erase", retyped=reference).status_code == 404
    with clinic.unit_of_work() as uow:
        assert uow.requests.get(other).answers  # type: ignore[union-attr]


def test_an_admin_erases_without_seeing_who_it_is_and_reads_what_is_past_its_time(
    clinic: Clinic, sign_in: SignIn, reference: str
) -> None:
    another(clinic, 7)
    admin = sign_in(Role.ADMIN)
    assert admin.get("/person", params={"reference": "MR-0000"}).status_code == 422
    lead_on = admin.get("/person", params={"reference": reference.lower()}).headers["location"]
    page = admin.open(lead_on)
    assert "Perhaps the same person" in page
    assert "Export to read" not in page
    assert admin.submit(f"{lead_on}/export", layout="json").status_code == 403
    assert "Unsent intakes" in admin.open("/retention")
    admin.open(lead_on)
    assert "Receipt E-" in admin.submit(f"{lead_on}/erase", retyped=reference).text
