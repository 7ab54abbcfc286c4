from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from recognition.engine.audio import wav_bytes
from recognition.engine.decoding import Decoding
from recognition.engine.writing import WritingRules, written
from recognition.services.models import model_version_register
from tests.engine.tone_sentences import bundle_in, said
from tests.training.rows import make_job
from training_jobs.models import Clip, Dataset, TestResult
from training_jobs.services.clips import clip_create
from training_jobs.services.evaluation import Said, locked_clips
from training_jobs.services.sentence_evaluation import (
    Heard,
    HeardSentence,
    sentence_figures,
    sentence_results_replace,
    sentences_hear,
)
from training_jobs.services.snapshots import snapshot_create

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion


def heard(*pairs: tuple[str, str, str]) -> Heard:
    """Return what was (said, heard, by whom)."""
    results = [
        HeardSentence(
            snapshot_clip_id=None,
            said=text,
            speaker=speaker,
            heard=answer,
            confidence=0.9,
            word_confidences=(0.9,) * len(answer.split()),
            by_method={"greedy": answer, "beam": text},
            duration_seconds=2.0,
            seconds=0.01,
        )
        for text, answer, speaker in pairs
    ]
    return Heard(results, Decoding("lexicon"), {"case": "fold"}, "small letters")


def clip_of(dataset: Dataset, text: str, *, spoken: str = "", speaker: str = "ada", seed: int = 0) -> Clip:
    audio = wav_bytes(said(spoken or written(text, WritingRules()), seed=seed))
    return clip_create(dataset=dataset, audio=audio, text=text, speaker=speaker, origin=Clip.Origin.UPLOAD)


def test_rates_are_of_the_whole_corpus_and_not_the_mean_of_the_clips() -> None:
    figures = sentence_figures(
        heard(("one", "two", "ada"), ("a b c d e f g h i", "a b c d e f g h i", "ada")),
        trained_speakers=[],
        split="test",
    )
    assert figures is not None
    assert figures.metrics["wer"] == pytest.approx(0.1)
    assert figures.metrics["words"] == 10
    assert figures.metrics["sentences_right"] == 0.5


def test_insertions_deletions_and_substitutions_are_counted_apart() -> None:
    figures = sentence_figures(
        heard(("one two three", "one too three four", "ada"), ("five six", "five", "ben")),
        trained_speakers=[],
        split="test",
    )
    assert figures is not None
    counts = {name: figures.metrics[name] for name in ("insertions", "deletions", "substitutions")}
    assert counts == {"insertions": 1, "deletions": 1, "substitutions": 1}
    confused = {(row["said"], row["heard"]): row["count"] for row in figures.evaluation["confused_words"]}
    assert confused == {("two", "too"): 1, ("", "four"): 1, ("six", ""): 1}
    assert figures.evaluation["confused_characters"]


def test_the_interval_draws_speakers_where_there_are_three_and_clips_where_nobody_is_known() -> None:
    by_speaker = [("one two", "one two" if name != "cleo" else "no no", name) for name in ("ada", "ben", "cleo")] * 5
    known = sentence_figures(heard(*by_speaker), trained_speakers=["ada"], split="test")
    unknown = sentence_figures(heard(*[(s, h, "") for s, h, _ in by_speaker]), trained_speakers=[], split="test")
    assert known is not None
    assert unknown is not None
    assert (known.metrics["interval_method"], unknown.metrics["interval_method"]) == ("speakers", "clips")
    widths = [figures.metrics["interval"][1] - figures.metrics["interval"][0] for figures in (known, unknown)]
    assert widths[0] > widths[1]  # three voices tell less about other voices than fifteen clips seem to
    assert known.metrics["unseen_speakers"] is False


def test_every_way_of_decoding_has_its_rate() -> None:
    figures = sentence_figures(heard(("one two", "one too", "ada")), trained_speakers=[], split="test")
    assert figures is not None
    assert {name: rates["wer"] for name, rates in figures.metrics["methods"].items()} == {
        "greedy": 0.5,
        "beam": 0.0,
        "lexicon": 0.5,
    }
    assert figures.metrics["decoding"] == "lexicon"


def test_each_speaker_has_a_rate_and_an_interval() -> None:
    pairs = [("one two", "one two", "ada"), ("one two", "one", "ben"), ("two one", "two one", "ben")]
    figures = sentence_figures(heard(*pairs), trained_speakers=[], split="test")
    assert figures is not None
    ada, ben = figures.evaluation["per_speaker"]
    assert (ada["speaker"], ada["errors"], ben["words"], ben["wer"]) == ("ada", 0, 4, 0.25)
    assert ben["interval"][0] <= ben["wer"] <= ben["interval"][1]


def test_calibration_compares_confidence_with_what_was_right() -> None:
    figures = sentence_figures(heard(("a b c d", "a b x y", "ada")), trained_speakers=[], split="test")
    assert figures is not None
    (group,) = figures.evaluation["calibration"]["bins"]
    assert (group["words"], group["right"], group["confidence"]) == (4, 0.5, 0.9)
    assert figures.evaluation["calibration"]["expected_error"] == pytest.approx(0.4)


def test_nothing_heard_gives_no_figures() -> None:
    assert sentence_figures(heard(), trained_speakers=[], split="test") is None


def test_the_recogniser_that_serves_is_the_one_that_is_judged(owner: User, tmp_path: Path) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Tones", kind="sentences")
    right = clip_of(dataset, "Hello, world!")
    wrong = clip_of(dataset, "the world is little", spoken="hello little world", speaker="ben")
    clips = [Said(text=clip.text, speaker=clip.speaker, clip=clip) for clip in (right, wrong)]
    told: list[int] = []
    found = sentences_hear(bundle=bundle_in(tmp_path / "bundle").path, clips=clips, progress=told.append)
    assert told == [1, 2]
    assert [(one.said, one.heard) for one in found.results] == [
        ("hello world", "hello world"),
        ("the world is little", "hello little world"),
    ]
    assert found.results[0].words.errors == 0
    assert found.results[1].words.errors > 1
    assert set(found.results[0].by_method) | {found.decoding.method} == {"greedy", "beam", "lexicon"}


def test_a_bundle_without_a_language_model_is_judged_by_the_ways_that_need_none(owner: User, tmp_path: Path) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Tones", kind="sentences")
    clip = clip_of(dataset, "Hello, world!")
    bundle = bundle_in(tmp_path / "bundle", sentences=(), decoding=Decoding("greedy").as_dict()).path
    clips = [Said(text=clip.text, speaker=clip.speaker, clip=clip)]
    figures = sentence_figures(
        sentences_hear(bundle=bundle, clips=clips, progress=lambda done: None), trained_speakers=[], split="test"
    )
    assert figures is not None
    assert list(figures.metrics["methods"]) == ["greedy", "beam"]


def test_results_are_kept_once_however_often_a_job_is_judged(owner: User, tmp_path: Path) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Tones", kind="sentences")
    for number, text in enumerate(["hello world", "the world is little", "one two three"] * 5):
        clip_of(dataset, text, speaker=f"speaker {number % 3}", seed=number)
    snapshot = snapshot_create(dataset=dataset, owner=owner, split_method="random")
    job = make_job(owner, dataset, snapshot=snapshot, recipe="ctc-conv")
    bundle = bundle_in(tmp_path / "bundle").path
    for _ in range(2):
        found = sentences_hear(bundle=bundle, clips=locked_clips(snapshot), progress=lambda done: None)
        sentence_results_replace(job=job, heard=found)
    rows = TestResult.objects.filter(job=job)
    assert rows.count() == snapshot.counts["test"]
    assert all(row.answer == "words" and row.words and row.word_errors is not None for row in rows)


def test_a_text_that_the_rules_refuse_is_counted_and_not_compared(owner: User, tmp_path: Path) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Tones", kind="sentences")
    clips = [clip_of(dataset, "Hello, world!"), clip_of(dataset, "take 5", spoken="take five", seed=1)]
    bundle = bundle_in(tmp_path / "bundle", text_rules=WritingRules(digits="refuse").as_dict()).path
    told = [Said(text=clip.text, speaker=clip.speaker, clip=clip) for clip in clips]
    found = sentences_hear(bundle=bundle, clips=told, progress=lambda done: None)
    assert [result.said for result in found.results] == ["hello world"]
    figures = sentence_figures(found, trained_speakers=[], split="all")
    assert figures is not None
    assert (figures.metrics["clips"], figures.metrics["refused_texts"]) == (1, 1)


def test_sentences_that_training_had_word_for_word_are_told() -> None:
    found = heard(("one two", "one two", "ada"), ("three", "three", "ada"), ("four", "for", "bo"))
    figures = sentence_figures(found, trained_speakers=[], trained_texts={"one two", "five"}, split="test")
    assert figures is not None
    assert figures.metrics["test_texts_seen_in_training"] == pytest.approx(1 / 3, abs=1e-4)


def test_evaluate_says_how_many_texts_the_rules_refuse(
    owner: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Tones", kind="sentences")
    clip_of(dataset, "Hello, world!")
    refused = clip_of(dataset, "take 5", spoken="take five", seed=1)
    version_in(owner, tmp_path, text_rules=WritingRules(digits="refuse").as_dict())
    call_command("evaluate", "tones@v1", "Tones", "--split", "all")
    assert "1 clip was not compared: the writing rules refuse the text." in capsys.readouterr().out
    Clip.objects.exclude(pk=refused.pk).delete()
    with pytest.raises(CommandError, match="refuses the text of every clip"):
        call_command("evaluate", "tones@v1", "Tones", "--split", "all")


def version_in(owner: User, folder: Path, **changes: object) -> ModelVersion:
    written_bundle = bundle_in(folder / "bundle", **changes)
    return model_version_register(
        owner=owner,
        recognizer_name="tones",
        kind="sentences",
        language="en",
        bundle_folder=written_bundle.path,
        bundle_sha256=written_bundle.sha256,
        size_bytes=written_bundle.size_bytes,
        manifest=json.loads((written_bundle.path / "manifest.json").read_text(encoding="utf-8")),
        metrics={},
        lineage={},
    )
