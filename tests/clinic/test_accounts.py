"""Accounts, signing in and sessions: who may make them, what a guess is worth, and when a session is over."""

import base64
import hashlib
import hmac
import struct
import time
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from clinic.bootstrap import bootstrap
from clinic.cli import app
from clinic.credentials import Argon2Passwords, TotpCodes
from clinic.domain.accounts import Account, new_recovery_codes, recovery_digest
from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act
from clinic.errors import AccessRefused, AccountProblem, SignInFailed, TooManyAttempts
from clinic.keys import Keyring, generate_key
from clinic.service.accounts import change_role, close_account, create_account, enrol, list_accounts, set_password
from clinic.service.limits import AttemptLimiter
from clinic.service.sign_in import IDLE, LIMITS, LONGEST, SignedIn, actor_of, sign_in, sign_out
from clinic.service.unit_of_work import UnitOfWork

from .builders import NOW, STAFF
from .fakes import FakeUnitOfWork

ADMIN = Actor("ada", Role.ADMIN)
PASSWORD = "a long walk in the rain"
ADDRESS = "10.0.0.7"
CODES, ARGON = TotpCodes(), Argon2Passwords()


class QuickPasswords:
    """As slow as the real one is on purpose, tests would be; this one is as exact."""

    def hash(self, password: str) -> str:
        return hashlib.sha256(password.encode()).hexdigest()

    def fits(self, password: str, hashed: str) -> bool:
        return hmac.compare_digest(self.hash(password), hashed)


QUICK = QuickPasswords()


@pytest.fixture
def limiter(keyring: Keyring) -> AttemptLimiter:
    return AttemptLimiter(keyring, LIMITS)


@pytest.fixture
def staffed(any_uow: UnitOfWork) -> UnitOfWork:
    create_account(ADMIN, any_uow, QUICK, "rosa", Role.LEAD, PASSWORD, NOW)
    return any_uow


def enter(
    uow: UnitOfWork, limiter: AttemptLimiter, name: str = "rosa", password: str = PASSWORD, code: str = "",
    now: object = NOW,
) -> SignedIn:  # fmt: skip
    return sign_in(uow, limiter, QUICK, CODES, name, password, code, ADDRESS, now)  # type: ignore[arg-type]


def acts(uow: UnitOfWork) -> list[tuple[Act, str]]:
    with uow:
        return [(entry.act, entry.actor.id) for entry in uow.audit.entries()]


def test_who_signs_in_is_known_by_the_token_until_signing_out(staffed: UnitOfWork, limiter: AttemptLimiter) -> None:
    entered = enter(staffed, limiter, name=" Rosa ")
    assert (entered.actor.id, entered.actor.role, entered.actor.address) == ("rosa", Role.LEAD, ADDRESS)
    assert actor_of(staffed, entered.token, ADDRESS, NOW) == entered.actor
    assert actor_of(staffed, "another token", ADDRESS, NOW) is None
    sign_out(entered.actor, staffed, NOW)
    assert actor_of(staffed, entered.token, ADDRESS, NOW) is None
    assert acts(staffed) == [(Act.ACCOUNT_CHANGED, "ada"), (Act.SIGNED_IN, "rosa"), (Act.SIGNED_OUT, "rosa")]


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [("rosa", "wrong", "rosa"), ("nobody", PASSWORD, "unknown"), (PASSWORD, "rosa", "unknown"), ("", "", "unknown")],
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike_and_audited_without_what_was_typed(
    staffed: UnitOfWork, limiter: AttemptLimiter, name: str, password: str, told: str
) -> None:
    with pytest.raises(SignInFailed, match=r"^name, password or code are wrong$"):
        enter(staffed, limiter, name, password)
    assert acts(staffed)[1:] == [(Act.SIGN_IN_FAILED, told)]


def test_a_name_may_be_tried_five_times_and_then_even_the_right_password_waits(
    staffed: UnitOfWork, limiter: AttemptLimiter
) -> None:
    for _ in range(5):
        with pytest.raises(SignInFailed):
            enter(staffed, limiter, password="wrong")
    with pytest.raises(TooManyAttempts) as caught:
        enter(staffed, limiter)
    assert 800 < caught.value.retry_after <= 901


def test_an_address_may_not_try_many_names(memory: FakeUnitOfWork, limiter: AttemptLimiter) -> None:
    for number in range(30):
        with pytest.raises(SignInFailed):
            enter(memory, limiter, name=f"person{number}")
    with pytest.raises(TooManyAttempts):
        enter(memory, limiter, name="person31")


def test_with_an_authenticator_app_the_password_alone_is_not_enough_and_no_code_works_twice(
    staffed: UnitOfWork, keyring: Keyring
) -> None:
    secret = enrol(ADMIN, staffed, CODES, "rosa", NOW).secret
    code = code_at(secret, NOW.timestamp())
    for wrong in ("", "000000" if code != "000000" else "111111", "abcdef", "é" * 6):
        with pytest.raises(SignInFailed):
            enter(staffed, AttemptLimiter(keyring, LIMITS), code=wrong)
    limiter = AttemptLimiter(keyring, LIMITS)
    assert enter(staffed, limiter, code=f"{code[:3]} {code[3:]}").actor.id == "rosa"
    with pytest.raises(SignInFailed):
        enter(staffed, limiter, code=code)
    later = NOW + timedelta(seconds=30)
    assert enter(staffed, limiter, code=code_at(secret, later.timestamp()), now=later).actor.id == "rosa"


def test_a_session_ends_when_nobody_uses_it_and_at_the_end_of_the_day(
    staffed: UnitOfWork, limiter: AttemptLimiter
) -> None:
    token = enter(staffed, limiter).token
    now = NOW
    while now < NOW + LONGEST - IDLE:
        now += IDLE - timedelta(seconds=1)
        assert actor_of(staffed, token, ADDRESS, now) is not None
    assert actor_of(staffed, token, ADDRESS, NOW + LONGEST) is None
    token = enter(staffed, limiter).token
    assert actor_of(staffed, token, ADDRESS, NOW + IDLE) is None


@pytest.mark.parametrize("change", ["role", "close", "password", "totp"])
def test_a_change_of_the_account_ends_its_sessions(staffed: UnitOfWork, limiter: AttemptLimiter, change: str) -> None:
    create_account(ADMIN, staffed, QUICK, "ben", Role.CLINICIAN, PASSWORD, NOW)
    token, other = enter(staffed, limiter).token, enter(staffed, limiter, name="ben").token
    if change == "role":
        assert change_role(ADMIN, staffed, "rosa", Role.CLINICIAN, NOW).role is Role.CLINICIAN
    elif change == "close":
        close_account(ADMIN, staffed, "rosa", NOW)
        with pytest.raises(SignInFailed):
            enter(staffed, limiter)
    elif change == "password":
        set_password(ADMIN, staffed, QUICK, "rosa", "another walk, in the snow", NOW)
        with pytest.raises(SignInFailed):
            enter(staffed, limiter)
    else:
        enrol(ADMIN, staffed, CODES, "rosa", NOW)
    assert actor_of(staffed, token, ADDRESS, NOW) is None
    assert actor_of(staffed, other, ADDRESS, NOW) is not None


def test_only_who_may_manage_accounts_does(memory: FakeUnitOfWork) -> None:
    for actor in (STAFF, Actor("otto", Role.AUDITOR), Actor("ana", Role.COORDINATOR)):
        with pytest.raises(AccessRefused):
            create_account(actor, memory, QUICK, "eve", Role.LEAD, PASSWORD, NOW)
        with pytest.raises(AccessRefused):
            change_role(actor, memory, actor.id, Role.ADMIN, NOW)
        with pytest.raises(AccessRefused):
            list_accounts(actor, memory, NOW)
    assert memory.stored.accounts == {}


@pytest.mark.parametrize(
    ("name", "role", "password", "said"),
    [
        ("Rosa M", Role.LEAD, PASSWORD, "a name has"),
        ("x", Role.LEAD, PASSWORD, "a name has"),
        ("rosa", Role.SYSTEM, PASSWORD, "role is one of"),
        ("rosa", Role.PATIENT, PASSWORD, "role is one of"),
        ("rosa", Role.OPERATOR, PASSWORD, "role is one of"),
        ("rosa", Role.LEAD, "short", "12 to 200"),
        ("rosa", Role.LEAD, "x" * 300, "12 to 200"),
        ("rosa", Role.LEAD, "aaaaaaaaaaaaaaaa", "repeat few"),
        ("rosa", Role.LEAD, "my name is rosa", "the account's name"),
    ],
)
def test_an_account_that_cannot_be_is_said(
    memory: FakeUnitOfWork, name: str, role: Role, password: str, said: str
) -> None:
    with pytest.raises(AccountProblem, match=said):
        create_account(ADMIN, memory, QUICK, name, role, password, NOW)


def test_a_name_is_one_persons(staffed: UnitOfWork) -> None:
    with pytest.raises(AccountProblem, match="already"):
        create_account(ADMIN, staffed, QUICK, "rosa", Role.CLINICIAN, PASSWORD, NOW)
    with pytest.raises(AccountProblem, match="no account nobody"):
        close_account(ADMIN, staffed, "nobody", NOW)


def test_passwords_are_kept_as_argon2_and_no_two_hashes_are_alike() -> None:
    one, other = ARGON.hash(PASSWORD), ARGON.hash(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert ARGON.fits(PASSWORD, one)
    assert not ARGON.fits(f"{PASSWORD} ", one)
    assert not ARGON.fits(PASSWORD, "no hash")


def code_at(secret: str, seconds: float) -> str:
    """The code of RFC 6238, computed anew from its text."""
    step = struct.pack(">Q", int(seconds) // 30)
    digest = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.mark.parametrize("seconds", [59, 1111111109, 1234567890, 2000000000])
def test_codes_are_those_of_the_standard(seconds: int) -> None:
    """The secret of RFC 6238's appendix B; its codes there have eight digits, of which apps show the last six."""
    known = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert code_at(secret, seconds) == known[seconds]
    moment = NOW.fromtimestamp(seconds, NOW.tzinfo)
    assert CODES.step_of(secret, known[seconds], moment, after=0) == seconds // 30
    assert CODES.step_of(secret, known[seconds], moment + timedelta(seconds=29), after=0) == seconds // 30
    assert CODES.step_of(secret, known[seconds], moment + timedelta(seconds=90), after=0) is None


def test_the_command_line_makes_an_account_that_can_sign_in(keyring: Keyring) -> None:
    clinic = bootstrap()
    clinic.database.ready()
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    made = CliRunner().invoke(app, ["accounts", "add", "rosa", "--role", "lead"], input=typed)
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    secret = CliRunner().invoke(app, ["accounts", "totp", "rosa"]).stdout.splitlines()[1].strip()
    now = NOW.fromtimestamp(time.time(), NOW.tzinfo)
    code = code_at(secret, now.timestamp())
    limiter = AttemptLimiter(keyring, LIMITS)
    entered = sign_in(clinic.unit_of_work(), limiter, ARGON, CODES, "rosa", PASSWORD, code, ADDRESS, now)
    assert entered.actor.role is Role.LEAD
    for arguments, said in (
        (["role", "rosa", "clinician"], "rosa is clinician now."),
        (["list"], "clinician"),
        (["close", "rosa"], "rosa is closed."),
    ):
        assert said in CliRunner().invoke(app, ["accounts", *arguments]).stdout
    clinic.database.dispose()


def test_a_recovery_code_opens_once_and_only_the_account_it_belongs_to(any_uow: UnitOfWork) -> None:
    codes = new_recovery_codes()
    made = Account(
        "ana.b", Role.LEAD, "hash", NOW, totp_secret=TotpCodes().new_secret(), recovery=(recovery_digest(codes[0]),)
    )
    other = Account("ben.c", Role.LEAD, "hash", NOW, totp_secret=TotpCodes().new_secret())
    with any_uow:
        any_uow.accounts.add(made)
        any_uow.accounts.add(other)
        any_uow.commit()
    right = type("Right", (), {"hash": lambda *_: "hash", "fits": lambda *_: True})()
    limiter = AttemptLimiter(Keyring([generate_key()]), dict.fromkeys(LIMITS, "100 per day"))

    def opens(name: str, code: str) -> bool:
        try:
            sign_in(any_uow, limiter, right, TotpCodes(), name, "x", code, "10.0.0.1", NOW)
        except SignInFailed:
            return False
        return True

    assert not opens("ben.c", codes[0])
    assert not opens("ana.b", codes[1])
    assert [opens("ana.b", f" {codes[0].lower()} "), opens("ana.b", codes[0])] == [True, False]
