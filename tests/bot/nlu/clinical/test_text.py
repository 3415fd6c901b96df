"""Normal forms, tokens and offsets."""

import pytest

from bot.nlu.clinical.spelling import Normaliser
from bot.nlu.clinical.text import build_language, mark_sentences, normal_form, offsets


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("Knees", "knee"),
        ("feet", "foot"),
        ("allergies", "allergy"),
        ("can't", "cant"),
        ("can’t", "cant"),
        ("mother's", "mother"),
        ("Diarrhoea", "diarrhea"),
        ("anaemia", "anemia"),
        ("tumours", "tumor"),
        ("hospitalised", "hospitalized"),
        ("exercise", "exercise"),
        ("non-", "non"),
        ("she's", "shes"),
        ("is", "is"),
        ("lupus", "lupus"),
        ("2015", "2015"),
    ],
)
def test_a_word_has_one_normal_form(word: str, form: str) -> None:
    assert normal_form(word) == form


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    ordinary = ["suggestion", "table", "section"]
    return Normaliser(ordinary, {"hydroxychloroquine", "prednisone", "infection", "digestion"}, {"pian": "pain"})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("hydroxycloroquine", "hydroxychloroquine"),
        ("prednisonne", "prednisone"),
        ("predinsone", "prednisone"),
        ("pian", "pain"),
        ("section", "section"),
        ("suggestions", "suggestion"),
        ("tabel", "tabel"),
        ("kprednisone", "kprednisone"),
    ],
)
def test_only_unknown_long_words_are_put_right(normaliser: Normaliser, written: str, read: str) -> None:
    assert normaliser(written) == read


def test_contractions_that_spacy_knows_have_our_normal_form() -> None:
    doc = build_language(normal_form).tokenizer("She's sure he's fine, isn't it? I'm ok, can't complain")
    assert [token.norm_ for token in doc if "'" in token.text] == ["shes", "hes", "isnt", "im", "cant"]


def test_offsets_lead_back_to_the_message_as_written() -> None:
    text = "my  knee-joint\n hurts"
    doc = build_language(normal_form).tokenizer(text)
    words = [token.text for token in doc]
    start, end = offsets(doc, words.index("knee-"), words.index("joint") + 1)
    assert text[start:end] == "knee-joint"
    start, end = offsets(doc, words.index("knee-"), words.index("knee-") + 1)
    assert text[start:end] == "knee"


def test_sentences_end_at_marks_and_lines_but_not_at_titles() -> None:
    doc = mark_sentences(build_language(normal_form).tokenizer("I saw Dr. Lee. No fever!\nTired"))
    assert [sentence.text for sentence in doc.sents][:2] == ["I saw Dr . Lee .", "No fever !"]
