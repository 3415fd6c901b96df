"""Messenger as a channel; credentials.yml names `bot.channels.messaging.messenger.MessengerChannel`."""

from bot.channels.messaging.messenger.channel import MessengerChannel

__all__ = ["MessengerChannel"]
