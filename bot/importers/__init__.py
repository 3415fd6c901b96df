"""Turns the clinic's content files into Rasa training data and domain."""
