"""Turns a message and its parts into sentence vectors."""
