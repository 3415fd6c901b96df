"""Tells what belongs to lupus and its treatment, and what does not."""
