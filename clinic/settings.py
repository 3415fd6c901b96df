"""Every setting of the clinic runtime, read from MARROW_* environment variables and checked at start."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import limits
import pycountry
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from clinic.errors import SettingsError
from clinic.keys import MAKE_A_KEY, key_problem, split_keys
from clinic.settings_desk import DeskSettings

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(DeskSettings):
    """Typed settings; each is the environment variable MARROW_<NAME> (a file `.env` is read as well)."""

    model_config = SettingsConfigDict(
        env_prefix="MARROW_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # An error must not print the value: it may be a key or hold a password.
        hide_input_in_errors=True,
    )

    environment: Literal["development", "production"] = Field(
        default="development",
        description="`production` refuses unsafe settings at start; `development` makes its own data key.",
    )
    data_dir: Path = Field(
        default=Path("var"),
        description="Directory of everything that is written: database, development key. "
        "Relative to the working directory; created with access for its owner only.",
    )
    content_dir: Path = Field(
        default=Path("data"),
        description="Directory of the clinic's content: questionnaire, lexicon, contact and safety texts.",
    )
    database_url: str = Field(
        default="sqlite:///{data_dir}/clinic.db",
        repr=False,
        description="SQLAlchemy URL of the clinic's database, SQLite or PostgreSQL "
        "(`postgresql+psycopg://user:password@host/name`). `{data_dir}` is replaced by the data directory.",
    )
    data_key: SecretStr | None = Field(
        default=None,
        description="Key that encrypts patients' data; several, newest first, separated by commas, while "
        "they are rotated. Required in production; development keeps one in `data.key` in the data "
        "directory. `marrow keys new` makes one.",
    )
    actions_secret: SecretStr | None = Field(
        default=None,
        description="Secret that the bot shows to the action server, at least 32 letters and digits (`marrow keys new` "
        "makes one); several, newest first, separated by commas, while it is changed. Required in production, the same "
        "for both; development keeps one in `actions.key` in the data directory.",
    )
    metrics_secret: SecretStr | None = Field(
        default=None,
        description="Secret with which Prometheus reads `/metrics` of bot and action server (`Authorization: Bearer`); "
        "unset: there is no such address. Labels name channels and kinds, and nobody.",
    )
    tracker_url: str = Field(
        default="sqlite:///{data_dir}/conversations.db",
        repr=False,
        description="SQLAlchemy URL of the conversations, SQLite or PostgreSQL. The bot keeps them; "
        "`marrow backup` and `marrow doctor` read it as well.",
    )
    backup_key: SecretStr | None = Field(
        default=None,
        description="Key that encrypts backups (`marrow keys new` makes one); several, newest first, separated by "
        "commas. Empty: the data key.",
    )
    erasure_log: str = Field(
        default="{data_dir}/erasures.log",
        description="File that notes what was erased, for backups that are restored later. Keep it on another disk "
        "than the data, and apart from the backups.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis that counts status lookups across processes (`redis://host:6379/0`). "
        "Unset: each process counts in its own memory.",
    )
    bind_host: str = Field(default="127.0.0.1", description="Address that the servers listen on.")
    bot_port: Port = Field(default=5005, description="Port of the bot's HTTP server.")
    actions_port: Port = Field(default=5055, description="Port of the action server.")
    default_country: str = Field(
        default="",
        description="Country (two letters, ISO 3166, such as US) whose emergency and crisis numbers are told while a "
        "patient's own country is not known; empty: 112 or 911, and a directory of crisis lines "
        "([safety.md](safety.md)). Read by the bot as well.",
    )
    lookup_limit_per_conversation: str = Field(
        default="5 per 15 minutes",
        description="How many status lookups, withdrawals and resume codes one conversation may try; "
        "several limits are separated by `;`.",
    )
    lookup_limit_per_reference: str = Field(
        default="20 per day",
        description="How many status lookups and withdrawals one reference allows, or tries one resume code, "
        "whoever asks.",
    )
    learn_from_questions: bool = Field(
        default=False,
        description="`true`: staff may read, masked, the questions that had no sure answer (`marrow questions`). "
        "The bot reads it as well, and then says so at first contact and where it is asked about privacy.",
    )
    keep_drafts_days: int = Field(
        default=30,
        ge=1,
        description="Days after its last answer that an unsent intake is deleted. The privacy text in "
        "`data/intake.yml` names this period: change both.",
    )
    keep_requests_days: int = Field(
        default=730,
        ge=1,
        description="Days after it was sent that a request is deleted. The privacy text in `data/intake.yml` "
        "names this period: change both.",
    )
    storage_timeout_seconds: int = Field(
        default=5,
        ge=1,
        le=30,
        description="Longest wait for the database (connecting, or for a lock) before the patient is told "
        "that saving did not work.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="Form of both logs: `text` for people, `json` (one object a line) for machines.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe log records that are written; records never hold answers."
    )

    @field_validator("database_url", "tracker_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if separator and scheme in ("postgres", "postgresql"):
            scheme = "postgresql+psycopg"
        if not separator or scheme not in ("sqlite", "postgresql+psycopg"):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return f"{scheme}://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must start with redis:// or rediss://")
        return url

    @field_validator("default_country")
    @classmethod
    def _known_country(cls, code: str) -> str:
        wanted = code.strip().upper()
        if wanted and pycountry.countries.get(alpha_2=wanted) is None:
            raise ValueError("must be a country code of two letters (ISO 3166), such as US or DE")
        return wanted

    @field_validator("lookup_limit_per_conversation", "lookup_limit_per_reference")
    @classmethod
    def _readable_limit(cls, text: str) -> str:
        try:
            limits.parse_many(text)
        except ValueError:
            raise ValueError("must read like `5 per 15 minutes` or `5 per minute; 20 per day`") from None
        return text

    @model_validator(mode="after")
    def _safe_keys(self) -> "Settings":
        production = self.environment == "production"
        required = {"MARROW_DATA_KEY": self.data_key, "MARROW_AUDIT_KEY": self.audit_key}
        for variable, value in required.items():
            if production and not keys_of(value):
                raise ValueError(f"{variable}: is required in production; {MAKE_A_KEY}")
        if self.webhook_url and not keys_of(self.webhook_secret):
            raise ValueError(f"MARROW_WEBHOOK_SECRET: is required with MARROW_WEBHOOK_URL; {MAKE_A_KEY}")
        for variable, value in {**required, "MARROW_BACKUP_KEY": self.backup_key}.items():
            keys = keys_of(value)
            for position, key in enumerate(keys, start=1):
                if problem := key_problem(key, strict=production):
                    which = f"key {position} of {len(keys)} " if len(keys) > 1 else ""
                    raise ValueError(f"{variable}: {which}{problem}; {MAKE_A_KEY}")
        return self

    @property
    def resolved_database_url(self) -> str:
        """The database URL with the data directory filled in."""
        return self.database_url.replace("{data_dir}", str(self.data_dir))

    @property
    def resolved_tracker_url(self) -> str:
        """The URL of the conversations with the data directory filled in."""
        return self.tracker_url.replace("{data_dir}", str(self.data_dir))

    @property
    def erasure_log_path(self) -> Path:
        """Where erasures are noted."""
        return Path(self.erasure_log.replace("{data_dir}", str(self.data_dir)))

    @property
    def questionnaire_path(self) -> Path:
        """Where the questionnaire is kept."""
        return self.content_dir / "intake.yml"

    @property
    def safety_path(self) -> Path:
        """Location of the emergency and crisis numbers."""
        return self.content_dir / "safety.yml"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: one line for each wrong setting, naming its variable and what to do.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_problem(detail["loc"], detail["msg"]) for detail in error.errors())) from None


def _problem(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"MARROW_{str(location[0]).upper()}: {text}" if location else text


def keys_of(value: SecretStr | None) -> list[str]:
    """Return the keys that a setting holds, newest first."""
    return split_keys(value.get_secret_value()) if value else []


def make_private_directory(path: Path) -> None:
    """Create a directory that only its owner may enter; an existing one is left as it is.

    Raises:
        OSError: it cannot be created.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(frozen=True)
class SettingDescription:
    """One row of the table of settings: environment variable, default as text, and what it is for."""

    variable: str
    default: str
    description: str


def describe_settings() -> list[SettingDescription]:
    """List every setting in the order of the class, for the documentation and its test."""
    return [
        SettingDescription(
            variable=f"MARROW_{name.upper()}",
            default="" if field.default is None else str(field.default),
            description=field.description or "",
        )
        for name, field in sorted(Settings.model_fields.items(), key=lambda item: item[0] in DeskSettings.model_fields)
    ]
