"""Whole messages: the example lines in aggregate, and the distinctions that matter one by one."""

import json
import statistics
import time

import pytest

from bot.nlu.safety.decision import decide
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.languages import OtherLanguages
from bot.nlu.safety.rules import RedFlags
from tests.bot.nlu.clinical.conftest import LEXICON

LINES = [json.loads(line) for line in (LEXICON / "redflags" / "examples.jsonl").read_text("utf-8").splitlines()]
# By the rules alone: four in ten of the lines were written to say it in a roundabout way, which is left to the second
# look (test_component.py).
LEAST_FOUND = 0.65
MOST_FALSE_ALARMS = 0.03


def kind_of(detector: RedFlagDetector, text: str) -> str | None:
    return decide(detector.signs(text)).kind


def test_the_rules_alone_find_most_alarms(detector: RedFlagDetector) -> None:
    alarms = [line["text"] for line in LINES if line["label"] != "none"]
    missed = [text for text in alarms if kind_of(detector, text) is None]
    assert len(alarms) >= 400
    assert len(missed) / len(alarms) <= 1 - LEAST_FOUND, missed


def test_the_rules_raise_few_false_alarms(detector: RedFlagDetector) -> None:
    harmless = [line["text"] for line in LINES if line["label"] == "none"]
    false = [text for text in harmless if kind_of(detector, text) is not None]
    assert len(harmless) >= 400
    assert len(false) / len(harmless) <= MOST_FALSE_ALARMS, false


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my chest hurts and I can't breathe", "emergency"),
        ("I am putting all my affairs in order, quietly", "crisis"),
        ("I want my affairs in order before the transplant", None),
        ("gave away my dog last night", "crisis"),
        ("The bleeding will not stop", "emergency"),
        ("my nose has not stopped bleeding since this morning", "emergency"),
        ("no quiero vivir", "crisis"),
        ("je ne veux plus vivre", "crisis"),
        ("ich will nicht mehr leben", "crisis"),
        ("no quiero vivir lejos de la clinica", None),
        ("my phone is dying, answer quickly", None),
        ("I don't want to live abroad for three months", None),
        ("what should I do if I get chest pain?", None),
        ("what should i do my husband can't breathe", "emergency"),
        ("can lupus cause seizures?", None),
        ("she is having a seizure right now", "emergency"),
        ("I had a stroke in 2015", None),
        ("my mother died of a heart attack", None),
        ("no chest pain, no shortness of breath", None),
        ("no fever but I can't breathe", "emergency"),
        ("I've never had chest pain like this", "emergency"),
        ("I've never had chest pain", None),
        ("I had chest pain last week and it is back now", "emergency"),
        ("I sometimes get chest pain when I flare", None),
        ("chest pian", "emergency"),
        ("cant breth", "emergency"),
        ("stiff neck and a fever", "emergency"),
        ("stiff neck from sleeping badly", None),
        ("swollen legs and short of breath", "emergency"),
        ("swollen legs", None),
        ("hives and a tight throat after my infusion", "emergency"),
        ("what if I get hives after the infusion?", None),
        ("fever and shivering, I had the transplant a week ago", "emergency"),
        ("Please change my phone. Also my face is drooping on one side", "emergency"),
        ("I'm dying to know the price", None),
        ("these shoes are killing me", None),
        ("I nearly had a heart attack when I saw the price", None),
        ("I want to die", "crisis"),
        ("I don't want to die of this disease", None),
        ("I dont want to be here anymore", "crisis"),
        ("my family would be better off without me", "crisis"),
        ("i want to sleep and never wake up", "crisis"),
        ("im suicdal", "crisis"),
        ("sometimes I think about ending it all", "crisis"),
        ("I'm not suicidal", None),
        ("does prednisone make people suicidal?", None),
        ("my daughter says she wants to kill herself", "crisis"),
        ("my uncle killed himself years ago", None),
        ("I took all my pills because I want to die", "crisis"),
        ("tired of living", "crisis"),
        ("tired of taking pills", None),
        # asked in general, yet felt now
        ("is it common to have chest pain with lupus? mine started an hour ago", "emergency"),
        ("is chest pain common with lupus?", None),
        ("my nephew had two seizures today", "emergency"),
        ("my nephew had two seizures in 2015", None),
        ("since the past two days I pass very little urine and I am swollen", "emergency"),
        ("temp 38.5, I'm on cytoxan", "emergency"),
        ("first days after the transplant I had a fever of 38, now I feel great", None),
        ("platelets are 5 and I have a terrible headache", "emergency"),
        ("my platelets are usually around 100", None),
        ("took methotrexate every day for a week by mistake", "emergency"),
        ("the pharmacy had no prednisolone and now I nearly fell twice and keep vomiting", "emergency"),
        ("my partner beats me, I am hiding in the toilet", "emergency"),
        ("I got beaten by insurance again", None),
        ("we laughed so much I couldn't breathe", None),
        ("I am allergic to nuts, my throat swells if I eat them", None),
        ("my marriage collapsed", None),
        ("my dog had a seizure", None),
        ("the hero in the series has a heart attack", None),
        # thoughts that are not quite a plan, long ago but back, or somebody else's
        ("what's the point anymore", "crisis"),
        ("what is the point of fasting", None),
        ("I don't plan to kill myself but I wouldn't mind if I died", "crisis"),
        ("I wouldn't mind waiting", None),
        ("I tried to kill myself last week", "crisis"),
        ("I tried to kill myself when I was young, now I love my life", None),
        ("I had suicidal thoughts before and they have come back", "crisis"),
        ("I had suicidal thoughts in 2010, not since", None),
        ("I used to self harm and I've started again", "crisis"),
        ("I used to self harm as a teenager, I have scars", None),
        ("I should have died when I was in intensive care", "crisis"),
        ("I keep counting my pills at night", "crisis"),
        ("I don't know how much longer I can keep going", "crisis"),
        ("how much longer do I have to wait", None),
        ("how much plaquenil is fatal", "crisis"),
        ("is lupus fatal", None),
        ("my wife talks about wanting it all to be over", "crisis"),
        ("the film is about a girl who kills herself", None),
        ("I don't want to live on pills forever", None),
        ("my friend committed suicide last month and I am grieving", None),
        ("this traffic is suicide", None),
        ("I have a treatment plan and a date", None),
        ("my answer was wrong, please change it", None),
        ("I'm only here because my doctor sent me", None),
        ("I think I'll go through with it, which papers do you need", None),
        ("does my insurance pay out for this", None),
        ("no point carrying on", "crisis"),
        ("I cut my legs last night", "crisis"),
        ("I cut my leg shaving", None),
        ("there is a stash of pills hidden in my drawer", "crisis"),
    ],
)
def test_distinctions(detector: RedFlagDetector, text: str, kind: str | None) -> None:
    assert kind_of(detector, text) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my breathing is fine now", True),
        ("the bleeding has stopped", True),
        ("my child doesn't have a fever any more", True),
        ("this is not an emergency", True),
        ("my ex killed himself in 2006", True),
        ("his breathing has stopped", False),
        ("my sight is gone", False),
        ("the pain will be over soon", False),
        ("it is all over now", False),
        ("he doesn't respond any more", False),
        ("the pain is better now but I can't feel my legs", False),
    ],
)
def test_relief_is_told_from_danger(detector: RedFlagDetector, text: str, expected: bool) -> None:
    assert detector.tells_it_is_over(text) is expected


def test_who_repeats_a_cry_for_help_is_heard_again(detector: RedFlagDetector) -> None:
    text = "my chest hurts and I can't breathe"
    first = detector.signs(text)
    assert first
    assert detector.signs(text) == first
    assert detector.signs("hello") == []
    assert detector.signs(text) == first


def test_every_rule_names_its_source(flags: RedFlags, detector: RedFlagDetector) -> None:
    assert set(detector.sources) == {rule["id"] for rule in flags.rules}
    assert all(detector.sources.values())


@pytest.mark.parametrize("text", ["", " ", "?", "😀", "a" * 5000, "can't " * 400, "你好", "\n"])
def test_odd_messages_do_no_harm(detector: RedFlagDetector, text: str) -> None:
    started = time.perf_counter()
    detector.signs(text)
    assert time.perf_counter() - started < 1.0


def test_a_message_takes_few_milliseconds(detector: RedFlagDetector) -> None:
    times = []
    for line in LINES:
        started = time.perf_counter()
        detector.signs(line["text"])
        times.append(time.perf_counter() - started)
    assert statistics.median(times) < 0.005


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "me he tomado todas las pastillas"),
        ("fr", "J'ai avalé toute la boîte de cachets"),
        ("de", "hab alle meine Schlaftabletten geschluckt"),
        ("pt", "tomei a cartela inteira de remédios"),
        ("it", "ho preso tutte le compresse di mia madre"),
        ("ar", "بلعت كل الحبوب"),
        ("ar", "أخذت علبة الدواء كلها"),
    ],
)
def test_what_is_already_taken_is_told_in_other_languages_too(language: str, text: str) -> None:
    assert OtherLanguages.tells_it_is_done(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "me duele mucho el pecho"),
        ("fr", "j'ai pris le bus et j'ai mal à la poitrine"),
        ("de", "ich will sterben"),
        ("it", "non riesco a respirare"),
        ("xx", "tomei todos"),
    ],
)
def test_what_is_not_taken_is_not_told(language: str, text: str) -> None:
    assert not OtherLanguages.tells_it_is_done(text, language)
