"""Under which ids a questionnaire asks what the clinic's rules look at, whatever it calls its questions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# What of an answer is stored under a name of its own: the keyed digest that finds a request again is made of it, also
# years later, when the questionnaire may call the question something else. A column in all but form, so it stays.
BIRTH_DATE = "date_of_birth"


@dataclass(frozen=True)
class Asked:
    """What the questions are for.

    Args:
        birth_date: id of the question for the patient's date of birth.
        privacy_consent: id of the question whether the answers may be kept.
        points: for each point of the pre-screen (`prescreen:` in data/intake.yml) the ids of the questions that tell
            of it, in the order of asking.
    """

    birth_date: str
    privacy_consent: str
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def told(self, answers: Mapping[str, Any], point: str) -> Iterator[Any]:
        """Yield the answers that tell of a point, where the question was answered."""
        yield from (answers[question] for question in self.points.get(point, ()) if question in answers)

    def as_stored(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers by the ids under which a request keeps them."""
        return {BIRTH_DATE if question == self.birth_date else question: value for question, value in answers.items()}
