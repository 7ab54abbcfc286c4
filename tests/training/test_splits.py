from __future__ import annotations

import hashlib
import uuid
from collections import Counter

import pytest

from speechsite.lib.errors import ServiceError
from training_jobs.services.splits import ClipRow, check_trainable, splits_of, suggested_method

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def row(number: int, *, text: str = "", speaker: str = "", split: str = "") -> ClipRow:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return ClipRow(uuid.uuid4(), sha256, text or DIGITS[number % 10], speaker, split, 0.5, 8000)


def spoken(count: int) -> list[ClipRow]:
    return [row(number, speaker=SPEAKERS[number // 10 % 6]) for number in range(count)]


def test_the_datasets_own_split_is_kept_and_validation_is_taken_from_training() -> None:
    rows = [row(number, split="test" if number < 100 else "train") for number in range(1000)]
    splits = splits_of(rows, method="column", options={}, seed=0)
    assert [index for index, split in enumerate(splits) if split == "test"] == list(range(100))
    assert 45 < Counter(splits)["validation"] < 140


def test_a_validation_split_the_dataset_names_is_kept() -> None:
    names = ["test", "validation", "train", ""]
    rows = [row(number, split=names[number % 4]) for number in range(40)]
    splits = splits_of(rows, method="column", options={}, seed=0)
    assert Counter(splits) == {"test": 10, "validation": 10, "train": 20}


def test_a_column_split_without_a_test_is_refused_in_words() -> None:
    with pytest.raises(ServiceError) as refused:
        splits_of([row(number) for number in range(10)], method="column", options={}, seed=0)
    assert refused.value.code == "no_test_split"


def test_named_speakers_are_kept_wholly_aside() -> None:
    rows = spoken(600)
    splits = splits_of(rows, method="speaker", options={"test_speakers": ["theo", "lucas"]}, seed=0)
    tested = {r.speaker for r, split in zip(rows, splits, strict=True) if split == "test"}
    learned = {r.speaker for r, split in zip(rows, splits, strict=True) if split != "test"}
    assert tested == {"theo", "lucas"}
    assert not tested & learned
    assert Counter(splits)["validation"] > 0


def test_named_validation_speakers_are_not_trained_on() -> None:
    rows = spoken(600)
    options = {"test_speakers": ["theo"], "validation_speakers": ["lucas"]}
    splits = splits_of(rows, method="speaker", options=options, seed=0)
    trained = {r.speaker for r, split in zip(rows, splits, strict=True) if split == "train"}
    assert trained == set(SPEAKERS) - {"theo", "lucas"}


def test_speakers_are_drawn_by_a_stable_hash() -> None:
    rows = spoken(600)
    first = splits_of(rows, method="speaker", options={}, seed=0)
    again = splits_of(list(reversed(rows)), method="speaker", options={}, seed=0)
    assert first == list(reversed(again))
    tested = {r.speaker for r, split in zip(rows, first, strict=True) if split == "test"}
    assert 1 <= len(tested) <= 3


def test_an_unknown_speaker_is_named_with_those_there_are() -> None:
    with pytest.raises(ServiceError) as refused:
        splits_of(spoken(60), method="speaker", options={"test_speakers": ["zoe"]}, seed=0)
    assert refused.value.code == "unknown_speaker"
    assert "“zoe”" in refused.value.message
    assert "george" in refused.value.message


@pytest.mark.parametrize("speaker", ["", "george"])
def test_one_voice_cannot_be_split_by_speaker(speaker: str) -> None:
    rows = [row(number, speaker=speaker) for number in range(20)]
    with pytest.raises(ServiceError) as refused:
        splits_of(rows, method="speaker", options={}, seed=0)
    assert refused.value.code == "too_few_speakers"


def test_a_clip_never_changes_sides_as_a_dataset_grows() -> None:
    small, large = [row(number) for number in range(1000)], [row(number) for number in range(3000)]
    before = splits_of(small, method="random", options={}, seed=0)
    after = splits_of(large, method="random", options={}, seed=0)
    assert before == after[:1000]


def test_another_split_seed_draws_another_division() -> None:
    rows = [row(number) for number in range(300)]
    assert splits_of(rows, method="random", options={}, seed=0) != splits_of(rows, method="random", options={}, seed=1)


def test_a_random_split_gives_every_word_a_test_and_a_training_clip_where_it_has_two() -> None:
    rows = [row(number) for number in range(20)]
    splits = splits_of(rows, method="random", options={}, seed=0)
    for side in ("test", "train"):
        assert {r.text for r, split in zip(rows, splits, strict=True) if split == side} == set(DIGITS)


def test_four_clips_of_a_word_give_one_to_choose_by() -> None:
    rows = [row(number) for number in range(60)]
    splits = splits_of(rows, method="random", options={}, seed=0)
    chosen = {r.text for r, split in zip(rows, splits, strict=True) if split == "validation"}
    assert chosen == set(DIGITS)


def test_the_honest_split_is_suggested() -> None:
    assert suggested_method([row(0, split="test"), row(1, split="train")]) == "column"
    assert suggested_method(spoken(60)) == "speaker"
    assert suggested_method([row(number, speaker="george") for number in range(9)]) == "random"


def test_an_unknown_method_is_refused_with_those_there_are() -> None:
    with pytest.raises(ServiceError) as refused:
        splits_of(spoken(6), method="moon", options={}, seed=0)
    assert refused.value.code == "unknown_split"
    assert "column, speaker, random" in refused.value.message


def test_named_speakers_want_the_speaker_split() -> None:
    with pytest.raises(ServiceError) as refused:
        splits_of(spoken(60), method="random", options={"test_speakers": ["theo"]}, seed=0)
    assert refused.value.code == "speakers_need_speaker_split"


@pytest.mark.parametrize(
    ("texts", "splits", "code"),
    [
        ((), (), "no_clips"),
        (("one", "one"), ("train", "test"), "too_few_labels"),
        (("one", "two", "two"), ("train", "test", "test"), "too_few_clips"),
        (("one", "two"), ("train", "train"), "empty_test_split"),
    ],
)
def test_what_cannot_be_trained_is_refused_by_name(texts: tuple[str, ...], splits: tuple[str, ...], code: str) -> None:
    rows = [row(number, text=text) for number, text in enumerate(texts)]
    with pytest.raises(ServiceError) as refused:
        check_trainable(rows, splits)
    assert refused.value.code == code


def test_the_word_with_too_few_clips_is_named() -> None:
    rows = [row(0, text="yes"), row(1, text="no"), row(2, text="no")]
    with pytest.raises(ServiceError) as refused:
        check_trainable(rows, ["test", "train", "test"])
    assert refused.value.message.startswith("“yes” has only 1 clip,")
