"""Marrow's ear: the components of Rasa's pipeline that turn a message into intent, topic and entities."""
