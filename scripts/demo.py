"""Made-up requests and accounts for a look at the desk: `MARROW_DEMO=1 make run`.

Nobody in here exists. Nothing is added to a database that holds a request already, and nothing in production.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clinic.bootstrap import Clinic, bootstrap
from clinic.credentials import Argon2Passwords
from clinic.domain.accounts import new_password
from clinic.domain.actors import Actor, Role
from clinic.domain.asked import BIRTH_DATE, Asked
from clinic.domain.casework import CallOutcome
from clinic.domain.requests import Consent, SafetyEvent
from clinic.domain.statuses import RequestStatus
from clinic.errors import MarrowError
from clinic.intake.model.questionnaire import Questionnaire
from clinic.service.accounts import create_account, list_accounts
from clinic.service.requests import add_note, change_status, claim_request, list_requests, log_call
from clinic.service.submission import Submission, submit_request

OPERATOR = Actor("os:demo", Role.OPERATOR)
TEAM = {"carla": Role.COORDINATOR, "bruno": Role.COORDINATOR, "ines": Role.LEAD, "otto": Role.AUDITOR}


@dataclass(frozen=True)
class Patient:
    """One made-up patient: who, where, how long ago, and what differs from the answers of all."""

    name: str
    country: str
    phone: str
    hours_ago: float
    answers: Mapping[str, Any]
    alarm: str = ""


_COMMON: Mapping[str, Any] = {
    "consent_privacy": "yes",
    "for_whom": "self",
    "sex": "female",
    "preferred_contact": "phone",
    "best_time": "morning",
    "language": "English",
    "diagnosis_status": "confirmed",
    "lupus_type": "sle",
    "symptoms": [
        {"code": "fatigue", "text": "so tired that I lie down at noon"},
        {"code": "joint_pain", "text": "sore hands"},
    ],
    "organ_involvement": ["none"],
    "current_medications": [{"code": "hydroxychloroquine", "text": "Plaquenil"}],
    "past_treatments": [],
    "allergies": "none",
    "active_infection": "no",
    "cancer_history": "no",
    "therapy_interest": "msc",
    "records_available": ["labs"],
    "consent_contact": "yes",
}
PATIENTS = (
    Patient("Ana Ruiz Peñalosa", "MX", "+525512345678", 1.5, {
        "date_of_birth": "1985-03-05", "timeframe": "asap", "diagnosis_year": 2015, "language": "Spanish",
        "organ_involvement": ["kidneys"], "allergies": "penicillin (rash)", "preferred_contact": "whatsapp",
        "question_for_doctor": "My kidneys have been worse since June. Can I travel with this?",
    }, alarm="chest_pain"),
    Patient("Chidi Okafor", "NG", "+2348031234567", 30, {
        "date_of_birth": "1991-11-20", "timeframe": "asap", "sex": "male", "diagnosis_year": 2019,
        "active_infection": "yes", "question_for_doctor": "How long would I have to stay?",
    }),
    Patient("Margarethe Sørensen", "DK", "+4532123456", 20, {
        "date_of_birth": "1967-07-02", "timeframe": "1_3_months", "cancer_history": "not_sure", "diagnosis_year": 1999,
    }),
    Patient("Lina Haddad", "JO", "+962791234567", 18, {
        "date_of_birth": "2001-01-14", "timeframe": "3_6_months", "language": "Arabic", "diagnosis_status": "suspected",
        "pregnancy": "not_sure",
    }),
    Patient("Thomas Weber", "DE", "+4915112345678", 6, {
        "date_of_birth": "1979-09-30", "timeframe": "exploring", "sex": "male", "preferred_contact": "email",
        "for_whom": "someone_else", "relationship": "partner",
    }),
    Patient("Nguyễn Thị Hoa", "VN", "+84912345678", 4, {
        "date_of_birth": "1988-05-23", "timeframe": "asap", "language": "Vietnamese",
        "organ_involvement": ["skin", "joints"],
    }),
    Patient("Priya Raman", "IN", "+919812345678", 70, {
        "date_of_birth": "1994-12-01", "timeframe": "1_3_months", "therapy_interest": "not_sure",
    }),
    Patient("Emily Carter", "US", "+12025550142", 96, {
        "date_of_birth": "1990-02-17", "timeframe": "later", "records_available": ["labs", "letters"],
    }),
    Patient("Ana Ruiz", "MX", "+525512345678", 400, {"date_of_birth": "1985-03-05", "timeframe": "later"}),
)  # fmt: skip


def asked_by(path: Path) -> Asked:
    """Return what the questions of a questionnaire are for."""
    questionnaire = Questionnaire.load(path)
    return Asked(
        birth_date=BIRTH_DATE,
        privacy_consent=questionnaire.with_role("privacy_consent").id,
        points=questionnaire.prescreened,
    )


def submissions(now: datetime, asked: Asked) -> Iterator[tuple[datetime, Submission]]:
    """Yield the made-up intakes with the moments at which they are sent."""
    for number, patient in enumerate(PATIENTS):
        sent = now - timedelta(hours=patient.hours_ago)
        first = patient.name.split()[0].encode("ascii", "ignore").decode().lower() or "patient"
        answers = {
            **_COMMON, "full_name": patient.name, "country": patient.country, "phone": patient.phone,
            "email": f"{first}{number}@example.org", "destination": [patient.country], **patient.answers,
        }  # fmt: skip
        yield (
            sent,
            Submission(
                intake_id=f"{number:032x}",
                conversation_id=f"demo-{number}",
                channel="website",
                locale="en",
                questionnaire_version="1",
                answers=answers,
                consents=tuple(Consent(f"consent_{what}", "2026-11", "yes", sent) for what in ("privacy", "contact")),
                asked=asked,
                safety_events=(SafetyEvent("emergency", patient.alarm, sent),) if patient.alarm else (),
            ),
        )


def fill(clinic: Clinic, now: datetime) -> int:
    """Add the made-up requests, some of them in work, unless there are requests already; return how many."""
    uow = clinic.unit_of_work
    if list_requests(OPERATOR, uow(), now):
        return 0
    asked = asked_by(clinic.settings.questionnaire_path)
    sent = [submit_request(uow(), each, moment, clinic.deadlines) for moment, each in submissions(now, asked)]
    bruno = Actor("bruno", Role.COORDINATOR)
    third, seventh, eighth, old = (sent[place].reference for place in (2, 6, 7, 8))
    claim_request(bruno, uow(), third, now)
    change_status(bruno, uow(), third, RequestStatus.IN_REVIEW, now, due=clinic.deadlines.due)
    claim_request(bruno, uow(), seventh, now)
    log_call(bruno, uow(), seventh, CallOutcome.NO_ANSWER, "Rang out twice.", now)
    add_note(bruno, uow(), seventh, "Asked for a morning call; it is evening there. Try at 9 her time.", now)
    change_status(bruno, uow(), eighth, RequestStatus.CONTACTED, now)
    change_status(bruno, uow(), old, RequestStatus.DECLINED, now)
    return len(sent)


def add_team(clinic: Clinic, now: datetime, team: Mapping[str, Role]) -> dict[str, str]:
    """Make the accounts that are not there yet; return their passwords."""
    known = {account.name for account in list_accounts(OPERATOR, clinic.unit_of_work(), now)}
    made: dict[str, str] = {}
    for name, role in team.items():
        if name not in known:
            made[name] = new_password()
            create_account(OPERATOR, clinic.unit_of_work(), Argon2Passwords(), name, role, made[name], now)
    return made


def main(arguments: list[str] | None = None) -> None:
    """Fill the database that the settings name, and print the passwords of the accounts that were made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--admin-only", action="store_true", help="make the first admin of an empty desk, and nothing else"
    )
    admin_only = parser.parse_args(arguments).admin_only
    try:
        clinic = bootstrap()
        if clinic.settings.environment == "production":
            sys.exit("There are no made-up patients in a production.")
        now = datetime.now(UTC)
        staffed = bool(list_accounts(OPERATOR, clinic.unit_of_work(), now))
        team = {} if staffed else {"admin": Role.ADMIN}
        if not admin_only:
            fill(clinic, now)
            team |= TEAM
        made = add_team(clinic, now, team)
    except MarrowError as error:
        sys.exit(f"The demo cannot be filled in: {error}")
    for name, password in made.items():
        print(f"{name:<8} {team[name]:<12} {password}")


if __name__ == "__main__":
    main()
