"""Pre-screen notes: points that staff should discuss with the patient before a consultation.

Notes are for staff only. They decide nothing, exclude nobody and are never told to the patient. Each rule is
a pure function of the answers (stored values of the questionnaire) and names its source.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from clinic.domain.asked import Asked
from clinic.domain.requests import PreScreenNote
from clinic.domain.risk_notes import Answers, not_asked_note, risk_history, risk_medicines, words, yes_or_unsure

_AGE_TO_DISCUSS = 65
_MAJOR_ORGANS = {"kidneys": "kidneys", "heart": "heart", "lungs": "lungs", "brain": "brain or nerves"}

_SEVERE_DAMAGE = re.compile(
    r"\b(dialysis"
    r"|(?:kidney|renal|heart|cardiac|liver|hepatic|lung|respiratory|organ) (?:failure|transplant\w*)"
    r"|(?:end[- ]stage|advanced|severe) (?:kidney|renal|heart|cardiac|liver|lung)\w*|esrd|cirrhosis"
    r"|pulmonary hypertension|stroke|heart attack|myocardial infarction|home oxygen)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(no|not|never|without|denies|deny|don't|didn't|haven't)\b[^.;,]{0,40}$", re.IGNORECASE)

# Mostly the treatments of EULAR's 2023 recommendations for systemic lupus (doi:10.1136/ard-2023-224762), and
# older ones still in use, as lexicon ids and as words patients write.
_CONVENTIONAL = re.compile(
    r"hydroxychloroquine|plaquenil|chloroquine|quinacrine|mepacrine|antimalarial|predniso|cortiso|steroid|dexamethasone"
    r"|azathioprine|imuran|mycophenol|cellcept|methotrexate|leflunomide|cyclophosphamide|tacrolimus|c[iy]clospor"
    r"|voclosporin|belimumab|benlysta|anifrolumab|saphnelo|rituximab|obinutuzumab|dapsone|thalidomide"
    r"|immunoglobulin|ivig|immunosuppress|conventional",
    re.IGNORECASE,
)
_NOTHING = {"", "none", "no", "nothing", "nil", "not_sure", "not sure", "unknown"}


def prescreen_notes(
    answers: Answers, today: date, asked: Asked, not_asked: Collection[str] = ()
) -> list[PreScreenNote]:
    """Return the notes that the answers give rise to, in a fixed order.

    Args:
        answers: stored values by question id; questions may be missing, which says nothing and is never a "no".
        today: the date at which the age is taken.
        asked: which questions tell of what.
        not_asked: ids of questions that the patient was not asked.
    """
    notes = (*(rule(answers, today, asked) for rule in _RULES), not_asked_note(asked, not_asked))
    return [note for note in notes if note is not None]


@dataclass(frozen=True)
class ToldSign:
    """A danger sign that was told at a question and raised no alarm; `why`: past, habitual, allergy."""

    rule: str
    why: str
    question: str


_WHY = {"past": "as something past", "habitual": "as something that comes and goes", "allergy": "as an allergy"}


def sign_notes(signs: Iterable[ToldSign]) -> list[PreScreenNote]:
    """Return a note for each danger sign that raised no alarm: the doctor may want to ask about it first."""
    return [
        PreScreenNote(
            "sign_without_alarm",
            f"Told {_WHY.get(sign.why, 'without an alarm')}"
            f"{f' at “{sign.question}”' if sign.question else ''}: {sign.rule.replace('_', ' ')}. "
            "No alarm was raised. To discuss: when it was, and what is to be done if it comes.",
        )
        for sign in signs
    ]


def age_in_years(born: date, today: date) -> int:
    """Return the completed years of life."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _age_over_65(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Age over 65.

    Source: a stem cell clinic's published criteria ("typically under 60-65 with good overall health").
    """
    try:
        born = date.fromisoformat(str(answers.get(asked.birth_date) or ""))
    except ValueError:
        return None
    age = age_in_years(born, today)
    if age <= _AGE_TO_DISCUSS:
        return None
    return PreScreenNote("age_over_65", f"Age {age}: to discuss, general fitness for the procedure.")


def _active_infection(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Active infection, reported or uncertain.

    Source: a stem cell clinic's published criteria ("free of active infections"); the FDA's June 2021
    notice names infections among the harms of unapproved cell products.
    """
    return yes_or_unsure(asked.told(answers, "infection"), "active_infection", "an active infection")


def _cancer(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Cancer now or earlier, reported or uncertain.

    Source: a stem cell clinic's published criteria ("free of ... cancer"); the FDA's June 2021 notice names
    tumours among the harms of unapproved cell products.
    """
    return yes_or_unsure(asked.told(answers, "cancer"), "cancer", "cancer now or in the past")


def _pregnancy(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Pregnancy, reported or uncertain.

    Source: the US labels of cyclophosphamide (part of most transplant conditioning) and of mycophenolate
    warn of harm to an unborn child.
    """
    return yes_or_unsure(asked.told(answers, "pregnancy"), "pregnancy", "a pregnancy")


def _major_organs(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Kidneys, heart, lungs, or brain and nerves involved.

    Source: a stem cell clinic's published criteria ("significant, irreversible organ damage ... can
    sometimes be a contraindication"). Involvement is no damage, so the note asks for the extent.
    """
    organs = words(list(asked.told(answers, "organs")))
    named = [_MAJOR_ORGANS[organ] for organ in organs if organ in _MAJOR_ORGANS]
    if not named:
        return None
    return PreScreenNote(
        "major_organ_involvement",
        f"Reports lupus in: {', '.join(named)}. To discuss: how severe, and whether damage is permanent.",
    )


def _severe_organ_damage(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Words that hint at severe organ damage in what the patient wrote.

    Source: a stem cell clinic's published criteria ("advanced kidney failure, severe heart damage").
    """
    hints: list[str] = []
    for text in words(list(asked.told(answers, "severe_damage"))):
        text = text.replace("_", " ")
        for match in _SEVERE_DAMAGE.finditer(text):
            hint = match.group(0).lower()
            if not _NEGATED.search(text[: match.start()]) and hint not in hints:
                hints.append(hint)
    if not hints:
        return None
    return PreScreenNote(
        "severe_organ_damage", f"Mentions: {', '.join(hints)}. To discuss: possible severe organ damage."
    )


def _no_confirmed_diagnosis(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Lupus suspected or not diagnosed.

    Source: a stem cell clinic's published criteria ("a confirmed diagnosis of systemic lupus
    erythematosus").
    """
    known = {"suspected": "lupus is suspected", "not_diagnosed": "lupus is not diagnosed"}
    said = [known[word] for word in words(list(asked.told(answers, "diagnosis"))) if word in known]
    if not said:
        return None
    return PreScreenNote("no_confirmed_diagnosis", f"Says {said[0]}. To discuss: who could confirm the diagnosis.")


def _no_conventional_treatment(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """No usual lupus treatment among present medicines and past treatments.

    Source: a stem cell clinic's published criteria ("tried and failed ... standard immunosuppressive drugs
    and corticosteroids"); the usual treatments are those of EULAR's 2023 recommendations.
    """
    told = list(asked.told(answers, "treatments"))
    if not told:
        return None
    named = [text for text in words(told) if text.strip().lower() not in _NOTHING]
    if any(_CONVENTIONAL.search(text) for text in named):
        return None
    found = "none recognised among what was named" if named else "none named"
    return PreScreenNote(
        "no_conventional_treatment",
        f"Usual lupus treatments: {found}. To discuss: what has been tried so far.",
    )


def _breastfeeding(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Breastfeeding. Source: as for pregnancy; the same labels advise against breastfeeding."""
    return yes_or_unsure(asked.told(answers, "breastfeeding"), "breastfeeding", "breastfeeding")


def _agreement(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Somebody writes for another adult, who may not know. Source: the clinic's own duty of confidence."""
    known = {"no": "does not know of this request, or does not agree", "not_sure": "may not know of this request"}
    said = [known[word] for word in words(list(asked.told(answers, "agreement"))) if word in known]
    if not said:
        return None
    return PreScreenNote("patient_agrees", f"The patient {said[0]}: to settle before anything else.")


_RULES: tuple[Callable[[Answers, date, Asked], PreScreenNote | None], ...] = (
    _age_over_65,
    _active_infection,
    _cancer,
    _pregnancy,
    _breastfeeding,
    risk_history,
    risk_medicines,
    _agreement,
    _major_organs,
    _severe_organ_damage,
    _no_confirmed_diagnosis,
    _no_conventional_treatment,
)
