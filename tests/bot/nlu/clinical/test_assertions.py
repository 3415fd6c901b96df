"""What a message says of each thing it names, by kind of saying: one table a kind."""

import json

import jsonschema
import pytest

from bot.nlu.clinical.analyser import CLINICAL, ClinicalAnalyser
from tests.bot.nlu.clinical.conftest import ROOT

# A value may carry marks: "-" absent, "?" unsure, "<" past, ">" planned, "!" never taken or had; "@mother" whose.
ANSWERED = [
    ("kidneys: no, skin: yes", "-kidneys skin"),
    ("lungs - yes, heart - no", "lungs -heart"),
    ("Fever: no. Rash: yes. Hair loss: no.", "-fever rash -hair_loss"),
    ("fatigue yes fever no", "fatigue -fever"),
    ("rash no fever no tired yes", "-rash -fever fatigue"),
    ("joint pain yes, mouth ulcers no, headaches yes", "joint_pain -mouth_ulcers headache"),
    ("skin and joints yes, kidneys no", "skin joints -kidneys"),
    ("kidneys and lungs: no", "-kidneys -lungs"),
    ("diabetes? no. asthma? yes", "-diabetes asthma"),
    ("asthma (no), diabetes (yes)", "-asthma diabetes"),
    ("rash = no, fever = yes", "-rash fever"),
    ("seizures none, headaches some", "-seizure headache"),
    ("mouth ulcers none. photosensitivity yes", "-mouth_ulcers photosensitivity"),
    ("brain no skin yes", "-brain skin"),
    ("yes fever, no rash", "fever -rash"),
    ("no fever yes rash", "-fever rash"),
    ("no seizures no stroke skin yes joints yes", "-seizure -stroke skin joints"),
    ("I used to have migraines but not any more", "<migraine"),
    ("it was not cancer", "-cancer"),
    ("Epilepsy? Never.", "-epilepsy"),
]
LEADING = [
    ("No, the rash is still there.", "rash"),
    ("no the fever is back", "fever"),
    ("No, I have diabetes", "diabetes"),
    ("nope, my knees hurt", "knee_pain"),
    ("No. I still have headaches", "headache"),
    ("no i have asthma since i was small", "asthma"),
    ("No, it's the fatigue that bothers me", "fatigue"),
    ("no, no fever", "-fever"),
    ("Yes, no fever", "-fever"),
    ("nah i take plaquenil", "hydroxychloroquine"),
    ("no no, the swelling is still there", "swelling"),
    ("No, not methotrexate, plaquenil", "-methotrexate hydroxychloroquine"),
]
DENIED = [
    ("no fever, rash or cough", "-fever -rash -cough"),
    ("I don't have diabetes or asthma", "-diabetes -asthma"),
    ("neither fever nor headaches", "-fever -headache"),
    ("I have neither asthma nor diabetes", "-asthma -diabetes"),
    ("i no have diabetes", "-diabetes"),
    ("without fever but with rash", "-fever rash"),
    ("no fever but my joints hurt", "-fever joint_pain"),
    ("no fever, my joints hurt", "-fever joint_pain"),
    ("no cough, the rash is worse", "-cough rash"),
    ("rash no longer", "-rash"),
    ("no chest pain anymore", "-chest_pain"),
    ("i dont get headaches any more", "-headache"),
    ("not on methotrexate", "-methotrexate"),
    ("I do not take prednisone", "-prednisone"),
    ("i dont hav asthma", "-asthma"),
    ("no rash no fever no ulcers", "-rash -fever -skin_ulcers"),
    ("no rash, just tired", "-rash fatigue"),
    ("no seizures, only headaches now", "-seizure headache"),
    ("joints yes but not kidneys", "joints -kidneys"),
    ("my lungs are affected, not the kidneys", "lungs -kidneys"),
    ("kidneys not affected, lungs affected", "-kidneys lungs"),
    ("no change in my rash", "rash"),
    ("not only fever but also rash", "fever rash"),
    ("the fever won't go away", "fever"),
    ("denies fever, admits rash", "-fever rash"),
    ("I have never had a stroke", "!stroke"),
    ("no diabetes in my family", "-diabetes@family"),
]
RULED_OUT = [
    ("cancer was ruled out", "-cancer"),
    ("they ruled out tuberculosis", "-tuberculosis"),
    ("TB ruled out", "-tuberculosis"),
    ("heart attack was excluded at the hospital", "-heart_attack"),
    ("they thought it was lymphoma but the biopsy came back clear", "-lymphoma <biopsy"),
    ("suspected breast cancer but it turned out benign", "-breast_cancer"),
    ("the breast lump turned out benign", "<breast_lump"),
    ("they suspected epilepsy, it wasn't that", "-epilepsy"),
    ("negative for HIV", "-hiv"),
    ("they removed a lump, the biopsy was negative", "<lump <biopsy"),
    ("they are checking me for epilepsy", "?epilepsy"),
    ("a scan to rule out cancer", "<scan ?cancer"),
]
OVER = [
    ("Plaquenil, CellCept, stopped Imuran", "hydroxychloroquine mycophenolate <azathioprine"),
    ("plaquenil, cellcept, imuran stopped last year", "hydroxychloroquine mycophenolate <azathioprine"),
    ("hcq 200, pred 5, mtx finished in march", "hydroxychloroquine prednisone <methotrexate"),
    ("no longer on prednisone, just plaquenil", "<prednisone hydroxychloroquine"),
    ("off azathioprine since May, still on plaquenil", "<azathioprine hydroxychloroquine"),
    ("came off methotrexate, now on cellcept", "<methotrexate mycophenolate"),
    ("used to take imuran now cellcept", "<azathioprine mycophenolate"),
    ("only plaquenil now", "hydroxychloroquine"),
    ("I stopped benlysta and started saphnelo", "<belimumab anifrolumab"),
    ("i dont take methotrexate anymore just plaquenil", "<methotrexate hydroxychloroquine"),
    ("I took prednisone for a year, but I stopped that in May", "<prednisone"),
    ("quit methotrexate, it made me ill", "<methotrexate"),
    ("methotrexate and imuran: stopped", "<methotrexate <azathioprine"),
    ("my doctor took me off prednisone last winter", "<prednisone"),
    ("rash went away but fatigue stayed", "<rash fatigue"),
    ("fever and rash have gone", "<fever <rash"),
    ("had pneumonia two years ago", "<pneumonia"),
    ("pneumonia last year, asthma now", "<pneumonia asthma"),
    ("In the past I took imuran", "<azathioprine"),
    ("I was on cyclophosphamide", "<cyclophosphamide"),
    ("I had shingles and I have a rash now", "<shingles rash"),
    ("the flare I had last year was bad", "<flare"),
    ("hydroxychloroquine daily, never stopped", "hydroxychloroquine"),
    ("did not stop plaquenil", "hydroxychloroquine"),
    ("more than ten years i take plaquenil", "hydroxychloroquine"),
    ("cancer in remission", "<cancer"),
    ("methotrexate - stopped 2019, plaquenil - still taking", "<methotrexate hydroxychloroquine"),
    ("cellcept was added in 2021 and prednisone stopped in 2022", "mycophenolate <prednisone"),
    ("I take prednisone but I want to stop it", "prednisone"),
    ("my meds: plaquenil, prednisone. past: mtx, imuran", "hydroxychloroquine prednisone <methotrexate <azathioprine"),
    ("no meds at the moment, was on plaquenil", "<hydroxychloroquine"),
    ("tb when i was a child, treated", "<tuberculosis"),
    ("rituximab but it failed", "<rituximab"),
    ("I stopped having seizures", "<seizure"),
    ("two rounds of rituximab, now plaquenil", "<rituximab hydroxychloroquine"),
    ("I grew out of asthma", "<asthma"),
    ("on prednisone until 2019", "<prednisone"),
    ("my seizures have stopped since keppra", "<seizure levetiracetam"),
    ("I was diagnosed in 2012 with asthma and my kidneys were affected", "asthma kidneys"),
    ("had two flares last year none this year", "<flare"),
]
NEVER_TAKEN = [
    ("was prescribed methotrexate but never took it", "!methotrexate"),
    ("I got a prescription for imuran but never started it", "!azathioprine"),
    ("never took methotrexate", "!methotrexate"),
    ("i have never been on rituximab", "!rituximab"),
    ("They offered cyclophosphamide, I refused it", "-cyclophosphamide"),
    ("prescribed benlysta, didn't take it, plaquenil only", "!belimumab hydroxychloroquine"),
    ("methotrexate prescribed but not started", "!methotrexate"),
    ("had stem cells? never", ""),
]
PLANNED = [
    ("waiting to start benlysta", ">belimumab"),
    ("starting saphnelo next month", ">anifrolumab"),
    ("my doctor wants me to try methotrexate", ">methotrexate"),
    ("about to begin rituximab, now plaquenil", ">rituximab hydroxychloroquine"),
    ("benlysta starts next week", ">belimumab"),
    ("rituximab is planned", ">rituximab"),
    ("I will start mycophenolate soon", ">mycophenolate"),
    ("they suggested cyclophosphamide", ">cyclophosphamide"),
    ("on plaquenil, waiting for approval for benlysta", "hydroxychloroquine >belimumab"),
    ("hip replacement booked for june", ">hip_replacement"),
    ("saphnelo is lined up", ">anifrolumab"),
    ("got approved for benlysta", ">belimumab"),
]
SWITCHED = [
    ("switched from azathioprine to cellcept", "<azathioprine mycophenolate"),
    ("they changed me from methotrexate to leflunomide", "<methotrexate leflunomide"),
    ("went from prednisone to methylprednisolone", "<prednisone methylprednisolone"),
    ("swapped imuran for cellcept", "<azathioprine mycophenolate"),
    ("imuran was replaced by cellcept", "<azathioprine mycophenolate"),
    ("I was switched to benlysta", "belimumab"),
    ("moved from mtx to benlysta in 2022", "<methotrexate belimumab"),
]
ALLERGIES = [
    ("my allergies are penicillin and nuts", "allergy -penicillin"),
    ("allergies: aspirin, ibuprofen", "allergy -aspirin -ibuprofen"),
    ("penicillin gives me hives", "-penicillin hives"),
    ("aspirin makes me wheeze", "-aspirin wheezing"),
    ("can't tolerate methotrexate", "<methotrexate"),
    ("couldnt tolerate imuran, on cellcept now", "<azathioprine mycophenolate"),
    ("I am intolerant to naproxen", "<naproxen"),
    ("no allergies, I take plaquenil", "-allergy hydroxychloroquine"),
    ("allergic to sulfa, penicillin and latex", "drug_allergy -penicillin"),
    ("allergic to naproxen, I take plaquenil", "allergy -naproxen hydroxychloroquine"),
    ("Bactrim gives a rash", "-trimethoprim_sulfamethoxazole rash"),
    ("had an allergic reaction to naproxen in 2009", "<allergy <naproxen"),
]
EXCEPT = [
    ("no symptoms except fatigue", "fatigue"),
    ("nothing apart from headaches", "headache"),
    ("everything is fine except my knees hurt", "knee_pain"),
    ("I take everything except methotrexate", "-methotrexate"),
    ("apart from dry eyes I feel fine", "dry_eyes"),
    ("no allergies except penicillin", "-allergy penicillin"),
    ("nothing but fatigue", "fatigue"),
    ("all of the above except brain", "-brain"),
    ("everything affected except lungs", "-lungs"),
    ("On no medication except paracetamol", "acetaminophen"),
    ("healthy apart from asthma", "asthma"),
]
UNSURE = [
    ("maybe lupus nephritis", "?lupus_nephritis"),
    ("I might have asthma", "?asthma"),
    ("they suspect epilepsy", "?epilepsy"),
    ("not sure if I have diabetes", "?diabetes"),
    ("I think I have arthritis", "?arthritis"),
    ("can I take ibuprofen", "?ibuprofen"),
    ("if I get a rash what then", "?rash"),
    ("worried about cancer", "?cancer"),
    ("my GP thinks it might be asthma", "?asthma"),
    ("risk of infection", "?infection"),
]
PEOPLE = [
    ("our mam had breast cancer but not me", "<breast_cancer@mother"),
    ("my mum has lupus and I have joint pain", "lupus@mother joint_pain"),
    ("my sister takes humira, I take plaquenil", "adalimumab@sister hydroxychloroquine"),
    ("diabetes (my father)", "diabetes@father"),
    ("breast cancer - my aunt", "breast_cancer@aunt"),
    ("asthma runs in my family", "asthma@family"),
    ("My dad is ill. He has cirrhosis", "cirrhosis@father"),
    ("my friend takes imuran", "azathioprine@friend"),
    ("she takes plaquenil and her mother takes imuran", "hydroxychloroquine@other azathioprine@mother"),
    ("cancer no but my dad died of lung cancer", "-cancer <lung_cancer@father"),
    ("no i dont have cancer my mother has", "-cancer"),
    ("a colleague of mine has epilepsy, not me", "epilepsy@colleague"),
    ("my nan's arthritis was bad, mine is ok", "<arthritis@grandmother"),
    ("he put me on prednisone", "prednisone"),
    ("my mother has asthma but I don't have that", "asthma@mother"),
    ("grandmother lupus, father diabetes", "lupus@grandmother diabetes@father"),
    ("there is no lupus in my family", "-lupus@family"),
    ("my family doctor says I have anemia", "anemia"),
    ("i have lupus my sister has asthma", "lupus asthma@sister"),
    ("stroke in my grandfather, no cancer", "stroke@grandfather -cancer"),
    ("like my mother I have asthma", "asthma"),
    ("my mum's got asthma", "asthma@mother"),
]
HABITUAL = [
    ("headaches on and off", "headache"),
    ("no fever, sometimes a cough", "-fever cough"),
    ("rash comes and goes", "rash"),
    ("I sometimes get dizzy", "dizziness"),
]
PARTS = [
    ("pain in the back of the knee", "knee_pain"),
    ("tablets to control my blood pressure", ""),
    ("my fingers go white in the cold", "color_changing_fingers"),
    ("my eye doctor is nice", ""),
    ("the kidney clinic called", ""),
    ("joint pain in both hands", "joint_pain"),
    ("my neck is sore", "neck_pain"),
    ("sores on my lips", "mouth_ulcers"),
    ("sore knees, her fingers go white", "knee_pain color_changing_fingers@other"),
    ("a steroid, cant remember the name", "steroids"),
    ("the heart specialist said hello", ""),
    ("my skin cream is nice", ""),
]
COORDINATED = [
    ("nausea and vomiting", "nausea vomiting"),
    ("I have nausea, vomiting and diarrhoea", "nausea vomiting diarrhea"),
    ("numbness and tingling", "numbness tingling"),
    ("fever/rash/cough", "fever rash cough"),
    ("plaquenil + cellcept + pred", "hydroxychloroquine mycophenolate prednisone"),
]
ASKED_AND_ENDURED = [
    ("do I have to stop imuran first?", "azathioprine"),
    ("what if I miss my cellcept twice?", "mycophenolate"),
    ("is it ok to take naproxen with lupus?", "?naproxen lupus"),
    ("i cant bear the joint pain any longer", "joint_pain"),
    ("the benlysta hasnt touched my rash", "belimumab rash"),
    ("no fever any more thanks to prednisone", "-fever prednisone"),
    ("had a migraine weekly, none since i started topiramate", "<migraine topiramate"),
    ("neither me nor my mum have asthma", "-asthma"),
    ("shingles in 2015, pneumonia in 2018, nothing since", "<shingles <pneumonia"),
    ("a girl in my fb group takes rituximab", "rituximab@other"),
    ("scared of ending up on dialysis", "?dialysis"),
    ("rash i did not have", "-rash"),
    ("nil rash, nil fever", "-rash -fever"),
    ("my biopsy got postponed", ">biopsy"),
    ("neither imuran nor cellcept did anything for me", "<azathioprine <mycophenolate"),
    ("can I swim for a week? Was in Spain in May, I take plaquenil", "hydroxychloroquine"),
]
KINDS = {
    "answered": ANSWERED, "leading": LEADING, "denied": DENIED, "ruled out": RULED_OUT, "over": OVER,
    "never taken": NEVER_TAKEN, "planned": PLANNED, "switched": SWITCHED, "allergies": ALLERGIES, "except": EXCEPT,
    "unsure": UNSURE, "people": PEOPLE, "habitual": HABITUAL, "parts": PARTS, "coordinated": COORDINATED,
    "asked and endured": ASKED_AND_ENDURED,
}  # fmt: skip
TABLE = [(kind, text, said) for kind, rows in KINDS.items() for text, said in rows]
_POLARITY = {"present": "", "absent": "-", "unsure": "?"}
_TIME = {"now": "", "past": "<", "planned": ">", "never": "!"}


def _shown(entity: dict) -> str:
    said = entity["assertion"]
    marks = _TIME[said["time"]] or _POLARITY[said["polarity"]]
    whose = {"patient": "", "family": f"@{said['relative'] or 'family'}", "other": f"@{said['relative'] or 'other'}"}
    return f"{marks}{entity['value']}{whose[said['whose']]}"


@pytest.mark.parametrize(("kind", "text", "said"), TABLE, ids=[f"{kind}: {text}" for kind, text, _ in TABLE])
def test_what_is_said_of_each_finding(analyser: ClinicalAnalyser, kind: str, text: str, said: str) -> None:
    found = [_shown(entity) for entity in analyser.entities(text) if entity["entity"] in CLINICAL]
    assert found == said.split()


@pytest.mark.parametrize(
    ("text", "governors"),
    [
        ("was prescribed methotrexate but never took it", ["never_took"]),
        ("waiting to start benlysta", ["waiting_to_start"]),
        ("switched from azathioprine to cellcept", ["switched_from", "switched_to"]),
        ("I cannot tolerate methotrexate", ["cannot_tolerate"]),
        ("cancer was ruled out", ["ruled_out"]),
        ("they suspected breast cancer but it turned out benign", ["turned_out_benign"]),
        ("no symptoms except fatigue", ["except"]),
        ("I take plaquenil and stopped imuran", ["takes", "stopped"]),
        ("headaches on and off", ["habitual"]),
        ("kidneys: no", ["answered_no"]),
        ("penicillin gives me hives", ["allergic_to", None]),
        ("diagnosed with asthma", ["diagnosed"]),
    ],
)
def test_the_word_it_stands_under(analyser: ClinicalAnalyser, text: str, governors: list) -> None:
    assert [entity["assertion"]["governor"] for entity in analyser.entities(text)] == governors


@pytest.mark.parametrize(
    ("text", "value", "since", "until"),
    [
        ("plaquenil since 2015", "hydroxychloroquine", "2015", None),
        ("Since 2015 I take plaquenil", "hydroxychloroquine", "2015", None),
        ("on prednisone for three years", "prednisone", "three years", None),
        ("diagnosed with asthma in March 2020", "asthma", "March 2020", None),
        ("I stopped imuran in May", "azathioprine", None, "May"),
        ("off imuran since last summer", "azathioprine", None, "last summer"),
        ("took methotrexate until 2019", "methotrexate", None, "2019"),
        ("had pneumonia two years ago", "pneumonia", None, "two years ago"),
        ("headaches since I was a child", "headache", "I was a child", None),
        ("I've had breast cancer in 2015", "breast_cancer", None, "2015"),
        ("brain fog since last winter", "brain_fog", "last winter", None),
        ("methotrexate 2015-2018", "methotrexate", "2015", "2018"),
        ("on imuran from 2012 to 2016", "azathioprine", "2012", "2016"),
        ("on prednisone until last year", "prednisone", None, "last year"),
        ("I have a rash", "rash", None, None),
    ],
)
def test_since_and_until_when(
    analyser: ClinicalAnalyser, text: str, value: str, since: str | None, until: str | None
) -> None:
    said = next(entity["assertion"] for entity in analyser.entities(text) if entity["value"] == value)
    assert (said["since"], said["until"]) == (since, until)


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("I take plaquenil", (False, "patient", "current")),
        ("waiting to start benlysta", (False, "patient", "hypothetical")),
        ("never took methotrexate", (True, "patient", "past")),
        ("never had seizures", (True, "patient", "current")),
        ("I stopped imuran", (False, "patient", "past")),
        ("maybe asthma", (False, "patient", "hypothetical")),
        ("my friend takes imuran", (False, "other", "current")),
        ("anywhere but Mexico", (True, "patient", "current")),
        ("aspirin makes me wheeze", (True, "patient", "current")),
    ],
)
def test_the_coarser_values_stay_on_the_wire(analyser: ClinicalAnalyser, text: str, wire: tuple) -> None:
    entity = analyser.entities(text)[0]
    assert (entity["negated"], entity["experiencer"], entity["temporality"]) == wire


@pytest.mark.parametrize(
    ("text", "kind", "whose"),
    [
        ("my mother is 65 and has asthma", "age", "family"),
        ("My mum has had asthma for 20 years", "duration", "family"),
        ("my sister was diagnosed in 2010", "year", "family"),
        ("My daughter is ill. She is 12 years old", "age", "family"),
        ("I am 34 and my mother is ill", "age", "patient"),
        ("my mother is ill and I am 34", "age", "patient"),
        ("it's for my 14 year old daughter", "age", "family"),
    ],
)
def test_a_relative_keeps_her_age_and_her_years(analyser: ClinicalAnalyser, text: str, kind: str, whose: str) -> None:
    fact = next(entity for entity in analyser.entities(text) if entity["entity"] == kind)
    assert (fact["experiencer"], fact["assertion"]["whose"]) == (whose, whose)


def _told(analyser: ClinicalAnalyser, text: str) -> list[tuple]:
    return [(said["text"], said["value"], said["polarity"]) for said in analyser.message(text).assertions]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("email no, whatsapp yes", [("email", None, "absent"), ("whatsapp", None, "present")]),
        ("not email, phone", [("email", None, "absent"), ("phone", None, "present")]),
        ("No, the rash is still there.", [("No", None, "absent"), ("rash", "rash", "present")]),
        ("yes", [("yes", None, "present")]),
        ("no", [("no", None, "absent")]),
        ("kidneys no, spleen yes", [("kidneys", "kidneys", "absent"), ("spleen", "spleen", "present")]),
        ("", []),
    ],
)
def test_a_message_asserts_its_words_in_their_order(analyser: ClinicalAnalyser, text: str, told: list) -> None:
    assert _told(analyser, text) == told


def test_each_assertion_carries_the_clause_it_stands_in(analyser: ClinicalAnalyser) -> None:
    text = "I take plaquenil, but I stopped imuran in May"
    clauses = [entity["assertion"]["clause"] for entity in analyser.entities(text)]
    assert [clause["text"] for clause in clauses] == ["I take plaquenil,", "but I stopped imuran in May"]
    assert all(text[clause["start"] : clause["end"]] == clause["text"] for clause in clauses)


def test_what_is_read_fits_the_wire_contract(analyser: ClinicalAnalyser) -> None:
    contract = json.loads((ROOT / "docs" / "wire-contract.schema.json").read_text(encoding="utf-8"))
    checks = {
        name: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": contract["$defs"]})
        for name in ("entity", "asserted")
    }
    for _, text, _ in TABLE:
        message = analyser.message(text)
        for entity in message.entities:
            checks["entity"].validate(entity)
        for said in message.assertions:
            checks["asserted"].validate(said)


def test_an_assertion_has_every_key(analyser: ClinicalAnalyser) -> None:
    message = analyser.message("I'm Ana, 34, my mum takes imuran, no rash, not by email")
    keys = {"polarity", "time", "whose", "relative", "governor", "since", "until", "clause"}
    assert all(set(entity["assertion"]) == keys for entity in message.entities)
    assert all(set(said) == keys | {"start", "end", "text", "entity", "value"} for said in message.assertions)
    starts = [said["start"] for said in message.assertions]
    assert starts == sorted(starts)
