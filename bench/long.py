"""How long an hour of recording takes, and how much memory: `python -m bench.long [--hours 2] [--bundle F --clips F]`.

A recording is put together, stored as FLAC, and transcribed by the service's own code path (row, decoding, pieces,
growing text) in a child process with a data folder of its own. What is told: how much faster than the recording that
was, and the most memory the child ever held (`ru_maxrss`), against what it held with only the model loaded.

Without --bundle the tone model of the tests writes down words spelled in tones. With --clips the recording is made of
the audio files below that folder, one behind the other with pauses, in random order; without, of sound like speech.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
RATE_HZ = 16_000
HOUR = 3600
PAUSES_SECONDS = (0.15, 0.3, 0.5, 0.8, 1.5, 3.0)
WORDS = (
    "harbour",
    "control",
    "this",
    "is",
    "sea",
    "wolf",
    "inbound",
    "from",
    "the",
    "east",
    "go",
    "ahead",
    "berth",
    "four",
)
SYLLABLE_SECONDS = 0.22


# --- the recording ---------------------------------------------------------------------------------------------------


def recording(path: Path, *, seconds: float, clips: Path | None, speaks_tones: bool) -> float:
    """Write a FLAC file at least that long; return how long it is."""
    random = np.random.default_rng(7)
    pieces = _clips(clips, random) if clips else _tones(random) if speaks_tones else _speech_like(random)
    written = 0
    with sf.SoundFile(path, "w", RATE_HZ, 1, subtype="PCM_16", format="FLAC") as file:
        while written < seconds * RATE_HZ:
            sound = np.concatenate([next(pieces), _room(float(random.choice(PAUSES_SECONDS)), random)])
            file.write(sound)
            written += len(sound)
    return written / RATE_HZ


def _room(seconds: float, random: np.random.Generator) -> NDArray[np.float32]:
    return (1e-4 * random.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def _clips(folder: Path, random: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Yield the sound of the audio files below a folder, in random order, over and over."""
    from recognition.engine.audio import decode  # noqa: PLC0415 - after the path is set
    from recognition.services.audio_files import audio_files  # noqa: PLC0415 - as above

    files = [file.path for file in audio_files([folder])]
    if not files:
        raise SystemExit(f"{folder} holds no audio files.")
    while True:
        yield decode(files[int(random.integers(len(files)))]).samples


def _tones(random: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Yield sentences of random words as the tone model of the tests hears them."""
    from tests.engine.tone_sentences import said  # noqa: PLC0415 - only without a bundle

    while True:
        yield said(" ".join(random.choice(WORDS, size=int(random.integers(3, 9)))), seed=int(random.integers(1 << 30)))


def _speech_like(random: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Yield stretches of a buzz with moving pitch and vowels, in syllables: what finds speech takes it for some."""
    while True:
        count = int(random.integers(5, 30))
        time_ = np.arange(round(count * SYLLABLE_SECONDS * RATE_HZ)) / RATE_HZ
        pitch = 110 + 25 * np.sin(2 * np.pi * 0.4 * time_ + random.uniform(0, 6)) + 8 * random.standard_normal()
        phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
        vowel = 500 + 300 * np.sin(2 * np.pi * 1.7 * time_)
        buzz = sum(np.exp(-(((n * pitch - vowel) / 400) ** 2)) * np.sin(n * phase) for n in range(1, 25))
        syllables = np.clip(np.sin(np.pi * time_ / SYLLABLE_SECONDS) ** 2, 0.05, 1)
        yield (0.15 * buzz * syllables).astype(np.float32)


# --- the child: transcribe it as the worker would --------------------------------------------------------------------


def transcribe(path: Path, bundle: Path | None) -> dict[str, Any]:
    """Transcribe a recording in this process, with the data folder of the environment; return what it took."""
    _set_up_django()
    from recognition.models import Transcription  # noqa: PLC0415 - after Django is set up
    from recognition.services.recognizing import recognizer_of  # noqa: PLC0415 - as above
    from recognition.services.transcriptions import (  # noqa: PLC0415 - as above
        transcription_create,
        transcription_run,
    )

    version = _registered(bundle)
    recognizer_of(version)
    loaded = peak_megabytes()
    marks = [time.perf_counter()]
    row = transcription_create(owner=version.recognizer.owner, model_version=version, audio=path, origin="upload")
    marks.append(time.perf_counter())
    done = transcription_run(transcription_id=row.pk) if row.status == Transcription.Status.QUEUED else row
    marks.append(time.perf_counter())
    if done is None or done.status != Transcription.Status.DONE:
        raise SystemExit(f"It was not recognised: {done and done.failure_code} {done and done.failure_detail}")
    return {
        "recording_seconds": done.duration_seconds,
        "taken_seconds": marks[1] - marks[0],
        "transcribed_seconds": marks[2] - marks[1],
        "segments": len(done.segments),
        "words": len(done.text.split()),
        "loaded_megabytes": loaded,
        "peak_megabytes": peak_megabytes(),
    }


def _set_up_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "speechsite.settings"
    import django  # noqa: PLC0415 - after its environment is set
    from django.core.management import call_command  # noqa: PLC0415 - as above

    django.setup()
    call_command("migrate", verbosity=0)


def _registered(bundle: Path | None) -> Any:
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django is set up

    from recognition.engine.bundle import load_bundle, unzip_bundle, zip_bundle  # noqa: PLC0415 - as above
    from recognition.services.models import model_version_register  # noqa: PLC0415 - as above

    folder = Path(tempfile.mkdtemp(dir=os.environ["SPEECHSITE_DATA_DIR"]))
    if bundle is None:
        from tests.engine.tone_sentences import bundle_in  # noqa: PLC0415 - only without a bundle

        bundle = bundle_in(folder / "tones").path
    zip_bundle(bundle, folder / "copy.zip")
    unzip_bundle(folder / "copy.zip", folder / "copy")
    made = load_bundle(folder / "copy")
    return model_version_register(
        owner=User.objects.create_user("bench"),
        recognizer_name="bench",
        kind=made.manifest["kind"],
        bundle_folder=made.path,
        bundle_sha256=made.sha256,
        size_bytes=made.size_bytes,
        manifest=made.manifest,
        metrics=made.manifest.get("metrics", {}),
        lineage=made.manifest.get("lineage", {}),
    )


def peak_megabytes() -> float:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- the run ---------------------------------------------------------------------------------------------------------


def measure(*, hours: float, bundle: Path | None, clips: Path | None) -> dict[str, Any]:
    """Make a recording and let a child transcribe it."""
    with tempfile.TemporaryDirectory(prefix="speechsite-bench-") as folder:
        path = Path(folder) / "recording.flac"
        recording(path, seconds=hours * HOUR, clips=clips, speaks_tones=bundle is None)
        command = [sys.executable, "-m", "bench.long", "--child", str(path)]
        command += ["--bundle", str(bundle.resolve())] if bundle else []
        limits = {"SPEECHSITE_MAX_RECORDING_SECONDS": str(int(hours * HOUR) + HOUR), "SPEECHSITE_LOG_LEVEL": "WARNING"}
        environment = {**os.environ, **limits, "SPEECHSITE_DATA_DIR": folder}
        child = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
        found: dict[str, Any] = json.loads(child.stdout)
        return found


def told(found: dict[str, Any]) -> str:
    """Write what was measured in sentences."""
    hours, seconds = found["recording_seconds"] / HOUR, found["transcribed_seconds"]
    grown = found["peak_megabytes"] - found["loaded_megabytes"]
    return (
        f"{hours:.2f} h of recording: {seconds:.0f} s, {found['recording_seconds'] / seconds:.0f} times faster than it "
        f"was spoken; {found['words']:,} words in {found['segments']:,} segments.\n"
        f"Memory: {found['loaded_megabytes']:.0f} MB with the model loaded, at most {found['peak_megabytes']:.0f} MB, "
        f"so {grown:.0f} MB for it."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0, help="how long the recording is (default: %(default)s)")
    parser.add_argument(
        "--bundle", type=Path, help="folder of a bundle, unzipped (default: the tone model of the tests)"
    )
    parser.add_argument("--clips", type=Path, help="folder of audio files the recording is made of")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        sys.stdout.write(json.dumps(transcribe(options.child, options.bundle)))
        return
    found = measure(hours=options.hours, bundle=options.bundle, clips=options.clips)
    sys.stdout.write((json.dumps(found) if options.json else told(found)) + "\n")


if __name__ == "__main__":
    main()
