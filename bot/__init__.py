"""Marrow's conversation runtime: Rasa components, importers, policies and channels."""

from bot.yaml_resolver import mend_resolver

# Whatever imports something of the bot, Rasa's training included, reads YAML next.
mend_resolver()
