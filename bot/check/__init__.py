"""Checks all content without training: `python -m bot check`."""
