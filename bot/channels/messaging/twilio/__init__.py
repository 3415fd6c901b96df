"""Twilio as a channel; credentials.yml names `bot.channels.messaging.twilio.TwilioChannel`."""

from bot.channels.messaging.twilio.channel import TwilioChannel

__all__ = ["TwilioChannel"]
