"""What is found in a message, and what is said of it."""

import statistics
import time

import pytest

from bot.nlu.clinical.analyser import CLINICAL, ClinicalAnalyser

NOW = ("patient", "current")
THEN = ("patient", "past")
PERHAPS = ("patient", "hypothetical")

SAID = [
    # places of pain and other complaints
    ("my knees hurt", [("symptom", "knee_pain", False, *NOW)]),
    ("pain in my left shoulder", [("symptom", "shoulder_pain", False, *NOW)]),
    (
        "I have a sore throat and swollen ankles",
        [("symptom", "throat_pain", False, *NOW), ("symptom", "leg_swelling", False, *NOW)],
    ),
    ("my fingers are really numb", [("symptom", "finger_numbness", False, *NOW)]),
    ("tingling in both feet", [("symptom", "foot_tingling", False, *NOW)]),
    ("my back doesn't hurt", [("symptom", "back_pain", True, *NOW)]),
    ("my hips and knees ache", [("symptom", "hip_pain", False, *NOW), ("symptom", "knee_pain", False, *NOW)]),
    ("there is fluid in my lungs", [("symptom", "chest_congestion", False, *NOW), ("organ", "lungs", False, *NOW)]),
    ("a tumour on my liver", [("condition", "liver_cancer", False, *NOW), ("organ", "liver", False, *NOW)]),
    # names, brands, spelling
    (
        "I take Plaquenil and CellCept",
        [("medication", "hydroxychloroquine", False, *NOW), ("medication", "mycophenolate", False, *NOW)],
    ),
    ("on hydroxycloroquine 200 mg", [("medication", "hydroxychloroquine", False, *NOW)]),
    ("I'm on predinsone", [("medication", "prednisone", False, *NOW)]),
    (
        "benlysta and saphnelo infusions",
        [
            ("medication", "belimumab", False, *NOW),
            ("medication", "anifrolumab", False, *NOW),
            ("procedure", "infusion", False, *NOW),
        ],
    ),
    ("captopril", [("medication", "captopril", False, *NOW)]),
    ("I have RA", [("condition", "rheumatoid_arthritis", False, *NOW)]),
    ("diarrhoea and oedema", [("symptom", "diarrhea", False, *NOW), ("symptom", "swelling", False, *NOW)]),
    # denied
    ("no chest pain", [("symptom", "chest_pain", True, *NOW)]),
    ("I don't have diabetes or asthma", [("condition", "diabetes", True, *NOW), ("condition", "asthma", True, *NOW)]),
    ("No, I have a rash", [("symptom", "rash", False, *NOW)]),
    ("never had seizures", [("symptom", "seizure", True, *NOW)]),
    ("no fever but my joints are stiff", [("symptom", "fever", True, *NOW), ("symptom", "stiffness", False, *NOW)]),
    ("denies shortness of breath", [("symptom", "breathlessness", True, *NOW)]),
    # over
    ("I used to take prednisone", [("medication", "prednisone", False, *THEN)]),
    ("I came off methotrexate", [("medication", "methotrexate", False, *THEN)]),
    ("had my appendix out in 2010", [("procedure", "appendectomy", False, *THEN)]),
    ("I had pneumonia two years ago", [("condition", "pneumonia", False, *THEN)]),
    (
        "I had a rash, so they took me off lamotrigine",
        [("symptom", "rash", False, *THEN), ("medication", "lamotrigine", False, *THEN)],
    ),
    ("I can no longer take naproxen", [("medication", "naproxen", False, *THEN)]),
    ("I am allergic to penicillin", [("condition", "drug_allergy", False, *NOW)]),
    ("I've had headaches for three weeks", [("symptom", "headache", False, *NOW)]),
    ("I am on dialysis", [("procedure", "dialysis", False, *NOW)]),
    # not real
    ("if I get a rash, what then?", [("symptom", "rash", False, *PERHAPS)]),
    ("can I take ibuprofen", [("medication", "ibuprofen", False, *PERHAPS)]),
    ("I'm worried about osteoporosis", [("condition", "osteoporosis", False, *PERHAPS)]),
    # somebody else's
    ("My mother has lupus nephritis", [("condition", "lupus_nephritis", False, "family", "current")]),
    (
        "my mum has lupus and I have joint pain",
        [("condition", "lupus", False, "family", "current"), ("symptom", "joint_pain", False, *NOW)],
    ),
    ("diabetes runs in my family", [("condition", "diabetes", False, "family", "current")]),
    ("my friend takes Imuran", [("medication", "azathioprine", False, "other", "current")]),
    ("My dad is ill. He has cirrhosis", [("condition", "cirrhosis", False, "family", "current")]),
    ("he put me on prednisone", [("medication", "prednisone", False, *NOW)]),
    ("she was diagnosed with breast cancer", [("condition", "breast_cancer", False, "other", "current")]),
    ("there is no history of heart disease in my family", [("condition", "heart_disease", True, "family", "current")]),
    # too vague, or something else
    ("I take tablets every day", []),
    ("I check my hands", []),
    ("the clinic is in a nice place", []),
]


@pytest.mark.parametrize(("text", "found"), SAID, ids=[text for text, _ in SAID])
def test_findings_and_what_is_said_of_them(analyser: ClinicalAnalyser, text: str, found: list) -> None:
    read = [
        (entity["entity"], entity["value"], entity["negated"], entity["experiencer"], entity["temporality"])
        for entity in analyser.entities(text)
        if entity["entity"] in CLINICAL
    ]
    assert read == found


def test_a_whole_introduction_is_read(analyser: ClinicalAnalyser) -> None:
    text = "I'm Ana Ruiz, 34, in Mexico, SLE since 2015, on Plaquenil, no kidney problems"
    read = {(entity["entity"], entity["value"]): entity for entity in analyser.entities(text)}
    assert set(read) == {
        ("person_name", "Ana Ruiz"),
        ("age", 34),
        ("country", "MX"),
        ("lupus_type", "sle"),
        ("year", 2015),
        ("medication", "hydroxychloroquine"),
        ("condition", "chronic_kidney_disease"),
    }
    assert read["condition", "chronic_kidney_disease"]["negated"]
    assert read["medication", "hydroxychloroquine"]["code"] == {"system": "rxnorm", "code": "5521"}


def test_an_entity_has_every_key_and_its_text(analyser: ClinicalAnalyser) -> None:
    text = "my  knees\nhurt, mail ana@example.org"
    for entity in analyser.entities(text):
        assert set(entity) == {
            "entity", "start", "end", "value", "text", "label", "code", "negated", "experiencer", "temporality",
            "assertion", "extractor",
        }  # fmt: skip
        assert text[entity["start"] : entity["end"]] == entity["text"]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("lupus", "lupus_type", None),
        ("I have SLE", "lupus_type", "sle"),
        ("discoid lupus", "lupus_type", "discoid"),
        ("lupus caused by medication", "lupus_type", "drug_induced"),
        ("I want mesenchymal stem cells", "therapy", "msc"),
        ("AHSCT", "therapy", "ahsct"),
        ("stem cell transplant", "therapy", "ahsct"),
        ("it's for my daughter", "relationship", "daughter"),
        ("my daughter", "relationship", "daughter"),
        ("my daughter told me about you", "relationship", None),
        ("I live in the UK", "country", "GB"),
        ("give us a call", "country", None),
        ("I'm Canadian", "country", "CA"),
        ("from Phillipines", "country", "PH"),
        ("Germny", "country", "DE"),
    ],
)
def test_other_coded_words(analyser: ClinicalAnalyser, text: str, kind: str, value: str | None) -> None:
    assert next((entity["value"] for entity in analyser.entities(text) if entity["entity"] == kind), None) == value


@pytest.mark.parametrize("text", ["", "   ", "?!", "😀", "a" * 5000, "ñandú 你好 مرحبا", "\n\n", "''''", "-"])
def test_odd_messages_do_no_harm(analyser: ClinicalAnalyser, text: str) -> None:
    assert isinstance(analyser.entities(text), list)


def test_a_message_takes_few_milliseconds(analyser: ClinicalAnalyser) -> None:
    times = []
    for text, _ in SAID * 3:
        started = time.perf_counter()
        analyser.entities(text)
        times.append(time.perf_counter() - started)
    assert statistics.median(times) < 0.005
