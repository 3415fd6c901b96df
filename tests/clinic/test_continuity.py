"""An intake goes on elsewhere by its code and the date of birth, and by nothing else."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text

from clinic.domain.audit import Act
from clinic.domain.codes import code_from, normalise_code
from clinic.domain.reference import find_reference, new_reference
from clinic.errors import IntakeMoved, TooManyAttempts
from clinic.keys import Keyring, generate_key
from clinic.service.continuity import resume_code, take_over
from clinic.service.lookup import LookupLimiter, withdraw_request
from clinic.service.submission import discard_draft, load_draft, save_draft, submit_request
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.database import Database
from clinic.storage.rotation import rotate_keys
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, BORN, NOW, submission

INTAKE = "a" * 32
STATE = {"answers": dict(ANSWERS), "control": {"intake_id": INTAKE}, "born": BORN.isoformat()}
CODES = json.loads((Path(__file__).resolve().parents[1] / "codes.json").read_text(encoding="utf-8"))


@pytest.fixture
def limiter(keyring: Keyring) -> LookupLimiter:
    return LookupLimiter(keyring, "100 per minute", "100 per minute")


def kept(uow: UnitOfWork, conversation: str = "phone", intake: str = INTAKE) -> str:
    save_draft(uow, intake, conversation, "website", STATE, NOW)
    code = resume_code(uow, intake)
    assert code is not None
    return code


@pytest.mark.parametrize("row", range(len(CODES["codes"])))
def test_codes_are_read_however_they_are_typed(row: int) -> None:
    typed, code = CODES["codes"][row]
    assert normalise_code(typed) == code


@pytest.mark.parametrize("row", range(len(CODES["none"])))
def test_other_words_are_no_codes(row: int) -> None:
    assert normalise_code(CODES["none"][row]) is None


@given(st.integers(min_value=0, max_value=2**256 - 1))
def test_a_code_is_its_own_reading_and_never_a_reference(number: int) -> None:
    code = code_from(lambda attempt: f"{(number + int(attempt) * 2**200) % 2**256:064x}")
    assert re.fullmatch(r"[2-9CFHJKMNPQRTVWXY]{5}-[2-9CFHJKMNPQRTVWXY]{5}", code)
    assert normalise_code(f"my code is {code.lower().replace('-', ' ')}, ok?") == code
    assert find_reference(code) is None
    assert normalise_code(new_reference()) is None


def test_the_code_and_the_date_take_the_intake_along(any_uow: UnitOfWork, limiter: LookupLimiter) -> None:
    code = kept(any_uow)
    taken = take_over(any_uow, limiter, code.lower(), BORN, "laptop", "rest", NOW)
    assert taken is not None
    assert (taken.state, taken.conversation_id, taken.channel) == (STATE, "laptop", "rest")
    assert taken.earlier_conversations == ("phone",)


def test_the_same_code_comes_each_time_and_both_ways(any_uow: UnitOfWork, limiter: LookupLimiter) -> None:
    code = kept(any_uow)
    assert take_over(any_uow, limiter, code, BORN, "laptop", "rest", NOW)
    assert resume_code(any_uow, INTAKE) == code
    back = take_over(any_uow, limiter, code, BORN, "phone", "website", NOW)
    assert back is not None
    assert (back.conversation_id, back.earlier_conversations) == ("phone", ("laptop",))


def test_the_chat_before_can_neither_write_nor_send(any_uow: UnitOfWork, limiter: LookupLimiter) -> None:
    take_over(any_uow, limiter, kept(any_uow), BORN, "laptop", "rest", NOW)
    with pytest.raises(IntakeMoved):
        save_draft(any_uow, INTAKE, "phone", "website", {**STATE, "answers": {}}, NOW)
    with pytest.raises(IntakeMoved):
        submit_request(any_uow, submission(INTAKE, conversation_id="phone"), NOW)
    request = submit_request(any_uow, submission(INTAKE, conversation_id="laptop"), NOW)
    with pytest.raises(IntakeMoved):
        save_draft(any_uow, INTAKE, "phone", "website", STATE, NOW)
    assert request.conversations == ("phone", "laptop")


@pytest.mark.parametrize("wrong", ["code", "date", "both", "words"])
def test_a_wrong_code_and_a_wrong_date_get_the_same_answer(
    any_uow: UnitOfWork, limiter: LookupLimiter, wrong: str
) -> None:
    code = kept(any_uow)
    typed = {"date": code, "words": "no code"}.get(wrong, CODES["codes"][0][1])
    born = BORN if wrong == "code" else BORN + timedelta(days=1)
    assert take_over(any_uow, limiter, typed, born, "stranger", "rest", NOW) is None
    draft = load_draft(any_uow, INTAKE)
    assert draft is not None
    assert draft.conversation_id == "phone"
    with any_uow:
        noted = list(any_uow.audit.entries())
    assert [entry.act for entry in noted] == [Act.LOOKUP_FAILED]


def test_attempts_are_counted_for_a_chat_and_for_a_code_whoever_asks(any_uow: UnitOfWork, keyring: Keyring) -> None:
    code, wrong = kept(any_uow), BORN + timedelta(days=1)
    by_chat = LookupLimiter(keyring, "2 per minute", "100 per minute")
    for other in CODES["codes"][:2]:
        take_over(any_uow, by_chat, other[1], wrong, "stranger", "rest", NOW)
    with pytest.raises(TooManyAttempts):
        take_over(any_uow, by_chat, code, BORN, "stranger", "rest", NOW)
    by_code = LookupLimiter(keyring, "100 per minute", "2 per minute")
    for number in range(2):
        take_over(any_uow, by_code, code, wrong, f"stranger {number}", "rest", NOW)
    with pytest.raises(TooManyAttempts):
        take_over(any_uow, by_code, code, BORN, "another stranger", "rest", NOW)


def test_there_is_no_code_before_the_date_of_birth_is_known(any_uow: UnitOfWork) -> None:
    assert resume_code(any_uow, INTAKE) is None
    save_draft(any_uow, INTAKE, "phone", "website", {**STATE, "born": None}, NOW)
    assert resume_code(any_uow, INTAKE) is None


def test_a_corrected_date_of_birth_is_the_one_that_counts(any_uow: UnitOfWork, limiter: LookupLimiter) -> None:
    code, corrected = kept(any_uow), BORN + timedelta(days=40)
    save_draft(any_uow, INTAKE, "phone", "website", {**STATE, "born": corrected.isoformat()}, NOW)
    assert take_over(any_uow, limiter, code, BORN, "laptop", "rest", NOW) is None
    assert take_over(any_uow, limiter, code, corrected, "laptop", "rest", NOW)


@pytest.mark.parametrize("end", ["sent", "cancelled", "expired", "withdrawn"])
def test_the_code_ends_with_the_draft(any_uow: UnitOfWork, limiter: LookupLimiter, end: str) -> None:
    code = kept(any_uow)
    if end == "cancelled":
        discard_draft(any_uow, INTAKE, NOW)
    elif end == "expired":
        with any_uow:
            any_uow.drafts.remove_untouched_since(NOW + timedelta(days=1))
            any_uow.commit()
    else:
        request = submit_request(any_uow, submission(INTAKE, conversation_id="phone"), NOW)
        if end == "withdrawn":
            # Another intake is begun in the same chat: it goes as well.
            code = kept(any_uow, intake="b" * 32)
            withdraw_request(any_uow, limiter, request.reference, BORN, "phone", NOW)
    assert take_over(any_uow, limiter, code, BORN, "laptop", "rest", NOW) is None


def test_a_withdrawal_names_every_chat_the_intake_came_from(any_uow: UnitOfWork, limiter: LookupLimiter) -> None:
    take_over(any_uow, limiter, kept(any_uow), BORN, "laptop", "rest", NOW)
    request = submit_request(any_uow, submission(INTAKE, conversation_id="laptop"), NOW)
    withdrawal = withdraw_request(any_uow, limiter, request.reference, BORN, "tablet", NOW)
    assert withdrawal is not None
    assert withdrawal.conversations == ("phone", "laptop")
    assert withdrawal.request.conversations == ()


def test_neither_code_nor_date_nor_chats_stand_in_the_database(
    uow: SqlAlchemyUnitOfWork, database: Database, limiter: LookupLimiter
) -> None:
    code = kept(uow, conversation="whatsapp:+525512345678")
    take_over(uow, limiter, code, BORN, "laptop", "rest", NOW)
    with database.engine.connect() as connection:
        stored = " ".join(map(str, connection.execute(text("SELECT * FROM intake_drafts")).tuples()))
    for secret in (code, code.replace("-", ""), BORN.isoformat(), "+525512345678"):
        assert secret not in stored


def test_a_code_outlives_a_change_of_the_key(database_url: str, open_database, trail) -> None:  # type: ignore[no-untyped-def]
    old, new = generate_key(), generate_key()
    code = kept(SqlAlchemyUnitOfWork(open_database(database_url, Keyring([old]))))
    both = open_database(database_url, Keyring([new, old]))
    assert resume_code(SqlAlchemyUnitOfWork(both), INTAKE) == code
    rotate_keys(both)
    rotated = Keyring([new])
    limits = LookupLimiter(rotated, "100 per minute", "100 per minute")
    uow = SqlAlchemyUnitOfWork(open_database(database_url, rotated))
    assert take_over(uow, limits, code, BORN, "laptop", "rest", NOW)


def test_asking_for_the_code_again_writes_nothing(uow: SqlAlchemyUnitOfWork, database: Database) -> None:
    code = kept(uow)
    written: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_c, _k, statement, *_rest):  # type: ignore[no-untyped-def]
        written.extend([statement] if statement.split()[0] in ("INSERT", "UPDATE", "DELETE") else [])

    assert resume_code(uow, INTAKE) == code
    assert written == []
