"""What each messaging channel can do: the one table that all other code of this package asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Capabilities:
    """The limits of one channel, as its platform documents them.

    Text and titles are counted in UTF-16 units, the strictest way any of the platforms counts.
    """

    title: str
    signature: str  # the header that proves where a call comes from
    buttons: int  # how many a message may have; 0: none, options are numbered in the text
    button_title: int
    button_payload: int  # bytes of UTF-8
    text: int
    related_topics: int  # how many related topics are offered under an answer
    intake_in_chat: bool  # False: always a link to the secure widget, whatever the setting says
    media: bool  # whether anything but text is read


CHANNELS: Mapping[str, Capabilities] = MappingProxyType(
    {
        "telegram": Capabilities(
            title="Telegram",
            signature="X-Telegram-Bot-Api-Secret-Token",
            buttons=10,
            button_title=64,
            button_payload=64,
            text=4096,
            related_topics=3,
            intake_in_chat=True,
            media=False,
        ),
        # WhatsApp has buttons only in templates that Meta has approved beforehand.
        "whatsapp": Capabilities(
            title="WhatsApp",
            signature="X-Twilio-Signature",
            buttons=0,
            button_title=0,
            button_payload=0,
            text=1600,
            related_topics=3,
            intake_in_chat=True,
            media=False,
        ),
        # An SMS is not encrypted and is kept by carriers, so no health details are asked for there.
        "sms": Capabilities(
            title="SMS",
            signature="X-Twilio-Signature",
            buttons=0,
            button_title=0,
            button_payload=0,
            text=1600,
            related_topics=0,
            intake_in_chat=False,
            media=False,
        ),
        # Quick replies: they disappear with the next message, so an old one cannot answer a new question.
        "messenger": Capabilities(
            title="Messenger",
            signature="X-Hub-Signature-256",
            buttons=11,
            button_title=20,
            button_payload=1000,
            text=2000,
            related_topics=3,
            intake_in_chat=True,
            media=False,
        ),
        "slack": Capabilities(
            title="Slack",
            signature="X-Slack-Signature",
            buttons=5,
            button_title=75,
            button_payload=2000,
            text=3000,
            related_topics=3,
            intake_in_chat=True,
            media=False,
        ),
    }
)
