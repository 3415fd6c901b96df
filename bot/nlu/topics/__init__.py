"""Names the intent of a message and the FAQ topics that answer it."""
