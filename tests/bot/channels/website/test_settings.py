"""Unsafe or mistyped settings are refused with a message that names the variable."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from rasa.shared.exceptions import RasaException

from bot.channels.website.settings import Settings

KEY = Fernet.generate_key().decode()
PRODUCTION = {
    "environment": "production",
    "tracker_key": KEY,
    "session_key": KEY,
    "origins": "https://www.clinic.example",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"session_key": ""}, "MARROW_SESSION_KEY is not set"),
        ({"session_key": "secret"}, "MARROW_SESSION_KEY is too short"),
        ({"session_key": f"{KEY},short"}, "MARROW_SESSION_KEY is too short"),
        ({"tracker_key": ""}, "MARROW_TRACKER_KEY is not set"),
        ({"origins": ""}, "MARROW_WEBSITE_ORIGINS is not set"),
        ({"origins": "http://www.clinic.example"}, "must use https"),
        ({"origins": "https://www.clinic.example/"}, "MARROW_WEBSITE_ORIGINS names"),
        ({"origins": "https://*.clinic.example"}, "MARROW_WEBSITE_ORIGINS names"),
        ({"origins": "*"}, "MARROW_WEBSITE_ORIGINS names"),
        ({"origins": "https://Www.clinic.example"}, "lower case"),
        ({"session_hours": "soon"}, "MARROW_SESSION_HOURS"),
        ({"session_hours": "0"}, "MARROW_SESSION_HOURS"),
        ({"address_limit": "lots"}, "MARROW_WEBSITE_ADDRESS_LIMIT"),
        ({"start_limit": "lots"}, "MARROW_WEBSITE_START_LIMIT"),
        ({"session_limit": "lots"}, "MARROW_WEBSITE_SESSION_LIMIT"),
        ({"trusted_proxies": "nginx"}, "MARROW_TRUSTED_PROXIES"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, changed, said):
    with pytest.raises(RasaException, match=said.replace("*", r"\*")):
        Settings.read({**PRODUCTION, "data_dir": str(tmp_path), **changed})


def test_empty_values_mean_the_defaults(settings_in):
    settings = settings_in(session_hours="", address_limit="", origins="", redis_url="")
    assert settings.session_seconds == 12 * 3600
    assert [str(limit) for limit in settings.limits["session"]] == ["60 per 1 minute", "1000 per 1 hour"]
    assert settings.database.get_backend_name() == "sqlite"


def test_development_makes_one_session_key_that_only_its_owner_reads(settings_in, tmp_path):
    assert settings_in().session_keys == settings_in().session_keys
    assert (tmp_path / "session.key").stat().st_mode & 0o077 == 0
    assert {path.name for path in tmp_path.iterdir()} == {"session.key", "tracker.key"}


@pytest.mark.parametrize(
    ("origin", "in_development", "in_production"),
    [
        ("https://www.clinic.example", True, True),
        ("https://www.clinic.example:8443", False, False),
        ("https://clinic.example", False, False),
        ("https://www.clinic.example.evil.example", False, False),
        ("http://www.clinic.example", False, False),
        ("http://localhost:8000", True, False),
        ("http://127.0.0.1:5005", True, False),
        ("http://[::1]:5005", True, False),
        ("http://localhost.evil.example", False, False),
        ("null", False, False),
        ("", False, False),
        ("file://", False, False),
        ("http://localhost:99999/x", False, False),
    ],
)
def test_only_named_websites_may_show_the_chat(settings_in, origin, in_development, in_production):
    assert settings_in(origins=PRODUCTION["origins"]).allows(origin) is in_development
    assert settings_in(**PRODUCTION).allows(origin) is in_production
