"""Measures how well messages are understood: `make evaluate`. Nothing is trained on what is measured."""
