"""Databases for the clinic's tests: SQLite and, where it can be reached, PostgreSQL."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from clinic.keys import AuditKeys, Keyring, generate_key
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .fakes import FakeUnitOfWork

POSTGRES_URL = os.environ.get("MARROW_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("MARROW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MARROW_DATA_DIR", str(tmp_path / "var"))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring([generate_key()])


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    """The audit's key and checkpoints, beside no database."""
    key = generate_key()
    return AuditTrail(lambda: AuditKeys([key]), tmp_path / "audit" / "checkpoints")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL schema of its own; its connections carry the schema's name."""
    plain = POSTGRES_URL.replace("+psycopg", "")
    try:
        admin = psycopg.connect(plain, connect_timeout=3, autocommit=True)
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must be reachable in CI: {error}")
        pytest.skip("no PostgreSQL at MARROW_TEST_POSTGRES_URL")
    schema = f"marrow_{uuid.uuid4().hex[:12]}"
    with admin:
        admin.execute(f'CREATE SCHEMA "{schema}"')
        url = make_url(POSTGRES_URL).update_query_dict(
            {"options": f"-c search_path={schema}", "application_name": schema}
        )
        yield url.render_as_string(hide_password=False)
        admin.execute(f'DROP SCHEMA "{schema}" CASCADE')
    admin.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/clinic.db"


@pytest.fixture
def open_database(trail: AuditTrail) -> Iterator[Callable[..., Database]]:
    """Opens databases and closes them after the test."""
    opened: list[Database] = []

    def opener(url: str, keyring: Keyring, timeout: int = 2) -> Database:
        opened.append(Database(url, keyring, trail, timeout=timeout))
        return opened[-1]

    yield opener
    for database in opened:
        database.dispose()


@pytest.fixture
def database(database_url: str, keyring: Keyring, open_database: Callable[..., Database]) -> Database:
    return open_database(database_url, keyring)


@pytest.fixture
def uow(database: Database) -> SqlAlchemyUnitOfWork:
    return SqlAlchemyUnitOfWork(database)


@pytest.fixture
def memory() -> FakeUnitOfWork:
    """Without a database: for what a service decides."""
    return FakeUnitOfWork()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def any_uow(
    request: pytest.FixtureRequest, tmp_path: Path, keyring: Keyring, trail: AuditTrail
) -> Iterator[UnitOfWork]:
    """The same test in memory and on both databases."""
    if request.param == "memory":
        yield FakeUnitOfWork()
        return
    on_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/clinic.db" if on_file else str(request.getfixturevalue("postgres_url"))
    database = Database(url, keyring, trail, timeout=2)
    yield SqlAlchemyUnitOfWork(database)
    database.dispose()
