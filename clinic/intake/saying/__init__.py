"""What do we say? Prompts and sentences."""
