"""The website channel: signed sessions, messages answered once, history, and a page to try it on."""

from bot.channels.website.channel import WebsiteInput

__all__ = ["WebsiteInput"]
