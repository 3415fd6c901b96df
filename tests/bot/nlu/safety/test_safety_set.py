"""The trained model on the project's own safety set, of which no line is trained on or near a trained one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rasa.core.agent import Agent

from bot.evaluation import safety
from bot.nlu.safety.examples import read_examples, read_other_languages
from bot.safety import current, watch
from tests.bot.nlu.clinical.conftest import LEXICON

SMALLEST = {"emergencies": 300, "crises": 300, "harmless": 4900}
# As measured (docs/understanding.md), with room for chance on as many lines.
LEAST_EMERGENCIES, LEAST_CRISES = 0.97, 0.97
MOST_FALSE, MOST_FALSE_OF_A_KIND = 0.012, 0.03
LEAST_ABROAD, MOST_FALSE_ABROAD = 0.93, 0.03


HARMLESS_KINDS = {
    "need to stay": [
        "how many nights will I need to stay in the hospital",
        "do we need to stay near the clinic after the transplant?",
        "My husband has no need to stay with me",
        "no need to stay longer than a week, right?",
    ],
    "the other side": [
        "I live on the other side of the river",
        "we are on the other side of town from the airport",
        "the pharmacy is on the other side of the street",
    ],
    "negated clot signs": [
        "my ankles are swollen in the evening but no chest pain and I breathe fine",
        "one calf is a bit bigger since the surgery in 2019, no chest pain, no breathlessness",
    ],
    "somebody's languages": [
        "my wife doesn't speak much English",
        "she can't speak Spanish but her son can translate",
        "He speaks only Polish, can he come along?",
    ],
    "an allergy's reaction": [
        "latex makes my lips swell",
        "ibuprofen gives me hives",
        "I'm allergic to shellfish, my throat swells up when I eat it",
        "amoxicillin: rash and swelling as a child",
    ],
    "a death": [
        "my father is dead",
        "he is dead, he was my brother",
        "my first wife died in 2009",
        "Our dog is dead since spring",
    ],
    "search phrases": [
        "lupus and chest pain",
        "sle seizures",
        "lupus shortness of breath causes",
        "stroke risk lupus",
        "lupus suicide rate",
        "sepsis immunosuppressants",
    ],
    "lost abilities": [
        "I can't lift a kettle any more",
        "I gave up running two years ago",
        "I can't eat bread any longer",
        "She can no longer climb the stairs",
    ],
    "tablets": [
        "I keep forgetting my tablets",
        "I took my plaquenil late yesterday",
        "I stopped the steroids with my doctor in May",
    ],
    "answers": [
        "The left one.",
        "Left.",
        "I sleep on my right side.",
        "The pain comes and goes.",
        "Both hands, in the morning.",
    ],
    "tired of forms": [
        "I'm tired of filling in forms",
        "this is killing me, so many questions",
        "can we end this now",
        "I give up, this form is endless",
    ],
}


@pytest.fixture(scope="module", autouse=True)
def model():
    yield Agent.load(str(Path("models/marrow.tar.gz")))
    watch.use(None)
    current.install(None)


@pytest.fixture(scope="module")
def shares():
    lines = safety.read_set()
    return safety.count(lines, [watch.look(line.text) is not None for line in lines])


def share(shares, group, kind):
    return next(found for found in shares[group] if found.kind == kind)


def test_dangers_are_heard(shares):
    emergencies = share(shares, safety.DANGER, safety.ALL_EMERGENCIES)
    crises = share(shares, safety.DANGER, safety.ALL_CRISES)
    assert (emergencies.of >= SMALLEST["emergencies"], crises.of >= SMALLEST["crises"]) == (True, True)
    assert emergencies.share >= LEAST_EMERGENCIES, emergencies
    assert crises.share >= LEAST_CRISES, crises


def test_harmless_lines_raise_few_alarms_of_whatever_kind(shares):
    everything, *kinds = shares[safety.HARMLESS]
    assert everything.of >= SMALLEST["harmless"]
    assert everything.high <= MOST_FALSE, everything
    assert len(kinds) == 10
    assert [kind for kind in kinds if kind.share > MOST_FALSE_OF_A_KIND] == []


@pytest.mark.parametrize("language", ["es", "fr", "de", "pt", "it", "ar"])
def test_plain_dangers_in_six_other_languages_are_heard(shares, language):
    dangers, harmless = (share(shares, language, kind) for kind in ("all dangers", safety.ALL_HARMLESS))
    assert (dangers.of >= 59, harmless.of >= 99) == (True, True)
    assert dangers.share >= LEAST_ABROAD, dangers
    assert harmless.share <= MOST_FALSE_ABROAD, harmless


def test_older_lines_outside_the_examples_are_heard():
    lines = [json.loads(line) for line in (Path(__file__).parent / "held_out.jsonl").read_text("utf-8").splitlines()]
    alarms = [line["text"] for line in lines if line["label"] != "none"]
    harmless = [line["text"] for line in lines if line["label"] == "none"]
    missed = [text for text in alarms if watch.look(text) is None]
    false = [text for text in harmless if watch.look(text) is not None]
    assert len(missed) / len(alarms) <= 0.05, missed
    assert len(false) / len(harmless) <= 0.07, false


@pytest.mark.parametrize("place", [0, 20, 40])
def test_an_alarm_in_the_middle_of_a_long_story_is_heard(place):
    story = ["I was diagnosed in 2015 and my doctor is very kind to me."] * 40
    told = " ".join([*story[:place], "My chest hurts badly and I cannot breathe.", *story[place:]])
    assert watch.look(told).kind == "emergency"
    assert watch.look(" ".join(story)) is None


@pytest.mark.parametrize("kind", HARMLESS_KINDS)
def test_plain_sentences_that_rules_were_too_wide_for_raise_no_alarm(kind):
    assert [text for text in HARMLESS_KINDS[kind] if watch.look(text) is not None] == []


def words(text: str) -> frozenset[str]:
    return frozenset("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


def test_no_line_is_near_a_trained_one():
    trained = [*read_examples(LEXICON), *(text for text, _, _ in read_other_languages(LEXICON))]
    by_word: dict[str, list[frozenset[str]]] = {}
    for found in map(words, trained):
        for word in found:
            by_word.setdefault(word, []).append(found)
    near = []
    for line in [*safety.read_set(), *safety.read_set(safety.STRANGERS)]:
        found = words(line.text)
        # The rarest word of two lines that share nearly all is among those that both have.
        rare = sorted(found, key=lambda word: len(by_word.get(word, ())))[: max(1, len(found) // 6 + 1)]
        others = {other for word in rare for other in by_word.get(word, ())}
        near += [line.text for other in others if len(found) > 3 and len(found & other) / len(found | other) > 0.85]
    assert len(trained) > 20_000
    assert near == []
