from __future__ import annotations

import json
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from recognition.models import ModelAlias, ModelVersion, Transcription
from recognition.services.exports import FORMATS
from tests.recognition.tones import room, said, wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    path = tmp_path / "spoken.wav"
    path.write_bytes(wav(said("low", "high")))
    return path


def test_transcribe_prints_the_text(tones: ModelVersion, spoken: Path) -> None:
    assert run("transcribe", spoken, "--model", "tones") == "low high\n"
    assert Transcription.objects.get().source_name == "spoken.wav"


def test_transcribe_names_the_files_where_there_are_several(tones: ModelVersion, spoken: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.wav"
    quiet.write_bytes(wav(room(1.0)))
    assert run("transcribe", spoken, quiet, "--model", "tones@v1") == f"{spoken}: low high\n{quiet}: (silence)\n"


def test_transcribe_gives_json(tones: ModelVersion, spoken: Path) -> None:
    short = json.loads(run("transcribe", spoken, "--model", "tones", "--format", "json"))
    assert short == {"file": str(spoken), "text": "low high"}
    full = json.loads(run("transcribe", spoken, "--model", "tones", "--json"))
    assert (full["text"], full["model"], full["answer"]) == ("low high", "tones@v1", "words")
    assert set(full["segments"][0]["words"][0]) == {"word", "start", "end", "confidence"}


@pytest.mark.parametrize(("layout", "mark"), [("srt", ","), ("vtt", ".")])
def test_transcribe_gives_subtitles(tones: ModelVersion, spoken: Path, layout: str, mark: str) -> None:
    text = run("transcribe", spoken, "--model", "tones", "--format", layout)
    assert "low high\n" in text
    assert f"00:00:00{mark}2" in text
    assert (text.startswith("WEBVTT\n\n"), text.startswith("1\n00:")) == (layout == "vtt", layout == "srt")


def test_transcribe_prints_every_format_that_is_text(tones: ModelVersion, spoken: Path) -> None:
    for layout in FORMATS.values():
        if layout.is_text:
            assert "low" in run("transcribe", spoken, "--model", "tones", "--format", layout.name)


def test_transcribe_will_not_print_a_word_document(tones: ModelVersion, spoken: Path) -> None:
    with pytest.raises(CommandError, match="--out") as refused:
        run("transcribe", spoken, "--model", "tones", "--format", "docx")
    assert refused.value.returncode == 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with recordings at two depths, one broken, and files that are none."""
    root = tmp_path / "recordings"
    for name, labels in (("a.wav", ("low",)), ("b/a.wav", ("high",)), ("b/c.flac", ("middle",))):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(wav(said(*labels)))
    (root / "b" / "broken.mp3").write_bytes(b"not a sound")
    (root / "notes.txt").write_text("not for hearing")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "d.wav").write_bytes(b"")
    (root / "b" / "._a.wav").write_bytes(b"")
    return root


def test_transcribe_finds_the_audio_in_folders_and_writes_a_file_for_each(
    tones: ModelVersion, folder: Path, tmp_path: Path
) -> None:
    out, err, texts = StringIO(), StringIO(), tmp_path / "texts"
    with pytest.raises(SystemExit) as ended:
        call_command(
            "transcribe", str(folder), "--model=tones", "--format=srt", f"--out={texts}", stdout=out, stderr=err
        )
    assert ended.value.code == 1
    written = sorted(path.relative_to(texts).as_posix() for path in texts.rglob("*") if path.is_file())
    assert written == ["a.srt", "b/a.srt", "b/c.srt"]
    assert "high" in (texts / "b" / "a.srt").read_text()
    assert out.getvalue().splitlines() == [str(texts / name) for name in written]
    assert err.getvalue().splitlines()[-1] == f"1 of 4 could not be recognised: {folder / 'b' / 'broken.mp3'}"
    assert "2 of 4, a.wav" in err.getvalue()


def test_transcribe_goes_on_where_it_was_stopped(tones: ModelVersion, folder: Path, tmp_path: Path) -> None:
    (folder / "b" / "broken.mp3").unlink()
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text("done before")
    run("transcribe", folder, "--model", "tones", "--out", texts)
    assert (texts / "a.txt").read_text() == "done before"
    assert (texts / "b" / "c.txt").read_text() == "middle\n"
    assert Transcription.objects.count() == 2
    run("transcribe", folder, "--model", "tones", "--out", texts, "--overwrite")
    assert (texts / "a.txt").read_text() == "low\n"


def test_transcribe_writes_recordings_of_one_name_beside_each_other(
    tones: ModelVersion, folder: Path, tmp_path: Path
) -> None:
    texts = tmp_path / "texts"
    files = (folder / "a.wav", folder / "b" / "a.wav", folder / "a.wav")
    shown = json.loads(run("transcribe", *files, "--model", "tones", "--format=docx", "--out", texts, "--json"))
    assert [entry["out"] for entry in shown] == [str(texts / "a.docx"), str(texts / "a.wav.docx")]
    assert [entry["text"] for entry in shown] == ["low", "high"]
    assert (texts / "a.wav.docx").read_bytes()[:2] == b"PK"


def test_transcribe_of_a_folder_without_audio_ends_with_2(tones: ModelVersion, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no audio file") as refused:
        run("transcribe", tmp_path, "--model", "tones")
    assert refused.value.returncode == 2


def test_transcribe_passes_expected_words_on_and_refuses_too_many(tones: ModelVersion, spoken: Path) -> None:
    run("transcribe", spoken, "--model", "tones", "--hotwords", "sea wolf, Björn", "--hotwords", "berth")
    assert Transcription.objects.get().hotwords == ["sea wolf", "Björn", "berth"]
    with pytest.raises(CommandError, match="101 came") as refused:
        run("transcribe", spoken, "--model", "tones", "--hotwords", ",".join(f"w{n}" for n in range(101)))
    assert refused.value.returncode == 2


def test_one_bar_shows_how_far_all_files_are(tones: ModelVersion, folder: Path) -> None:
    (folder / "b" / "broken.mp3").unlink()

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    err = Terminal()
    call_command("transcribe", str(folder), "--model=tones", stdout=StringIO(), stderr=err)
    shares = [int(share) for share in re.findall(r"(\d+)%", err.getvalue())]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)
    assert len(set(shares)) == 4
    assert "3 of 3, c.flac" in err.getvalue()


def test_transcribe_works_through_long_audio_in_the_foreground(tones: ModelVersion, tmp_path: Path) -> None:
    long = tmp_path / "long.wav"
    long.write_bytes(wav(said(*["low"] * 40)))
    assert run("transcribe", long, "--model", "tones").split() == ["low"] * 40


def test_transcribe_says_what_failed_and_ends_with_1(tones: ModelVersion, spoken: Path, tmp_path: Path) -> None:
    bad, absent = tmp_path / "bad.wav", tmp_path / "absent.wav"
    bad.write_bytes(b"not a sound")
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("transcribe", str(bad), str(absent), str(spoken), "--model=tones", stdout=out, stderr=err)
    assert ended.value.code == 1
    assert "(audio_undecodable)" in err.getvalue()
    assert "(file_unreadable)" in err.getvalue()
    assert "low high" in out.getvalue()


def test_transcribe_with_an_unknown_model_ends_with_2(tones: ModelVersion, spoken: Path) -> None:
    with pytest.raises(CommandError, match="tones@production") as refused:
        run("transcribe", spoken, "--model", "digits")
    assert refused.value.returncode == 2


def test_models_are_listed(tones: ModelVersion) -> None:
    assert run("models", "list").split()[:3] == ["tones@v1", "90.0", "%"]
    listed = json.loads(run("models", "list", "--json"))
    assert [(row["model"], row["aliases"]) for row in listed] == [("tones@v1", ["production"])]


def test_models_are_promoted_and_rolled_back(
    owner: User, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    register(owner)
    assert run("models", "promote", "tones@v2", "--reason", "better") == "tones@v2 is in production.\n"
    assert ModelAlias.objects.get().version.number == 2
    assert json.loads(run("models", "rollback", "tones", "--json"))["model"] == "tones@v1"
    with pytest.raises(CommandError, match="nothing_before") as refused:
        run("models", "rollback", "tones")
    assert refused.value.returncode == 1


def test_models_are_carried_out_and_in(tones: ModelVersion, tmp_path: Path) -> None:
    out = tmp_path / "tones.zip"
    run("models", "export", "tones", out)
    made = json.loads(run("models", "import", out, "--recognizer", "copy", "--json"))
    assert made["model"] == "copy@v1"
    assert ModelVersion.objects.get(recognizer__name="copy").lineage["origin"] == "imported"


def test_models_import_refuses_what_is_no_bundle(tones: ModelVersion, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no zip")
    with pytest.raises(CommandError, match="bundle_corrupt"):
        run("models", "import", bad)
    with pytest.raises(CommandError) as refused:
        run("models", "import", tmp_path / "absent.zip")
    assert refused.value.returncode == 2


def test_the_list_of_models_says_how_good_each_kind_is(owner: User, tones: ModelVersion, letters: ModelVersion) -> None:
    out = StringIO()
    call_command("models", "list", stdout=out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["letters@v1", "10.0", "%", "of", "words", "wrong", "sentences", "production"] in lines
    assert ["tones@v1", "90.0", "%", "right", str(len(tones.labels)), "words", "production"] in lines
    assert letters.recognizer.kind == "sentences"
