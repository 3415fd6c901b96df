"""The settings of the clinic's desk: opening hours and deadlines, the audit, and how the clinic is told."""

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from clinic.domain.calendar import ClinicCalendar, Deadlines, parse_holidays, parse_hours


class DeskSettings(BaseSettings):
    """What the desk, its jobs and its audit need to know."""

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
