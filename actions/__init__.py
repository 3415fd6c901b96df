"""Thin Rasa SDK actions: they translate between Rasa's tracker and the clinic's own code."""
