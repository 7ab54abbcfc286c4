"""Each layout byte by byte, as the tools it is for read it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import soundfile

from tests.datasets.exporters.made import ARABIC, HINDI, PIPED, QUOTED, add_clip, exported, files_of, texts_of
from training_jobs.services.datasets import dataset_create

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Clip, Dataset

Clips = dict[str, "Clip"]


@pytest.fixture
def sentences(owner: User) -> Dataset:
    return dataset_create(owner=owner, name="Greetings", kind="sentences", language="ar")


@pytest.fixture
def clips(sentences: Dataset) -> Clips:
    """Return a clip of each split and one of none, by their texts."""
    made = (
        add_clip(sentences, 0, ARABIC, "Ada Lovelace", "train"),
        add_clip(sentences, 1, HINDI, "नेहा", "validation"),
        add_clip(sentences, 2, QUOTED, "spk-1", "test"),
        add_clip(sentences, 3, PIPED),
    )
    return {clip.text: clip for clip in made}


def key(clip: Clip) -> str:
    return clip.sha256[:20]


def in_order(clips: Clips) -> list[Clip]:
    return sorted(clips.values(), key=key)


def test_common_voice(sentences: Dataset, clips: Clips, tmp_path: Path) -> None:
    exported(sentences, "common_voice", tmp_path / "out")
    texts = texts_of(tmp_path / "out")
    header = (
        "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender\taccents\tvariant\t"
        "locale\tsegment\n"
    )

    def row(clip: Clip) -> str:
        identity = hashlib.sha256(clip.text.encode()).hexdigest()
        return f"{clip.speaker}\t{key(clip)}.flac\t{identity}\t{clip.text}\t\t0\t0\t\t\t\t\tar\t\n"

    def milliseconds(clip: Clip) -> str:
        return f"{key(clip)}.flac\t{round(clip.duration_seconds * 1000)}\n"

    assert texts == {
        "ar/train.tsv": header + row(clips[ARABIC]),
        "ar/dev.tsv": header + row(clips[HINDI]),
        "ar/test.tsv": header + row(clips[QUOTED]),
        "ar/unsplit.tsv": header + row(clips[PIPED]),
        "ar/validated.tsv": header + "".join(map(row, in_order(clips))),
        "ar/clip_durations.tsv": "clip\tduration[ms]\n" + "".join(map(milliseconds, in_order(clips))),
    }
    assert files_of(tmp_path / "out")[f"ar/clips/{key(clips[PIPED])}.flac"] == clips[PIPED].audio_path.read_bytes()


@pytest.mark.parametrize("language", ["", "../up", "a/b", "two words"])
def test_common_voice_takes_no_folder_from_a_language_that_is_no_code(
    language: str, owner: User, tmp_path: Path
) -> None:
    dataset = dataset_create(owner=owner, name="Odd", kind="sentences", language=language)
    add_clip(dataset, 0, "good morning")
    exported(dataset, "common_voice", tmp_path / "out")
    assert {name.split("/")[0] for name in files_of(tmp_path / "out")} == {"und"}


def test_nemo(sentences: Dataset, clips: Clips, tmp_path: Path) -> None:
    exported(sentences, "nemo", tmp_path / "out")
    quoted = QUOTED.replace('"', '\\"')

    def line(clip: Clip, text: str, further: str = "") -> str:
        path, seconds = f"audio/{key(clip)}.flac", round(clip.duration_seconds, 4)
        return f'{{"audio_filepath": "{path}", "duration": {seconds}, "text": "{text}"{further}, "lang": "ar"}}\n'

    assert texts_of(tmp_path / "out") == {
        "train_manifest.json": line(clips[ARABIC], ARABIC.replace('"', '\\"'), ', "speaker": "Ada Lovelace"'),
        "validation_manifest.json": line(clips[HINDI], HINDI, ', "speaker": "नेहा"'),
        "test_manifest.json": line(clips[QUOTED], quoted, ', "speaker": "spk-1"'),
        "manifest.json": line(clips[PIPED], PIPED),
    }


def test_nemo_calls_a_word_a_label(dataset: Dataset, tmp_path: Path) -> None:
    add_clip(dataset, 0, "yes")
    exported(dataset, "nemo", tmp_path / "out")
    loaded = json.loads(texts_of(tmp_path / "out")["manifest.json"])
    assert (loaded["label"], "text" in loaded) == ("yes", False)


def test_deepspeech(sentences: Dataset, clips: Clips, tmp_path: Path) -> None:
    exported(sentences, "deepspeech", tmp_path / "out")
    files = files_of(tmp_path / "out")
    header = "wav_filename,wav_filesize,transcript\n"

    def row(clip: Clip, cell: str) -> str:
        path = f"clips/{key(clip)}.wav"
        return f"{header}{path},{len(files[path])},{cell}\n"

    assert texts_of(tmp_path / "out") == {
        "train.csv": row(clips[ARABIC], '"' + ARABIC.replace('"', '""') + '"'),
        "dev.csv": row(clips[HINDI], f'"{HINDI}"'),
        "test.csv": row(clips[QUOTED], '"' + QUOTED.replace('"', '""') + '"'),
        "other.csv": row(clips[PIPED], PIPED),
    }


def test_sound_as_wav_is_16_bit_mono_of_16_khz_and_the_same_samples(
    sentences: Dataset, clips: Clips, tmp_path: Path
) -> None:
    exported(sentences, "deepspeech", tmp_path / "out")
    for clip in clips.values():
        path = tmp_path / "out" / "clips" / f"{key(clip)}.wav"
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype, info.format) == (16_000, 1, "PCM_16", "WAV")
        samples, _ = soundfile.read(path, dtype="int16")
        assert hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest() == clip.sha256


def test_ljspeech_of_one_voice(owner: User, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Read", kind="sentences")
    first, second = add_clip(dataset, 0, HINDI), add_clip(dataset, 1, QUOTED)
    exported(dataset, "ljspeech", tmp_path / "out")
    lines = sorted([f"{key(first)}|{HINDI}|{HINDI}\n", f"{key(second)}|{QUOTED}|{QUOTED}\n"])
    assert texts_of(tmp_path / "out") == {"metadata.csv": "".join(lines)}
    assert f"wavs/{key(first)}.wav" in files_of(tmp_path / "out")


def test_ljspeech_of_several_voices(owner: User, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Read", kind="sentences")
    said = [("good morning", "anna"), ("good night", "anna"), (HINDI, "नेहा")]
    made = [add_clip(dataset, number, *one) for number, one in enumerate(said)]
    exported(dataset, "ljspeech", tmp_path / "out")
    lines = sorted(f"{key(clip)}|{clip.speaker}|{clip.text}\n" for clip in made)
    assert texts_of(tmp_path / "out") == {"metadata.csv": "".join(lines)}


@pytest.mark.parametrize("text", [PIPED, '"a "" b" said'])
def test_ljspeech_leaves_out_what_it_cannot_write_and_says_so(text: str, owner: User, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Read", kind="sentences")
    kept, lost = add_clip(dataset, 0, "good morning"), add_clip(dataset, 1, text)
    result = exported(dataset, "ljspeech", tmp_path / "out")
    assert (result.clips, [one.clip for one in result.left_out]) == (1, [str(lost.pk)])
    assert result.left_out[0].code == "text_not_representable"
    assert result.left_out[0].message.endswith("Choose another layout for it.")
    assert set(files_of(tmp_path / "out")) == {"metadata.csv", f"wavs/{key(kept)}.wav"}


def test_audio_folder(sentences: Dataset, clips: Clips, tmp_path: Path) -> None:
    exported(sentences, "audio_folder", tmp_path / "out")

    def line(clip: Clip) -> str:
        text = clip.text.replace('"', '\\"')
        start = f'{{"file_name": "{key(clip)}.flac", "transcription": "{text}", '
        return f'{start}"speaker": "{clip.speaker}", "split": "{clip.split}"}}\n'

    assert texts_of(tmp_path / "out") == {
        "train/metadata.jsonl": line(clips[ARABIC]),
        "validation/metadata.jsonl": line(clips[HINDI]),
        "test/metadata.jsonl": line(clips[QUOTED]),
        "unsplit/metadata.jsonl": line(clips[PIPED]),
    }
    assert f"test/{key(clips[QUOTED])}.flac" in files_of(tmp_path / "out")


def test_kaldi(sentences: Dataset, clips: Clips, tmp_path: Path) -> None:
    exported(sentences, "kaldi", tmp_path / "out")
    texts = texts_of(tmp_path / "out")
    mark = hashlib.sha256(b"Ada Lovelace").hexdigest()[:6]
    speaker = f"Ada_Lovelace_{mark}"
    utterance = f"{speaker}-{key(clips[ARABIC])}"
    assert texts["data/train/wav.scp"] == f"{utterance} wav/{key(clips[ARABIC])}.wav\n"
    assert texts["data/train/text"] == f"{utterance} {ARABIC}\n"
    assert texts["data/train/utt2spk"] == f"{utterance} {speaker}\n"
    assert texts["data/train/spk2utt"] == f"{speaker} {utterance}\n"
    assert texts["data/train/spk2name"] == f"{speaker} Ada Lovelace\n"
    assert texts["data/dev/utt2spk"] == f"नेहा-{key(clips[HINDI])} नेहा\n"
    nobody = key(clips[PIPED])
    assert texts["data/unsplit/utt2spk"] == f"{nobody} {nobody}\n"
    assert texts["data/unsplit/spk2utt"] == f"{nobody} {nobody}\n"
    assert texts["data/unsplit/text"] == f"{nobody} {PIPED}\n"
    assert "data/unsplit/spk2name" not in texts


def test_kaldi_sorts_by_utterance_and_by_speaker_as_its_own_check_wants(owner: User, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Many", kind="sentences")
    speakers = ["a", "a-b", "a b", "a.b", "ab", "a_b", "", "é", "Z", "नेहा", "a,b", "a", "ab", "", "z", "a-b"]
    for number, speaker in enumerate(speakers):
        add_clip(dataset, number, f"text {number}", speaker)
    exported(dataset, "kaldi", tmp_path / "out")
    folder = tmp_path / "out" / "data" / "unsplit"
    for command in (["sort", "-c"], ["sort", "-c", "-k2"], ["sort", "-c", "-k2,2", "-k1,1"]):
        subprocess.run([*command, folder / "utt2spk"], check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    for file in ("wav.scp", "text", "spk2utt", "spk2name"):
        lines = (folder / file).read_bytes().splitlines()
        first = [line.split(b" ")[0] for line in lines]
        assert first == sorted(set(first)), file
    listed = [line.split(" ") for line in (folder / "spk2utt").read_text().splitlines()]
    assert sum(len(utterances) for _, *utterances in listed) == len(speakers)
    assert len((folder / "spk2name").read_text().splitlines()) == len({one for one in speakers if one})


def test_class_folders(dataset: Dataset, tmp_path: Path) -> None:
    made = [
        add_clip(dataset, 0, "yes", split="train"),
        add_clip(dataset, 1, "لا", split="test"),
        add_clip(dataset, 2, "no"),
    ]
    exported(dataset, "class_folders", tmp_path / "out")
    names = {f"{clip.split or 'unsplit'}/{clip.text}/{key(clip)}.wav" for clip in made}
    assert set(files_of(tmp_path / "out")) == names


def test_class_folders_without_splits_are_the_labels_alone(dataset: Dataset, tmp_path: Path) -> None:
    clip = add_clip(dataset, 0, "turn it off")
    exported(dataset, "class_folders", tmp_path / "out")
    assert set(files_of(tmp_path / "out")) == {f"turn it off/{key(clip)}.wav"}


@pytest.mark.parametrize("label", ["a/b", ".hidden", "back\\slash", "_silence 1_", "ए" * 100])
def test_a_label_that_is_no_folder_name_is_left_out(label: str, dataset: Dataset, tmp_path: Path) -> None:
    add_clip(dataset, 0, "yes")
    lost = add_clip(dataset, 1, label)
    result = exported(dataset, "class_folders", tmp_path / "out")
    assert [(one.clip, one.code) for one in result.left_out] == [(str(lost.pk), "text_not_representable")]


def test_site_bundle(sentences: Dataset, clips: Clips, tmp_path: Path) -> None:
    exported(sentences, "site_bundle", tmp_path / "out")
    texts = texts_of(tmp_path / "out")
    assert set(texts) == {"dataset.json", "manifest.jsonl", "README.md", "SHA256SUMS"}
    head = json.loads(texts["dataset.json"])
    assert (head["format"], head["version"], head["name"]) == ("speechsite dataset", 1, "Greetings")
    assert (head["kind"], head["language"], head["clips"]) == ("sentences", "ar", 4)
    entries = [json.loads(line) for line in texts["manifest.jsonl"].splitlines()]
    clip = clips[HINDI]
    assert entries[[one.text for one in in_order(clips)].index(HINDI)] == {
        "file": f"audio/{key(clip)}.flac",
        "text": HINDI,
        "speaker": "नेहा",
        "split": "validation",
        "origin": "upload",
        "duration_seconds": round(clip.duration_seconds, 6),
        "source_sample_rate_hz": 16_000,
        "source_name": "",
        "source_start_seconds": None,
        "source_end_seconds": None,
        "sha256": clip.sha256,
    }
    assert "- Speakers: 3" in texts["README.md"]


def test_the_checksums_of_a_site_bundle_are_right_for_every_file(
    sentences: Dataset, clips: Clips, tmp_path: Path
) -> None:
    exported(sentences, "site_bundle", tmp_path / "out")
    command = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    checked = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert len(checked.stdout.splitlines()) == len(files_of(tmp_path / "out")) - 1
