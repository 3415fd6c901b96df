"""Plain facts: year, age, date, duration, contacts, name, sex, reference."""

import pytest

from bot.nlu.clinical.patterns import facts_in


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("diagnosed in 2015", [("year", 2015)]),
        ("since '08", [("year", 2008)]),
        ("it costs 2015 dollars", []),
        ("2000 mg a day", []),
        ("I'm 34", [("age", 34)]),
        ("34yo", [("age", 34)]),
        ("34 y/o", [("age", 34)]),
        ("aged 41", [("age", 41)]),
        ("she is 12 years old", [("age", 12)]),
        ("I'm 12 weeks pregnant", [("duration", "12 weeks")]),
        ("I take 30 pills", []),
        ("34f", [("age", 34), ("sex", "female")]),
        ("M 52", [("sex", "male"), ("age", 52)]),
        ("I'm a 40-year-old woman", [("age", 40), ("sex", "female")]),
        ("female", [("sex", "female")]),
        ("the female doctor", []),
        ("born 3 May 1990", [("date", "1990-05-03")]),
        ("May 3rd, 1990", [("date", "1990-05-03")]),
        ("1990-05-03", [("date", "1990-05-03")]),
        ("25/12/1980", [("date", "1980-12-25")]),
        ("03/04/1980", []),
        ("31/02/1980", []),
        ("for three years", [("duration", "3 years")]),
        ("about 6 months", [("duration", "6 months")]),
        ("a couple of weeks", [("duration", "2 weeks")]),
        ("three years ago", []),
        ("write to ana.ruiz+x@example.co.uk.", [("email", "ana.ruiz+x@example.co.uk")]),
        ("call +44 7700 900123", [("phone", "+44 7700 900123")]),
        ("(555) 010-4477", [("phone", "(555) 010-4477")]),
        ("from 2010-2015", [("year", 2010), ("year", 2015)]),
        ("MR-7F3K-9Q2M", [("reference", "MR-7F3K-9Q2M")]),
        ("mr 7f3k 9q2m", [("reference", "MR-7F3K-9Q2M")]),
        ("my name is Ana Ruiz", [("person_name", "Ana Ruiz")]),
        ("my name is ana ruiz and i am from peru", [("person_name", "ana ruiz")]),
        ("I'm José de la Cruz", [("person_name", "José de la Cruz")]),
        ("I'm Scared", []),
        ("I'm Canadian", []),
        ("this is Urgent", []),
    ],
)
def test_facts(text: str, facts: list) -> None:
    assert [(fact.type, fact.value) for fact in facts_in(text)] == facts


def test_a_fact_knows_its_place() -> None:
    text = "I'm 34, mail a@b.co"
    assert [text[fact.start : fact.end] for fact in facts_in(text)] == ["34", "a@b.co"]
