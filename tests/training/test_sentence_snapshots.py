"""Snapshots, splits and job folders of sentences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.audio import decode, wav_bytes
from speechsite.lib.errors import ServiceError
from tests.trainer.synthesised_sentences import sentence, spoken
from tests.training.rows import make_clip
from training_jobs.models import Clip, Dataset, SnapshotClip
from training_jobs.services.clips import clip_create
from training_jobs.services.corpus_folder import CorpusSummary, corpus_folder_create, corpus_folder_write
from training_jobs.services.language_texts import language_text_create
from training_jobs.services.snapshots import left_out_sentences, snapshot_create, snapshot_plan
from training_jobs.services.text_rules import dataset_text_rules_set

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Snapshot

NUMBERS = ("one", "two", "three", "four", "five", "six")


def sentences_of(owner: User, texts: list[str], *, speakers: int = 3, **changes: object) -> Dataset:
    dataset = Dataset.objects.create(owner=owner, name="Talk", kind="sentences", language="en")
    for number, text in enumerate(texts):
        values = {"speaker": f"speaker {number % speakers}" if speakers else "", **changes}
        make_clip(dataset, number, text=text, **values)
    return dataset


def spoken_dataset(owner: User, *, takes: int = 24) -> Dataset:
    """Return sentences that can be heard; capitals and a full stop are the user's own way of writing."""
    dataset = Dataset.objects.create(owner=owner, name="Tones", kind="sentences", language="en")
    for take in range(takes):
        text = sentence(take)
        clip_create(
            dataset=dataset,
            audio=wav_bytes(spoken(text, take=take).astype(np.float32) / 32768),
            text=f"{text.capitalize()}.",
            speaker=f"speaker {take % 3}",
            origin=Clip.Origin.UPLOAD,
        )
    return dataset


def write(snapshot: Snapshot, folder: Path) -> CorpusSummary:
    corpus_folder_create(folder)
    return corpus_folder_write(
        snapshot=snapshot, folder=folder, recipe="ctc-conv", values={"epochs": 2}, seed=3, beat=lambda: None
    )


def test_texts_are_frozen_as_the_rules_write_them_and_clips_stay_as_they_were(owner: User) -> None:
    dataset = sentences_of(owner, [f"Call Number {word}!" for word in NUMBERS] * 4)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    texts = set(SnapshotClip.objects.filter(snapshot=snapshot).values_list("text", flat=True))
    assert texts == {f"call number {word}" for word in NUMBERS}
    assert Clip.objects.filter(dataset=dataset, text="Call Number one!").exists()
    assert snapshot.labels == sorted(set("callnumberonetwothreefourfivesix"))
    assert snapshot.text_rules["case"] == "fold"


def test_the_users_own_rules_count(owner: User) -> None:
    dataset = sentences_of(owner, ["Call Ada", "Call Ben!"] * 10)
    dataset_text_rules_set(dataset=dataset, values={"case": "keep", "punctuation": "keep"})
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    assert set(snapshot.clips.values_list("text", flat=True)) == {"Call Ada", "Call Ben!"}


def test_a_clip_whose_text_the_rules_refuse_is_left_out_with_its_reason(owner: User) -> None:
    dataset = sentences_of(owner, ["call ada", "ring ben"] * 15 + ["call 112"])
    plan = snapshot_plan(dataset=dataset)
    assert len(plan.rows) == 30
    (left_out,) = plan.left_out
    assert left_out.code == "text_has_digits"
    assert "“1”" in left_out.message
    assert Clip.objects.get(pk=left_out.clip_id).text == "call 112"


def test_a_clip_of_a_whole_speech_is_left_out(owner: User) -> None:
    dataset = sentences_of(owner, ["call ada"] * 20)
    make_clip(dataset, 99, text="a whole speech", duration_seconds=95.0)
    (left_out,) = snapshot_plan(dataset=dataset).left_out
    assert left_out.code == "clip_too_long"
    assert "95 s" in left_out.message


def test_validation_is_by_speaker_where_speakers_are_many(owner: User) -> None:
    dataset = sentences_of(owner, [f"text {number}" for number in range(240)], speakers=24)
    Clip.objects.filter(dataset=dataset, speaker__in=["speaker 0", "speaker 1"]).update(split="test")
    plan = snapshot_plan(dataset=dataset, split_method="column")
    sides = {
        split: {row.speaker for row, side in zip(plan.rows, plan.splits, strict=True) if side == split}
        for split in ("train", "validation", "test")
    }
    assert sides["test"] == {"speaker 0", "speaker 1"}
    assert 1 <= len(sides["validation"]) <= 4
    assert not sides["validation"] & sides["train"]


def test_with_few_speakers_a_tenth_of_the_clips_is_for_validation(owner: User) -> None:
    dataset = sentences_of(owner, [f"text {number}" for number in range(200)], speakers=2)
    Clip.objects.filter(dataset=dataset, text__endswith="7").update(split="test")
    plan = snapshot_plan(dataset=dataset, split_method="column")
    assert plan.counts["test"] == 20
    assert 8 <= plan.counts["validation"] <= 30


@pytest.mark.parametrize("method", ["speaker", "random"])
def test_every_way_of_splitting_leaves_something_for_each_side(owner: User, method: str) -> None:
    dataset = sentences_of(owner, [f"text {number}" for number in range(120)], speakers=6)
    plan = snapshot_plan(dataset=dataset, split_method=method)
    assert min(plan.counts[split] for split in ("train", "validation", "test")) >= 4


@pytest.mark.parametrize(("count", "code"), [(0, "no_clips"), (5, "too_few_clips")])
def test_too_little_is_refused_in_words(owner: User, count: int, code: str) -> None:
    dataset = sentences_of(owner, [f"text {number}" for number in range(count)])
    with pytest.raises(ServiceError) as refused:
        snapshot_plan(dataset=dataset)
    assert refused.value.code == code


def test_the_folder_holds_speech_texts_and_speakers_and_never_the_test(owner: User, tmp_path: Path) -> None:
    snapshot = snapshot_create(dataset=spoken_dataset(owner), owner=owner)
    summary = write(snapshot, tmp_path)
    clips = np.load(tmp_path / "clips.npy")
    texts = json.loads((tmp_path / "texts.json").read_text(encoding="utf-8"))
    assert clips.shape == (snapshot.counts["train"] + snapshot.counts["validation"], 5)
    for (_, _, text, split, speaker), row in zip(clips.tolist(), summary.rows, strict=True):
        assert texts[text] == row.text
        assert split == {"train": 0, "validation": 1}[row.split]
        assert speaker == sorted({one.speaker for one in summary.rows}).index(row.speaker)
    everything = np.load(tmp_path / "audio.npy").tobytes()
    for row in snapshot.clips.filter(split="test").select_related("clip"):
        samples = decode(row.clip.audio_path).samples
        middle = np.rint(samples[len(samples) // 2 :][:800] * 32768).astype(np.int16).tobytes()
        assert middle not in everything


def test_added_text_comes_along_written_by_the_same_rules(owner: User, tmp_path: Path) -> None:
    dataset = spoken_dataset(owner, takes=12)
    language_text_create(dataset=dataset, name="Names", content="Dab!\nAbe said: dab.\n…\n")
    write(snapshot_create(dataset=dataset, owner=owner), tmp_path)
    assert (tmp_path / "language_texts.txt").read_text(encoding="utf-8").splitlines() == ["dab", "abe said dab"]


def test_nobody_known_is_no_speaker(owner: User, tmp_path: Path) -> None:
    dataset = spoken_dataset(owner, takes=16)
    Clip.objects.filter(dataset=dataset).update(speaker="")
    write(snapshot_create(dataset=dataset, owner=owner, split_method="random"), tmp_path)
    assert set(np.load(tmp_path / "clips.npy")[:, 4].tolist()) == {-1}


def test_what_is_left_out_is_said_once_for_each_reason(owner: User) -> None:
    dataset = sentences_of(owner, [*(f"say {name}" for name in NUMBERS * 2), "platform 9", "room 101"])
    dataset_text_rules_set(dataset=dataset, values={"digits": "refuse"})
    plan = snapshot_plan(dataset=dataset, split_method="random")
    [(code, message, clips)] = left_out_sentences(plan.left_out)
    assert code == "text_has_digits"
    assert message.startswith("2 clips are not learned from. The text has the digit ")
    assert {Clip.objects.get(pk=clip.clip_id).text for clip in clips} == {"platform 9", "room 101"}
