"""How fast sound becomes features: the site's way against the loop of most tutorials, in the same run, on one core.

    python -m bench.features [--archive FILE.zip] [--seconds 10]

The loop: `librosa.load` at 16 kHz and `librosa.feature.mfcc`, file by file. The site: decode (PyAV, soxr), find the
speech, then the front end of `conv` in batches, as training does it. In seconds of sound per second of processor. The
second table is of the same sound in files of `--seconds` each: much of the cost of a short file is opening it.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from recognition.engine.audio import SAMPLE_RATE_HZ, decode
from recognition.engine.segments import speech_extent

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SAMPLE = Path(__file__).resolve().parent.parent / "training_jobs" / "sample" / "sample_words.zip"
AUDIO = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".webm")
MOST_FILES = 1_000
BATCH = 64


def main() -> int:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, default=SAMPLE)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with zipfile.ZipFile(options.archive) as members:
        names = [name for name in sorted(members.namelist()) if name.lower().endswith(AUDIO)][:MOST_FILES]
        files = [members.read(name) for name in names]
    sys.stdout.write(table("as they are", files))
    sys.stdout.flush()
    sys.stdout.write(table(f"of {options.seconds:g} s", longer(files, options.seconds)))
    return 0


def longer(files: list[bytes], seconds: float) -> list[bytes]:
    """Return the same sound in WAV files of so many seconds."""
    sound = np.concatenate([decode(file).samples for file in files])
    length = round(seconds * SAMPLE_RATE_HZ)
    made = []
    for begin in range(0, len(sound) - length, length):
        buffer = io.BytesIO()
        soundfile.write(buffer, sound[begin : begin + length], SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16")
        made.append(buffer.getvalue())
    return made


def table(title: str, files: list[bytes]) -> str:
    """Return the lines about some files."""
    decoded = [decode(file).samples for file in files]
    seconds = sum(len(samples) for samples in decoded) / SAMPLE_RATE_HZ
    loop = speed(seconds, lambda: librosa_loop(files))
    rows = [
        ("librosa.load + librosa.feature.mfcc", loop),
        ("decode", speed(seconds, lambda: [decode(file) for file in files])),
        ("find the speech", speed(seconds, lambda: [speech_extent(samples) for samples in decoded])),
        ("front end of conv, in batches", speed(seconds, lambda: front_end(decoded))),
    ]
    together = 1 / sum(1 / pace for _, pace in rows[1:])
    lines = [f"{len(files)} files {title}, {seconds:.0f} s of sound"]
    rows.append(("the site, together", together))
    lines += [f"  {what:<40} {pace:8.0f} s/s {pace / loop:6.1f} x" for what, pace in rows]
    return "\n".join(lines) + "\n"


def speed(seconds: float, work: Callable[[], object]) -> float:
    """Return seconds of sound per second of processor; once to warm up."""
    work()
    started = time.process_time()
    work()
    return seconds / (time.process_time() - started)


def librosa_loop(files: list[bytes]) -> None:
    """Do what most tutorials do."""
    import librosa  # noqa: PLC0415 - loads what the site does not

    for file in files:
        samples, rate = librosa.load(io.BytesIO(file), sr=SAMPLE_RATE_HZ)
        librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=13)


@cache
def graph() -> Any:
    """Return the front end of `conv` as one graph."""
    import tensorflow as tf  # noqa: PLC0415 - when needed

    from training_jobs.trainer.architectures.conv import build_front_end  # noqa: PLC0415 - as above
    from training_jobs.trainer.architectures.word_model import WordShape  # noqa: PLC0415 - as above
    from training_jobs.trainer.recipes import ConvValues  # noqa: PLC0415 - as above

    return tf.function(build_front_end(ConvValues(), WordShape(10, 1.0, 7600.0, seed=1)), reduce_retracing=True)


def front_end(sounds: list[NDArray[np.float32]]) -> None:
    """Make the features of `conv`, windows of one second each."""
    sound = np.concatenate(sounds)
    windows = sound[: len(sound) // SAMPLE_RATE_HZ * SAMPLE_RATE_HZ].reshape(-1, SAMPLE_RATE_HZ)
    for at in range(0, len(windows), BATCH):
        graph()(windows[at : at + BATCH])


if __name__ == "__main__":
    sys.exit(main())
