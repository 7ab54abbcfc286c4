"""Sound and archives for tests. Speech comes out of the sample archive the product ships."""

from __future__ import annotations

import io
import tarfile
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from recognition.engine.audio import SAMPLE_RATE_HZ, decode, flac_bytes, wav_bytes
from training_jobs.services.sample import ARCHIVE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


@lru_cache(maxsize=64)
def speech(number: int) -> NDArray[np.float32]:
    """Return the samples of one spoken word; each number another recording."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        names = [name for name in archive.namelist() if name.endswith(".opus")]
        return decode(archive.read(names[number % len(names)])).samples


def spoken_wav(number: int) -> bytes:
    """Return one spoken word as WAV."""
    return wav_bytes(speech(number))


def silent_wav(seconds: float = 0.5) -> bytes:
    return wav_bytes(np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32))


def clipped_wav(number: int = 0) -> bytes:
    """Return speech so loud that most of it is cut off."""
    return wav_bytes(np.clip(speech(number) * 500, -1, 1))


def flac_of(number: int) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, speech(number), SAMPLE_RATE_HZ, format="FLAC")
    return out.getvalue()


def zip_of(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tar_of(path: Path, files: Mapping[str, bytes], *, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is a parameter here
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def folder_of(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def class_folders(*, labels: tuple[str, ...] = ("yes", "no"), takes: int = 2) -> dict[str, bytes]:
    """Return files in class folders, every one another recording."""
    return {
        f"words/{label}/take{take}.wav": spoken_wav(place * takes + take)
        for place, label in enumerate(labels)
        for take in range(takes)
    }


def long_recording(numbers: tuple[int, ...], *, pause_seconds: float = 0.5) -> tuple[bytes, list[tuple[float, float]]]:
    """Return spoken words after each other as one FLAC file, and where each of them starts and ends, in seconds."""
    pause = np.zeros(round(pause_seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    parts, times, at = [pause], [], len(pause)
    for number in numbers:
        word = speech(number)
        times.append((at / SAMPLE_RATE_HZ, (at + len(word)) / SAMPLE_RATE_HZ))
        parts += [word, pause]
        at += len(word) + len(pause)
    return flac_bytes(np.concatenate(parts)), times


def common_voice(sentences: dict[str, tuple[str, str, str]]) -> dict[str, bytes]:
    """Return a Common Voice folder: `sentences` maps a file to its split, its speaker and its sentence.

    A file called `bad…` holds no sound, one called `gone…` is not there, `silent…` is silent.
    """
    files: dict[str, bytes] = {}
    tables: dict[str, list[str]] = {}
    for place, (name, (split, speaker, sentence)) in enumerate(sentences.items()):
        lines = tables.setdefault(split, ["client_id\tpath\tsentence\tup_votes"])
        lines.append(f"{speaker}\t{name}\t{sentence}\t2")
        if name.startswith("bad"):
            files[f"en/clips/{name}"] = b"no sound"
        elif name.startswith("silent"):
            files[f"en/clips/{name}"] = silent_wav()
        elif not name.startswith("gone"):
            files[f"en/clips/{name}"] = spoken_wav(place)
    return {**files, **{f"en/{split}.tsv": ("\n".join(lines) + "\n").encode() for split, lines in tables.items()}}
