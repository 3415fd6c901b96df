"""The settings of the clinic's desk: opening hours and deadlines, the audit, and how the clinic is told."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from clinic.domain.calendar import ClinicCalendar, Deadlines, parse_holidays, parse_hours


class DeskSettings(BaseSettings):
    """What the desk, its jobs and its audit need to know."""

    desk_port: Annotated[int, Field(ge=1, le=65535)] = Field(default=5065, description="Port of the clinic's desk.")
    desk_url: str = Field(
        default="",
        description="Address at which the team opens the desk, such as `https://desk.clinic.example`; other host names "
        "are refused. Empty: `http://127.0.0.1` with its port.",
    )
    desk_proxies: str = Field(
        default="",
        description="Addresses of proxies before the desk whose `X-Forwarded-For` is believed, separated by commas; "
        "without them all share one limit of sign-ins.",
    )
    desk_oidc_issuer: str = Field(
        default="",
        description="The clinic's own sign-in service (OpenID Connect), such as `https://login.clinic.example`; empty: "
        "name and password. Whoever it vouches for needs an account with a role as well ([desk.md](desk.md)).",
    )
    desk_oidc_client_id: str = Field(default="", description="Name under which the desk is known there.")
    desk_oidc_client_secret: SecretStr | None = Field(default=None, description="The secret that belongs to it.")
    desk_oidc_claim: str = Field(
        default="preferred_username", description="Claim of its that holds the name of the account."
    )
    audit_key: SecretStr | None = Field(
        default=None,
        description="Key that seals the audit (`marrow keys new` makes one); several, newest first, separated by "
        "commas. Required in production; development keeps one in `audit.key` in the data directory. Keep it where "
        "who writes the database cannot read it.",
    )
    audit_checkpoints: str = Field(
        default="{data_dir}/audit.checkpoints",
        description="File that notes how far the audit goes, so that a cut end is noticed. Keep it on another disk "
        "than the data.",
    )
    clinic_hours: str = Field(
        default="mon-fri 09:00-17:00",
        description="When the clinic is open, for deadlines, such as "
        "`mon-thu 09:00-13:00, 14:00-18:00; fri 09:00-14:00`.",
    )
    clinic_holidays: str = Field(
        default="", description="Days on which it is closed, such as `2026-12-25, 2027-01-01`."
    )
    clinic_time_zone: str = Field(default="UTC", description="Its time zone, such as `Europe/Madrid`.")
    first_contact_hours: float = Field(
        default=16,
        ge=0,
        le=1000,
        description="Opening hours within which a new request should be answered; 0 sets no deadlines.",
    )
    notify_email_to: str = Field(
        default="",
        description="Address of the clinic that is told of new requests and emergencies (reference and urgency, "
        "nothing else); several, separated by commas. Empty: no e-mail.",
    )
    notify_email_from: str = Field(default="", description="Sender of these e-mails; empty: the first receiver.")
    patient_email_from: str = Field(
        default="",
        description="Sender of the one e-mail to a patient who allowed contact and chose e-mail for it: that her "
        "request came, with its reference and nothing medical. Empty: patients get no e-mail.",
    )
    smtp_host: str = Field(default="127.0.0.1", description="Mail server that takes them.")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(default=25, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        default="none", description="`starttls` or `tls` for a mail server that is not on this machine."
    )
    smtp_user: str = Field(default="", description="Account at the mail server; empty: none.")
    smtp_password: SecretStr | None = Field(default=None, description="Its password.")
    webhook_url: str = Field(
        default="",
        description="Address that gets a signed message for each new request, emergency and change of status "
        "([operations.md](operations.md)); empty: none.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that signs these messages (`marrow keys new` makes one); required with the address.",
    )
    keep_messages_days: int = Field(
        default=30, ge=1, description="Days after which a message to the clinic is deleted, delivered or not."
    )

    @field_validator("clinic_hours")
    @classmethod
    def _readable_hours(cls, text: str) -> str:
        parse_hours(text)
        return text

    @field_validator("clinic_holidays")
    @classmethod
    def _readable_holidays(cls, text: str) -> str:
        parse_holidays(text)
        return text

    @field_validator("clinic_time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a time zone such as Europe/Madrid or America/Mexico_City") from None
        return name

    @field_validator("webhook_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("must start with https:// or http://")
        return url

    @field_validator("desk_url", "desk_oidc_issuer")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if url and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and local))):
            raise ValueError("must start with https:// (http:// on this machine only)")
        return url.rstrip("/")

    @property
    def desk_address(self) -> str:
        """Where the team opens the desk."""
        return self.desk_url or f"http://127.0.0.1:{self.desk_port}"

    @property
    def deadlines(self) -> Deadlines:
        """By when a patient who waits should have heard from the clinic."""
        calendar = ClinicCalendar(
            parse_hours(self.clinic_hours), parse_holidays(self.clinic_holidays), ZoneInfo(self.clinic_time_zone)
        )
        return Deadlines(calendar, timedelta(hours=self.first_contact_hours) if self.first_contact_hours else None)

    @property
    def email_receivers(self) -> list[str]:
        """The clinic's addresses."""
        return [part.strip() for part in self.notify_email_to.split(",") if part.strip()]
