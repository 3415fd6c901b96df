"""Slack as a channel; credentials.yml names `bot.channels.messaging.slack.SlackChannel`."""

from bot.channels.messaging.slack.channel import SlackChannel

__all__ = ["SlackChannel"]
