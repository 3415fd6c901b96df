"""The intake: a questionnaire read from `data/intake.yml` and an engine that leads a patient through it."""

from clinic.intake.engine import IntakeEngine
from clinic.intake.model.messages import Button, Message, Outcome, Prompt
from clinic.intake.model.questionnaire import Question, Questionnaire, QuestionnaireError
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn

__all__ = [
    "Button",
    "IntakeEngine",
    "IntakeState",
    "Message",
    "Outcome",
    "Prompt",
    "Question",
    "Questionnaire",
    "QuestionnaireError",
    "Turn",
]
