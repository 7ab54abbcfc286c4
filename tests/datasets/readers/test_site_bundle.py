"""The site's own export: read as it was written, and line by line where somebody has changed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.datasets.readers.samples import SOUND, named, told
from tests.datasets.readers.sources import read, source_of
from tests.datasets.sounds import spoken_wav, zip_of
from training_jobs.models import Dataset
from training_jobs.readers.rows import Recorded
from training_jobs.services.imports import import_create, import_run

if TYPE_CHECKING:
    from pathlib import Path

HEAD = json.dumps({"format": "speechsite dataset", "version": 1, "name": "Talks", "kind": "sentences"})


def line(**values: Any) -> str:
    usual = {"file": "audio/a.flac", "text": "good morning", "speaker": "Ada Lovelace", "split": "test"}
    return json.dumps({**usual, **values}, ensure_ascii=False)


def test_a_bundle_tells_what_each_clip_was_made_from() -> None:
    entry = line(
        origin="recording",
        source_sample_rate_hz=8_000,
        source_name="talk.mp3",
        source_start_seconds=1.5,
        source_end_seconds=2,
        sha256="0" * 64,
    )
    files = {"talks/dataset.json": HEAD, "talks/manifest.jsonl": f"{entry}\n", "talks/audio/a.flac": SOUND}
    found, rows, problems = read(source_of(files))
    assert found.reader.name == "site_bundle"
    assert "“Talks”" in found.match.reason
    assert told(rows) == {"talks/audio/a.flac": ("good morning", "Ada Lovelace", "test")}
    assert rows[0].recorded == Recorded("recording", 8_000, "talk.mp3", 1.5, 2.0)
    assert not problems


def test_what_is_not_said_or_makes_no_sense_counts_as_not_said() -> None:
    entries = [
        line(),
        line(file="audio/b.flac", origin="mars", source_sample_rate_hz=True, source_name=7, source_start_seconds="x"),
        line(file="audio/c.flac", source_sample_rate_hz=4, source_start_seconds=-1, source_end_seconds=True),
        line(file="audio/d.flac", source_start_seconds=10**400, source_end_seconds=1e300),
    ]
    sounds = {f"audio/{name}.flac": SOUND for name in "abcd"}
    _, rows, problems = read(source_of({"dataset.json": HEAD, "manifest.jsonl": "\n".join(entries), **sounds}))
    assert [row.recorded for row in rows] == [Recorded()] * 4
    assert not problems


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    lines = [
        line(),
        "no json",
        line(file="audio/gone.flac"),
        line(file="../a.flac"),
        line(file="audio/b.flac", text=""),
    ]
    files = {"dataset.json": HEAD, "manifest.jsonl": "\n".join(lines), "audio/a.flac": SOUND, "audio/b.flac": SOUND}
    _, rows, problems = read(source_of(files))
    assert told(rows) == {"audio/a.flac": ("good morning", "Ada Lovelace", "test")}
    assert named(problems) == [
        ("manifest.jsonl", 2, "row_unreadable"),
        ("manifest.jsonl", 3, "file_missing"),
        ("manifest.jsonl", 4, "path_unsafe"),
        ("manifest.jsonl", 5, "text_empty"),
    ]


def test_a_newer_bundle_is_read_as_far_as_it_is_known() -> None:
    head = HEAD.replace('"version": 1', '"version": 2')
    _, rows, problems = read(source_of({"dataset.json": head, "manifest.jsonl": line(), "audio/a.flac": SOUND}))
    assert len(rows) == 1
    assert named(problems) == [("dataset.json", None, "bundle_version")]


def test_a_bundle_without_its_manifest_says_so() -> None:
    _, rows, problems = read(source_of({"dataset.json": HEAD, "audio/a.flac": SOUND}), wanted="site_bundle")
    assert not rows
    assert ("manifest.jsonl", None, "file_missing") in named(problems)


def test_another_programs_dataset_json_is_no_bundle() -> None:
    found, _, _ = read(source_of({"dataset.json": '{"format": "other"}', "yes/a.wav": SOUND, "no/b.wav": SOUND}))
    assert found.reader.name == "class_folders"


def bundle(tmp_path: Path, **said: object) -> Path:
    """Write a bundle of one clip whose head says so much more."""
    head = {**json.loads(HEAD), **said}
    files = {
        "dataset.json": json.dumps(head).encode(),
        "manifest.jsonl": line().encode(),
        "audio/a.flac": spoken_wav(0),
    }
    return zip_of(tmp_path / "a.zip", files)


def test_an_empty_dataset_becomes_what_the_bundle_says_of_the_whole(dataset: Dataset, tmp_path: Path) -> None:
    rules = {"case": "keep", "punctuation": "sing", "unheard": "keep"}
    said = {"kind": "sentences", "language": "cy", "prompts": ["un", " ", 7, "dau"], "text_rules": rules}
    Dataset.objects.filter(pk=dataset.pk).update(language="", prompts=[], kind="words")
    dataset.refresh_from_db()
    file = bundle(tmp_path, **said)
    row = import_create(dataset=dataset, owner=dataset.owner, file=file, source_name="a.zip", options={"kind": "auto"})
    assert import_run(import_id=row.pk)
    dataset.refresh_from_db()
    assert (dataset.kind, dataset.language, dataset.prompts) == ("sentences", "cy", ["un", "dau"])
    assert dataset.text_rules == {"case": "keep"}


def test_what_somebody_chose_stays_and_what_makes_no_sense_is_passed_over(dataset: Dataset, tmp_path: Path) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(language="de", prompts=["eins"], kind="words")
    dataset.refresh_from_db()
    said = {"kind": 3, "language": ["cy"], "prompts": {"un": 1}, "text_rules": "all"}
    for number, more in enumerate((said, {"language": "cy", "prompts": ["un"]})):
        (tmp_path / str(number)).mkdir()
        file = bundle(tmp_path / str(number), **more)
        row = import_create(dataset=dataset, owner=dataset.owner, file=file, source_name="a.zip")
        assert import_run(import_id=row.pk)
        dataset.refresh_from_db()
        assert (dataset.kind, dataset.language, dataset.prompts) == ("words", "de", ["eins"])


def test_an_import_keeps_what_the_bundle_says(dataset: Dataset, tmp_path: Path) -> None:
    entry = line(origin="correction", source_sample_rate_hz=48_000, source_name="a\0b.wav", source_start_seconds=3)
    files = {"dataset.json": HEAD, "manifest.jsonl": entry, "audio/a.flac": spoken_wav(0)}
    path = zip_of(
        tmp_path / "a.zip",
        {name: content if isinstance(content, bytes) else content.encode() for name, content in files.items()},
    )
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    assert import_run(import_id=row.pk)
    clip = dataset.clips.get()
    assert (clip.origin, clip.source_sample_rate_hz, clip.source_start_seconds) == ("correction", 48_000, 3.0)
    assert "\0" not in clip.source_name
