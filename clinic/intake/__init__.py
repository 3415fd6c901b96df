"""The intake: a questionnaire read from `data/intake.yml` and an engine that leads a patient through it."""
