"""Telegram, WhatsApp and SMS (Twilio), Facebook Messenger and Slack, on top of Rasa's own connectors."""
