"""Resume codes: what a patient types to go on with an intake in another place."""
