"""Settings of a channel in development, with its data in a directory of the test's own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from bot.channels.website.settings import Settings

POSTGRES_URL = os.environ.get("MARROW_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL schema of the test's own."""
    plain = POSTGRES_URL.replace("+psycopg", "")
    try:
        admin = psycopg2.connect(plain, connect_timeout=3)
    except psycopg2.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must be reachable in CI: {error}")
        pytest.skip("no PostgreSQL at MARROW_TEST_POSTGRES_URL")
    admin.autocommit = True
    schema = f"website_{uuid.uuid4().hex[:12]}"
    with admin.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
        yield f"{plain}{'&' if '?' in plain else '?'}options=-csearch_path%3D{schema}"
        cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
    admin.close()


@pytest.fixture
def settings_in(tmp_path: Path) -> Callable[..., Settings]:
    """Reads settings as credentials.yml gives them; `lease_seconds` may be changed as well."""

    def read(lease_seconds: float = 20.0, **credentials: str) -> Settings:
        given = {"environment": "development", "data_dir": str(tmp_path), **credentials}
        return replace(Settings.read(given), lease_seconds=lease_seconds)

    return read
