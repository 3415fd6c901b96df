"""Telegram as a channel; credentials.yml names `bot.channels.messaging.telegram.TelegramChannel`."""

from bot.channels.messaging.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
