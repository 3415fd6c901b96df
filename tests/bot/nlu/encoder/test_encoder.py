"""The prepared encoder gives the published model's vectors, and refuses weights that are not the published ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bot.nlu.encoder.component import answer_sentences
from bot.nlu.encoder.vectors import SentenceVectors
from bot.tools import prepare_encoder
from bot.tools.prepare_encoder import EncoderError, cache_directory, check, is_prepared, main, prepare

WEATHER = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]


@pytest.fixture(scope="module")
def encoder():
    return SentenceVectors(prepare())


def test_full_precision_gives_the_published_similarities(tmp_path):
    vectors = SentenceVectors(prepare(tmp_path / "encoder", quantise=False)).encode_batch(WEATHER)
    # The model card of all-MiniLM-L6-v2 prints these for the three sentences.
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    assert vectors @ vectors.T == pytest.approx(np.array(expected), abs=2e-4)


def test_eight_bits_stay_near(encoder):
    vectors = encoder.encode_batch(WEATHER)
    assert vectors @ vectors.T == pytest.approx(
        np.array([[1.0, 0.666, 0.105], [0.666, 1.0, 0.141], [0.105, 0.141, 1.0]]), abs=0.05
    )


def test_alone_and_in_a_batch_a_text_has_the_same_vector(encoder):
    texts = ["lupus", "is lupus genetic?", "what are the risks of a stem cell transplant for somebody of my age"]
    assert encoder.encode_batch(texts) == pytest.approx(np.stack([encoder.encode(text) for text in texts]), abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "?", "\U0001f600" * 300, "word " * 2000, "\u0644\u0648\u0628\u0648\u0633"])
def test_any_text_has_a_vector_of_length_one(encoder, text):
    assert np.linalg.norm(encoder.encode(text)) == pytest.approx(1.0, abs=1e-4)


def test_the_cache_forgets_the_oldest():
    small = SentenceVectors(prepare(), cache_size=2)
    first = small.encode("one")
    assert small.encode("one") is first
    small.encode("two")
    small.encode("three")
    assert small.encode("one") is not first


def test_preparing_twice_does_nothing_the_second_time(tmp_path):
    said = []
    directory = prepare(tmp_path / "encoder")
    before = (directory / "encoder.onnx").stat().st_mtime_ns
    prepare(tmp_path / "encoder", said.append)
    assert (directory / "encoder.onnx").stat().st_mtime_ns == before
    assert "ready" in said[-1]


def test_a_damaged_cache_is_made_again(tmp_path):
    directory = prepare(tmp_path / "encoder")
    (directory / "tokenizer.json").write_text("{}", encoding="utf-8")
    assert not is_prepared(directory)
    prepare(directory)
    assert is_prepared(directory)


def test_other_weights_are_refused(tmp_path):
    fake = tmp_path / "model.safetensors"
    fake.write_bytes(b"not the published file")
    with pytest.raises(EncoderError, match="not the published file"):
        check(fake, prepare_encoder.WEIGHTS_SHA256)
    with pytest.raises(EncoderError, match="missing"):
        check(tmp_path / "nothing", prepare_encoder.WEIGHTS_SHA256)


def test_a_missing_package_is_a_clear_message(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(prepare_encoder, "PACKAGE", "no_such_package_anywhere")
    assert main(["--directory", str(tmp_path / "encoder")]) == 1
    assert "bot/encoder.lock" in capsys.readouterr().err


def test_the_cache_directory_is_a_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("MARROW_CACHE_DIR", str(tmp_path))
    assert cache_directory() == tmp_path / "encoder"


def test_the_manifest_names_the_weights(encoder):
    manifest = json.loads((cache_directory() / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["weights_sha256"] == prepare_encoder.WEIGHTS_SHA256


def test_answers_are_cut_into_sentences_and_items():
    answer = "Costs vary:\n- the flight\n- the hospital stay\nAsk for a written quote. Compare it."
    assert answer_sentences(answer) == [
        "Costs vary:", "the flight", "the hospital stay", "Ask for a written quote.", "Compare it."
    ]  # fmt: skip
    assert answer_sentences("Yes.") == ["Yes."]
