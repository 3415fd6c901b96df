"""WhatsApp and SMS through Twilio: Rasa's connector with signatures, answering from the number written to."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import requests
from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import BLOCKING_TIMEOUT, DeliveryError, in_thread, seconds_from
from bot.channels.messaging.inbound import Inbound, UnreadableError
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared, as_text, is_address
from bot.channels.messaging.signatures import is_from_twilio, same

logger = logging.getLogger(__name__)

API = "https://api.twilio.com"
NO_REPLY_HERE = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
MOST_FIELDS = 300
_WHATSAPP = re.compile(r"whatsapp:\+?[\w.-]{3,64}")
_PHONE = re.compile(r"\+?\d{3,15}")
# A carrier or Twilio has acted on these already, and refuses any reply.
OPT_OUT = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
# Some carriers turn the @ of an e-mail address into this.
_BROKEN_AT = re.compile(r"(?<=\w)\u00a1(?=\w)")


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The form's names and values, empty ones included, since Twilio signs them; raises UnreadableError."""
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise UnreadableError("not a form") from error


def read_message(form: Mapping[str, str]) -> list[Inbound]:
    """What an incoming message brings; nothing for status reports, opt-outs and other senders."""
    identifier, sender, receiver = form.get("MessageSid", ""), form.get("From", ""), form.get("To", "")
    if not identifier or not receiver or form.get("SmsStatus", "received") != "received":
        return []
    if _WHATSAPP.fullmatch(sender):
        channel = "whatsapp"
    elif _PHONE.fullmatch(sender):
        channel = "sms"
    else:
        return []
    text = form.get("Body", "").strip()
    if form.get("OptOutType") or (channel == "sms" and text.lower() in OPT_OUT):
        return []
    media = form.get("NumMedia", "0") not in ("", "0") or "Latitude" in form
    what: dict[str, Any] = {
        "key": identifier,
        "channel": channel,
        "user": sender,
        "address": (sender, receiver),
    }
    if "OtherRecipients0" in form:
        return [Inbound(**what, kind="group", text=text)]
    # Of a shared location the text is the place's name, which is no message.
    if not text or "Latitude" in form:
        return [Inbound(**what, kind="media")]
    return [Inbound(**what, kind="text", text=_BROKEN_AT.sub("@", text), media=media)]


class TwilioHttp(TwilioHttpClient):
    """Twilio's own HTTP client, at a configurable address."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=BLOCKING_TIMEOUT[1])
        self._api_url = api_url.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """As `TwilioHttpClient.request`."""
        kwargs["timeout"] = BLOCKING_TIMEOUT[1]
        reply = super().request(method, url.replace(API, self._api_url, 1), *args, **kwargs)
        if reply.status_code == 429:
            # The client's own exception does not say how long to wait.
            raise DeliveryError(429, seconds_from((reply.headers or {}).get("Retry-After")))
        return reply


class TwilioSender(TwilioOutput):
    """Rasa's Twilio client, with failures in one form."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str) -> None:
        super().__init__(account_sid, auth_token, twilio_number=None)
        self.http_client = TwilioHttp(api_url)

    def create(self, receiver: str, sender: str, text: str) -> None:
        """Sends one message; blocks; raises DeliveryError."""
        try:
            self.messages.create(to=receiver, from_=sender, body=text)
        except TwilioRestException as error:
            raise DeliveryError(error.status) from None
        except (TwilioException, requests.RequestException, ValueError):
            raise DeliveryError(None) from None


class TwilioChannel(MessagingChannel, TwilioInput):
    """Receives WhatsApp messages and SMS and answers them."""

    title: ClassVar[str] = "Twilio (WhatsApp and SMS)"
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
        if not shared.public_url:
            return "MARROW_PUBLIC_URL not set (Twilio signs the public address)"
        api_url = as_text(credentials, "api_url")
        return "" if not api_url or is_address(api_url) else "MARROW_TWILIO_API_URL is no http(s) address"

    @classmethod
    def create(cls, credentials: Mapping[str, Any], shared: Shared) -> MessagingChannel:
        """See `MessagingChannel`."""
        return cls(
            as_text(credentials, "account_sid"),
            as_text(credentials, "auth_token"),
            as_text(credentials, "api_url") or API,
            shared,
        )

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

    def get_output_channel(self) -> None:
        """None: Rasa cannot start a conversation here, since it never knows a patient's address."""
        return
