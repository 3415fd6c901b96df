"""Clinical language understanding: coded entities with negation, experiencer and time."""
