"""The one e-mail to a patient: that her request came, and under which reference. Nothing medical is in it.

It goes to who allowed contact and chose e-mail for it. Its words stand with all others that patients read.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from clinic.domain.events import OutboxMessage
from clinic.errors import DeliveryError
from clinic.intake.model.language import Language, LanguageError
from clinic.notify.email import MailServer, letter_of
from clinic.settings import Settings


@dataclass(frozen=True)
class PatientSender:
    """Tells patients by e-mail."""

    server: MailServer
    sender: str
    content: Path

    @classmethod
    def from_settings(cls, settings: Settings) -> "PatientSender | None":
        """Return the sender that the settings describe; None when patients get no e-mail."""
        if not settings.patient_email_from:
            return None
        return cls(MailServer.from_settings(settings), settings.patient_email_from, settings.content_dir)

    def send(self, message: OutboxMessage) -> None:
        """Hand one message over.

        Raises:
            DeliveryError: the mail server did not take it, the address is none, or the words cannot be read.
        """
        try:
            letter = self.letter(message)
        except LanguageError:
            # They may be edited just now.
            raise DeliveryError("the words of the e-mail cannot be read: see `marrow doctor`") from None
        except ValueError:
            raise DeliveryError("the patient's address cannot stand in an e-mail") from None
        self.server.hand_over(letter, self.sender, [message.to])

    def letter(self, message: OutboxMessage) -> EmailMessage:
        """Return the e-mail.

        Raises:
            LanguageError: the words cannot be read.
            ValueError: the address cannot stand in a header.
        """
        language = Language.of(self.content)
        subject = language.say("mail_received_subject", reference=message.reference)
        text = language.say("mail_received", reference=message.reference)
        return letter_of(message, self.sender, message.to, subject, f"{text}\n")
