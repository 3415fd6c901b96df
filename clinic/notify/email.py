"""E-mails to the clinic: a reference and an urgency, and nothing that a patient said."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from clinic.domain.events import EventKind, OutboxMessage
from clinic.errors import DeliveryError
from clinic.settings import Settings

_SECONDS = 15
_WHAT = {
    EventKind.REQUEST_SUBMITTED: "New consultation request",
    EventKind.SAFETY_RAISED: "Emergency or crisis in the chat of a request",
    EventKind.STATUS_CHANGED: "A request was moved on",
    EventKind.ADDED: "A patient added to request",
}
_TEXT = """\
{what}

  reference  {reference}
  urgency    {urgency}

Read it with Marrow. What the patient told stands there only, never in an e-mail.
"""


@dataclass(frozen=True)
class MailServer:
    """Where e-mails are handed over."""

    host: str
    port: int
    security: str
    user: str
    password: str

    @classmethod
    def from_settings(cls, settings: Settings) -> "MailServer":
        """Return the mail server that the settings describe."""
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else "",
        )

    def hand_over(self, letter: EmailMessage, sender: str, receivers: list[str]) -> None:
        """Hand one e-mail over.

        Raises:
            DeliveryError: the mail server did not take it; the text names no address.
        """
        try:
            with self._connection() as connection:
                if self.user:
                    connection.login(self.user, self.password)
                connection.send_message(letter, sender, receivers)
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"the mail server answered {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"the mail server did not take it ({type(error).__name__})") from None

    def _connection(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=context)
        connection = smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        if self.security == "starttls":
            try:
                connection.starttls(context=ssl.create_default_context())
            except BaseException:
                connection.close()
                raise
        return connection


@dataclass(frozen=True)
class EmailSender:
    """Tells the clinic by e-mail."""

    server: MailServer
    sender: str
    receivers: tuple[str, ...]

    @classmethod
    def from_settings(cls, settings: Settings) -> "EmailSender | None":
        """Return the sender that the settings describe; None when the clinic has no address."""
        receivers = tuple(settings.email_receivers)
        if not receivers:
            return None
        return cls(MailServer.from_settings(settings), settings.notify_email_from or receivers[0], receivers)

    def send(self, message: OutboxMessage) -> None:
        """Hand one message over.

        Raises:
            DeliveryError: the mail server did not take it.
        """
        self.server.hand_over(self.letter(message), self.sender, list(self.receivers))

    def letter(self, message: OutboxMessage) -> EmailMessage:
        """Return the e-mail."""
        urgency = "URGENT" if message.urgent else "normal"
        prefix = "URGENT: " if message.urgent else ""
        subject = f"{prefix}{_WHAT[message.kind]} {message.reference}"
        text = _TEXT.format(what=_WHAT[message.kind], reference=message.reference, urgency=urgency)
        return letter_of(message, self.sender, ", ".join(self.receivers), subject, text)


def letter_of(message: OutboxMessage, sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """Return an e-mail about a message; a repeated one has the same Message-ID, so that a mailbox can tell."""
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = subject, sender, to
    letter["Date"] = format_datetime(message.created_at)
    letter["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2] or 'marrow.invalid'}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    return letter
