"""WhatsApp and SMS through Twilio: Rasa's connector with signatures, answering from the number written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa.core.channels.twilio import TwilioInput
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import in_thread
from bot.channels.messaging.inbound import Inbound, UnreadableError
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared
from bot.channels.messaging.signatures import same
from bot.channels.messaging.twilio.reading import read_form, read_message
from bot.channels.messaging.twilio.sending import API, TwilioSender
from bot.channels.messaging.twilio.signature import is_from_twilio

NO_REPLY_HERE = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class TwilioChannel(MessagingChannel, TwilioInput):
    """Receives WhatsApp messages and SMS and answers them."""

    title: ClassVar[str] = "Twilio (WhatsApp and SMS)"
    api: ClassVar[str] = API
    api_variable: ClassVar[str] = "MARROW_TWILIO_API_URL"
    needed: ClassVar[Mapping[str, str]] = {
        "account_sid": "MARROW_TWILIO_ACCOUNT_SID",
        "auth_token": "MARROW_TWILIO_AUTH_TOKEN",
    }

    def __init__(self, account_sid: str, auth_token: str, api_url: str, shared: Shared) -> None:
        super().__init__(account_sid, auth_token, twilio_number=None)
        self.prepare(shared)
        self._client = TwilioSender(account_sid, auth_token, api_url)

    @classmethod
    def problem_in(cls, credentials: Mapping[str, Any], shared: Shared) -> str:
        """See `MessagingChannel`."""
        return "" if shared.public_url else "MARROW_PUBLIC_URL not set (Twilio signs the public address)"

    def is_authentic(self, request: Request) -> bool:
        """Twilio signs its form's fields, so the form is taken apart first, and nothing more."""
        try:
            form = read_form(request.body)
        except UnreadableError:
            return False
        query = f"?{request.query_string}" if request.query_string else ""
        url = f"{self.shared.public_url}{request.path}{query}"
        if not is_from_twilio(request.headers.get("X-Twilio-Signature"), self.auth_token, url, form):
            return False
        return same(dict(form).get("AccountSid"), self.account_sid)

    def read(self, request: Request) -> list[Inbound]:
        """One message a call."""
        return read_message(dict(read_form(request.body)))

    def acknowledge(self, request: Request) -> HTTPResponse:
        """An empty TwiML document: the reply goes through the API."""
        return response.HTTPResponse(NO_REPLY_HERE, content_type="text/xml")

    async def send(self, address: tuple[str, ...], message: Outgoing) -> None:
        """From the number that the patient wrote to."""
        patient, clinic = address
        await in_thread(lambda: self._client.create(patient, clinic, message.text))
