"""The channels to the clinic and to patients that the settings describe."""

from collections.abc import Mapping

from clinic.domain.events import Channel
from clinic.notify.email import EmailSender
from clinic.notify.patient_email import PatientSender
from clinic.notify.webhook import WebhookSender
from clinic.service.notifications import Sender
from clinic.settings import Settings


def senders_of(settings: Settings) -> dict[Channel, Sender]:
    """Return the channels that are set up, each with what sends on it."""
    made: Mapping[Channel, Sender | None] = {
        Channel.EMAIL: EmailSender.from_settings(settings),
        Channel.PATIENT: PatientSender.from_settings(settings),
        Channel.WEBHOOK: WebhookSender.from_settings(settings),
    }
    return {channel: sender for channel, sender in made.items() if sender is not None}
