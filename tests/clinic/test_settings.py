"""Settings: safe in production, effortless in development, clear when wrong."""

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clinic.errors import SettingsError
from clinic.keys import generate_key
from clinic.settings import Settings, describe_settings, load_settings
from clinic.storage.data_key import load_keyring


def test_development_needs_no_setting(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.resolved_database_url == f"sqlite:///{tmp_path}/var/clinic.db"
    assert (settings.bind_host, settings.bot_port, settings.actions_port) == ("127.0.0.1", 5005, 5055)
    assert settings.questionnaire_path == Path("data/intake.yml")


def test_development_makes_one_private_key_and_keeps_it(tmp_path: Path) -> None:
    token = load_keyring(load_settings()).encrypt("hello")
    key_file = tmp_path / "var" / "data.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert load_keyring(load_settings()).decrypt(token) == "hello"


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "from clinic.settings import load_settings; from clinic.storage.data_key import load_keyring;"
        "k = load_keyring(load_settings());"
        "from pathlib import Path; print(k.index('test', 'x'))"
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = {process.communicate(timeout=60)[0] for process in running}
    assert len(printed) == 1
    assert printed != {""}
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["data.key"]


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "data.key").write_text("oops\n")
    with pytest.raises(SettingsError, match=r"data\.key holds no data key"):
        load_keyring(load_settings())


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(SettingsError, match="MARROW_DATA_DIR"):
        load_keyring(load_settings())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "is required in production"),
        ("", "is required in production"),
        ("changeme", "is not a key"),
        ("schlüssel", "is not a key"),
        (_encoded(b"short"), "is not a key"),
        (_encoded(bytes(32)), "is weak"),
        (_encoded(b"this-is-my-secret-pass-phrase-32"), "is weak"),
        (f"{_encoded(bytes(range(32)))},changeme", "key 2 of 2 is not a key"),
    ],
)
def test_production_refuses_a_missing_or_weak_key(monkeypatch: pytest.MonkeyPatch, key: str | None, said: str) -> None:
    monkeypatch.setenv("MARROW_ENVIRONMENT", "production")
    monkeypatch.setenv("MARROW_AUDIT_KEY", generate_key())
    if key is not None:
        monkeypatch.setenv("MARROW_DATA_KEY", key)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith("MARROW_DATA_KEY: ")
    assert said in message
    assert "marrow keys new" in message
    assert not key or key not in message


def test_production_starts_with_a_random_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARROW_ENVIRONMENT", "production")
    monkeypatch.setenv("MARROW_AUDIT_KEY", generate_key())
    monkeypatch.setenv("MARROW_DATA_KEY", generate_key())
    load_keyring(load_settings())
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MARROW_ENVIRONMENT", "staging", "'development' or 'production'"),
        ("MARROW_DATABASE_URL", "mysql://root:hunter2@db/x", "must start with sqlite:///"),
        ("MARROW_DATABASE_URL", "clinic.db", "must start with sqlite:///"),
        ("MARROW_REDIS_URL", "http://:hunter2@x", "must start with redis://"),
        ("MARROW_BOT_PORT", "0", "greater than or equal to 1"),
        ("MARROW_ACTIONS_PORT", "eighty", "valid integer"),
        ("MARROW_DEFAULT_COUNTRY", "USA", "two letters"),
        ("MARROW_LOOKUP_LIMIT_PER_REFERENCE", "a few", "must read like"),
        ("MARROW_LOG_LEVEL", "chatty", "'DEBUG'"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{variable}: ")
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
    ],
)
def test_usual_database_urls_are_accepted(monkeypatch: pytest.MonkeyPatch, url: str, used: str) -> None:
    monkeypatch.setenv("MARROW_DATABASE_URL", url)
    assert load_settings().resolved_database_url == used


def test_printing_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    key = generate_key()
    monkeypatch.setenv("MARROW_DATA_KEY", key)
    monkeypatch.setenv("MARROW_REDIS_URL", "redis://:hunter2@h/0")
    monkeypatch.setenv("MARROW_DATABASE_URL", "postgresql://u:hunter2@h/d")
    assert key not in repr(load_settings())
    assert "hunter2" not in repr(load_settings())


def test_production_needs_the_audits_key_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARROW_ENVIRONMENT", "production")
    monkeypatch.setenv("MARROW_DATA_KEY", generate_key())
    with pytest.raises(SettingsError, match="MARROW_AUDIT_KEY: is required in production"):
        load_settings()


def test_every_setting_is_described() -> None:
    described = describe_settings()
    assert sorted(row.variable for row in described) == sorted(
        f"MARROW_{name.upper()}" for name in Settings.model_fields
    )
    assert all(row.description.endswith(".") for row in described)
