from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.audio import decode, wav_bytes
from speechsite.lib.errors import ServiceError
from tests.training.sounds import audible_dataset, recording
from training_jobs.models import Clip, SnapshotClip
from training_jobs.services.clips import clip_create, clip_delete
from training_jobs.services.corpus_folder import corpus_folder_create, corpus_folder_write
from training_jobs.services.snapshots import snapshot_create

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Snapshot
    from training_jobs.services.corpus_folder import CorpusSummary


def write(snapshot: Snapshot, folder: Path) -> CorpusSummary:
    corpus_folder_create(folder)
    return corpus_folder_write(
        snapshot=snapshot, folder=folder, recipe="conv", values={"epochs": 2}, seed=3, beat=lambda: None
    )


def test_the_folder_holds_speech_to_learn_from_and_never_the_test(owner: User, tmp_path: Path) -> None:
    snapshot = snapshot_create(dataset=audible_dataset(owner), owner=owner)
    summary = write(snapshot, tmp_path)
    audio, clips = np.load(tmp_path / "audio.npy"), np.load(tmp_path / "clips.npy")
    assert (audio.dtype, clips.dtype, clips.shape[1]) == (np.int16, np.int64, 4)
    assert len(clips) == snapshot.counts["train"] + snapshot.counts["validation"] == len(summary.rows)
    assert {row.split for row in summary.rows} == {"train", "validation"}
    assert clips[:, 1].sum() == len(audio)
    assert np.array_equal(clips[:, 0], np.concatenate([[0], np.cumsum(clips[:-1, 1])]))


def test_no_test_clip_can_be_found_in_the_folder(owner: User, tmp_path: Path) -> None:
    snapshot = snapshot_create(dataset=audible_dataset(owner), owner=owner)
    write(snapshot, tmp_path)
    everything = np.load(tmp_path / "audio.npy").tobytes()
    assert middle_of(snapshot, "train")[0] in everything
    assert not [piece for piece in middle_of(snapshot, "test") if piece in everything]


def middle_of(snapshot: Snapshot, split: str) -> list[bytes]:
    rows = SnapshotClip.objects.filter(snapshot=snapshot, split=split).select_related("clip")
    clips = [decode(row.clip.audio_path).samples for row in rows if row.clip]
    return [np.rint(clip[len(clip) // 2 :][:400] * 32768).astype(np.int16).tobytes() for clip in clips]


def test_the_request_says_what_to_train(owner: User, tmp_path: Path) -> None:
    snapshot = snapshot_create(dataset=audible_dataset(owner), owner=owner)
    write(snapshot, tmp_path)
    request = json.loads((tmp_path / "request.json").read_text())
    assert request == {
        "format": 1,
        "kind": "words",
        "recipe": "conv",
        "values": {"epochs": 2},
        "labels": ["falling", "rising", "steady"],
        "band_limit_hz": 7600,
        "window_seconds": 1.0,
        "seed": 3,
        "start": None,
        "is_trial": False,
    }


def test_a_clip_that_is_gone_is_left_out_and_said(owner: User, tmp_path: Path) -> None:
    dataset = audible_dataset(owner)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    rows = list(SnapshotClip.objects.filter(snapshot=snapshot, split="train").select_related("clip")[:2])
    assert rows[0].clip
    assert rows[1].clip
    rows[0].clip.audio_path.unlink()
    clip_delete(clip=rows[1].clip)
    summary = write(snapshot, tmp_path)
    assert summary.gone == summary.left_out == 2
    assert summary.sentence().endswith("2 left out: the audio of 2 is gone.")


def test_a_word_without_speech_is_refused_by_name(owner: User, tmp_path: Path) -> None:
    dataset = audible_dataset(owner, takes=4)
    for number in range(4):
        hiss = np.random.default_rng(number).normal(0, 0.05, 12_000).astype(np.float32)
        clip = clip_create(dataset=dataset, audio=wav_bytes(hiss), text="hiss", origin=Clip.Origin.UPLOAD)
        Clip.objects.filter(pk=clip.pk).update(status="ready", rejection_code="")
    snapshot = snapshot_create(dataset=dataset, owner=owner, split_method="random")
    with pytest.raises(ServiceError) as refused:
        write(snapshot, tmp_path)
    assert refused.value.code == "too_few_clips"
    assert "“hiss”" in refused.value.message


def test_what_an_earlier_attempt_left_is_cleared_but_the_log(owner: User, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "clips.npy").write_bytes(b"old")
    (tmp_path / "train.log").write_text("attempt 1\n")
    corpus_folder_create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["train.log"]


def test_noise_and_other_words_are_kept_apart_from_the_words(owner: User, tmp_path: Path) -> None:
    dataset = audible_dataset(owner)
    rush = np.random.default_rng(1).normal(0, 0.05, 48_000).astype(np.float32)
    clip_create(dataset=dataset, audio=wav_bytes(rush), text="_background_noise_", origin=Clip.Origin.UPLOAD)
    for take in range(20, 30):
        audio = wav_bytes(recording("steady", take=take)[:12_000])
        clip_create(dataset=dataset, audio=audio, text="_unknown_", origin=Clip.Origin.UPLOAD)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    assert snapshot.labels == ["falling", "rising", "steady"]
    assert snapshot.clips.get(text="_background_noise_").split == "train"
    assert {row.split for row in snapshot.clips.filter(text="_unknown_")} == {"train", "validation", "test"}
    summary = write(snapshot, tmp_path)
    audio, clips = np.load(tmp_path / "audio.npy"), np.load(tmp_path / "clips.npy")
    texts = [row.text for row in summary.rows]
    noise = clips[texts.index("_background_noise_")]
    assert noise[1:].tolist() == [48_000, 3, 2]  # whole, no word, no side
    assert np.abs(audio[noise[0] :][:48_000] / 32768 - rush).max() < 1e-4
    others = clips[[place for place, text in enumerate(texts) if text == "_unknown_"]]
    assert set(others[:, 2]) == {3}
    assert set(others[:, 3]) == {0, 1}
    assert summary.window_seconds == 1.0  # of the words: the noise lasts 3 s
