"""References: layout, randomness, and that the check character finds what people get wrong."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.reference import ALPHABET, cut_reference, find_reference, new_reference, normalise_reference

EXAMPLE = "MR-7F3K-9Q2M"
references = st.builds(new_reference)


def test_a_new_reference_is_valid_and_uses_no_character_that_looks_like_another() -> None:
    made = {new_reference() for _ in range(500)}
    assert len(made) == 500
    for reference in made:
        assert normalise_reference(reference) == reference
        assert not set(reference[3:]) & set("01OILSZBGUADE")


def test_new_references_use_every_character_at_every_random_place() -> None:
    bodies = [new_reference()[3:].replace("-", "") for _ in range(2000)]
    for place in range(8):
        assert {body[place] for body in bodies} == set(ALPHABET)


def _damaged(characters: str) -> str | None:
    return normalise_reference(f"MR-{characters[:4]}-{characters[4:]}")


@pytest.mark.parametrize("number", range(26))
def test_every_single_wrong_character_is_found(number: int) -> None:
    # Made in the test: what is collected must be the same for each worker.
    reference = new_reference() if number else EXAMPLE
    characters = reference[3:].replace("-", "")
    for place, wrong in itertools.product(range(8), ALPHABET):
        if wrong != characters[place]:
            assert _damaged(characters[:place] + wrong + characters[place + 1 :]) is None


def test_every_swap_of_two_characters_is_found_at_every_place() -> None:
    """Whether a swap is found depends on the two characters and places alone, so all pairs are enough."""
    for left, right in itertools.permutations(ALPHABET, 2):
        for first, second in itertools.combinations(range(7), 2):
            body = ["2"] * 7
            body[first], body[second] = left, right
            [check] = [c for c in ALPHABET if _damaged("".join(body) + c)]
            body[first], body[second] = right, left
            assert _damaged("".join(body) + check) is None


@given(references)
def test_a_swap_with_the_check_character_is_found(reference: str) -> None:
    characters = reference[3:].replace("-", "")
    if characters[6] != characters[7]:
        assert _damaged(characters[:6] + characters[7] + characters[6]) is None


@pytest.mark.parametrize(
    "typed",
    [
        EXAMPLE,
        "mr-7f3k-9q2m",
        "MR7F3K9Q2M",
        "  mr 7f3k 9q2m ",
        "7F3K-9Q2M",
        "7f3k9q2m",
        "MR–7F3K—9Q2M",
        "MR - 7F3K - 9Q2M.",
        "ＭＲ－７Ｆ３Ｋ－９Ｑ２Ｍ",
        "MR-7F3K-902M",
        "MR-7F3K-9O2M",
        "MR-7F3K-9QZM",
        "MR-1F3K-9Q2M",
        "МR-7F3К-9Q2М",
        "#MR_7F3K_9Q2M",
    ],
)
def test_what_people_type_is_brought_into_form(typed: str) -> None:
    assert normalise_reference(typed) == EXAMPLE


@pytest.mark.parametrize(
    "typed",
    ["", "MR", "MR-7F3K-9Q2", "MR-7F3K-9Q2MM", "MR-7F3K-9Q2N", "hello", "12345678", "MR-****-****", "🙂" * 8],
)
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert normalise_reference(typed) is None


@given(st.text())
def test_any_text_gives_a_valid_reference_or_none(typed: str) -> None:
    found = normalise_reference(typed)
    assert found is None or normalise_reference(found) == found


@given(references)
def test_a_reference_is_found_inside_a_sentence(reference: str) -> None:
    compact = reference.replace("-", "").lower()
    assert find_reference(f"hello, my reference is {reference}.") == reference
    assert find_reference(f"{compact} please") == reference
    assert find_reference(reference[3:]) == reference


@pytest.mark.parametrize("text", ["", "I have no reference", "call 555 0142 1234", "MR-AAAA-AAAB"])
def test_what_is_no_reference_is_not_taken_for_one(text: str) -> None:
    assert find_reference(text) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (EXAMPLE, ""),
        (f"check {EXAMPLE} please", "check   please"),
        ("MR-7F3K-9Q2X", ""),
        ("mr 7f3k 9q2m", ""),
        ("mr7f3k9q2m please", "please"),
        ("7F3K-9Q2M", ""),
        ("7f3k9q2m thanks", "thanks"),
    ],
)
def test_a_message_that_plainly_holds_a_reference_is_told_from_its_rest(text: str, rest: str) -> None:
    assert cut_reference(text) == rest


@given(
    st.sampled_from(
        ["{} {}", "Mr {} {}", "{}{}", "my name is {} {}", "I took {} {}", "{} {}, 34", "{}{}@example.org", "x@{}.{}"]
    ),
    st.text(alphabet="JOHNRUIZTCKYLMPVX", min_size=4, max_size=4),
    st.sampled_from(["RUIZ", "Koch", "2019", "1985", "5512"]),
)
def test_names_dates_numbers_and_addresses_of_the_same_length_are_no_references(
    pattern: str, first: str, second: str
) -> None:
    if second.isdigit() and pattern == "{}{}":
        pattern = "{} {}"
    assert cut_reference(pattern.format(first, second)) is None


@pytest.mark.parametrize("text", ["5512 3456", "55123456", "MR scan 2019", "john1234@example.org", "born 1985"])
def test_other_words_of_that_length_are_none_either(text: str) -> None:
    assert cut_reference(text) is None
