"""How fast clips are imported: the site's own way against librosa.load and soundfile, in the same run.

    python bench/import.py [--archive FILE.zip] [--json]
    python bench/import.py --sentences 10000 [--json]

The site's way is `import_dataset` whole: judge the archive, decode (PyAV), resample, measure levels, silence, speech
and bandwidth, hash, write FLAC, store rows. The other way only decodes and resamples with `librosa.load` and writes
FLAC with soundfile, as a script would; it measures and stores nothing. Both on one core, on files that are cached.
Without an archive the sample dataset is used.

With `--sentences` a folder like Common Voice's is made of the sample's words, strung together and each a little
different, and measured twice: the dry run, which decodes and measures all of it and keeps nothing, and the reading, as
after a yes.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from django.contrib.auth.models import User
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "training_jobs" / "sample" / "sample_words.zip"
RATE_HZ = 16_000
SPLITS = ("train", "train", "train", "dev", "test")
SPEAKERS = 80
WORDS_EACH = 4
PAUSE_SAMPLES = RATE_HZ // 5
AUDIO = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".webm")


@dataclass(frozen=True)
class Speed:
    """One way of importing, measured."""

    name: str
    clips: int
    seconds: float
    core_seconds: float

    @property
    def clips_per_core_second(self) -> float:
        """What a neighbour on the machine does not change."""
        return self.clips / self.core_seconds


def main() -> int:
    """Measure both ways and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--archive", type=Path, default=SAMPLE)
    parser.add_argument("--sentences", type=int, metavar="CLIPS", help="make so many clips of sentences and read those")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    use_one_core()
    with tempfile.TemporaryDirectory() as folder:
        warm_up()
        speeds = measured(options, Path(folder))
    if options.json:
        rows = [{**asdict(speed), "clips_per_core_second": round(speed.clips_per_core_second)} for speed in speeds]
        sys.stdout.write(f"{json.dumps(rows)}\n")
        return 0
    for speed in speeds:
        pace = f"{speed.core_seconds:>6.1f} s of one core, {speed.clips_per_core_second:>5.0f} clips/s"
        line = f"{speed.name:<50} {speed.clips:>5} clips {speed.seconds:>6.1f} s,{pace}"
        sys.stdout.write(f"{line}\n")
    return 0


def measured(options: argparse.Namespace, folder: Path) -> list[Speed]:
    """Measure what was asked for."""
    if options.sentences:
        return [*by_the_site_in_two_steps(sentences_made(folder / "common_voice", options.sentences), folder)]
    return [by_librosa(options.archive, folder), by_the_site(options.archive, folder)]


def clocks() -> tuple[float, float]:
    """Return the time of the wall and of the processor."""
    return time.perf_counter(), time.process_time()


def since(started: tuple[float, float]) -> tuple[float, float]:
    """Return how much of each has gone by."""
    wall, processor = clocks()
    return wall - started[0], processor - started[1]


def use_one_core() -> None:
    """Stay on one core, where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def warm_up() -> None:
    """Load what loads lazily, so that neither way pays for it."""
    import librosa  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    noise = np.random.default_rng(1).standard_normal(RATE_HZ // 4).astype(np.float32)
    librosa.resample(noise, orig_sr=8000, target_sr=RATE_HZ)
    librosa.feature.spectral_rolloff(y=noise, sr=RATE_HZ)


def by_librosa(archive: Path, folder: Path) -> Speed:
    """Decode with librosa.load (soundfile inside, soxr for the rate) and write FLAC with soundfile."""
    import librosa  # noqa: PLC0415
    import soundfile  # noqa: PLC0415

    started, clips = clocks(), 0
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if name.lower().endswith(AUDIO):
                samples, _ = librosa.load(io.BytesIO(files.read(name)), sr=RATE_HZ, mono=True)
                soundfile.write(folder / f"{clips}.flac", samples, RATE_HZ, subtype="PCM_16")
                clips += 1
    return Speed("librosa.load + soundfile (decode and write alone)", clips, *since(started))


def by_the_site(archive: Path, folder: Path) -> Speed:
    """Import into a dataset of an empty site in a folder of its own, by the service the worker calls."""
    owner = site_made(folder)
    from training_jobs.services.datasets import dataset_create  # noqa: PLC0415
    from training_jobs.services.imports import import_create, import_run  # noqa: PLC0415

    dataset = dataset_create(owner=owner, name="bench")
    row = import_create(dataset=dataset, owner=owner, file=archive, source_name=archive.name)
    started = clocks()
    done = import_run(import_id=row.pk)
    taken = since(started)
    assert done is not None
    assert done.status == "done", done.failure_message
    return Speed("the site (decode, measure, hash, write, store)", done.clips_kept, *taken)


def by_the_site_in_two_steps(archive: Path, folder: Path) -> Iterator[Speed]:
    """Check a dataset of sentences, then keep it: what a page does in two steps."""
    owner = site_made(folder)
    from training_jobs.services.datasets import dataset_create  # noqa: PLC0415
    from training_jobs.services.import_decision import import_accept  # noqa: PLC0415
    from training_jobs.services.imports import import_create, import_step  # noqa: PLC0415

    dataset = dataset_create(owner=owner, name="bench", language="en")
    row = import_create(dataset=dataset, owner=owner, file=archive, source_name=archive.name, is_check_wanted=True)
    started = clocks()
    checked = import_step(import_id=row.pk)
    taken = since(started)
    assert checked is not None
    assert checked.status == "checked", checked.failure_message
    yield Speed("dry run (decode, measure, hash, report)", checked.report["rows"], *taken)
    import_accept(row=checked)
    started = clocks()
    done = import_step(import_id=row.pk)
    taken = since(started)
    assert done is not None
    assert done.status == "done", done.failure_message
    yield Speed("reading (decode, measure, hash, write, store)", done.rows_done, *taken)


def site_made(folder: Path) -> User:
    """Make an empty site in a folder of its own, with one account."""
    os.environ["SPEECHSITE_DATA_DIR"] = str(folder / "site")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    return User.objects.create_user("bench")


def sentences_made(folder: Path, clips: int) -> Path:
    """Write `train.tsv`, `dev.tsv`, `test.tsv` and `clips/`: four of the sample's words each, in ever another order.

    A little noise makes each clip another sound. FLAC, 16 kHz, about 3 s.
    """
    import numpy as np  # noqa: PLC0415
    import soundfile  # noqa: PLC0415

    words, generator = sample_words(), np.random.default_rng(1)
    (folder / "en" / "clips").mkdir(parents=True)
    tables: dict[str, list[str]] = {name: ["client_id\tpath\tsentence\tup_votes"] for name in SPLITS}
    pause = np.zeros(PAUSE_SAMPLES, dtype=np.float32)
    for number in range(clips):
        chosen = [words[int(place)] for place in generator.integers(len(words), size=WORDS_EACH)]
        samples = np.concatenate([part for _, word in chosen for part in (pause, word)])
        noise = generator.standard_normal(len(samples)).astype(np.float32) * 1e-3
        name = f"common_voice_en_{number}.flac"
        soundfile.write(folder / "en" / "clips" / name, samples + noise, RATE_HZ, subtype="PCM_16")
        split = SPLITS[number % len(SPLITS)]
        text = " ".join(word for word, _ in chosen).capitalize()
        tables[split].append(f"speaker_{number % SPEAKERS:03}\t{name}\t{text} {number // 7}th.\t2")
    for split, lines in tables.items():
        (folder / "en" / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def sample_words() -> list[tuple[str, NDArray[np.float32]]]:
    """Return the words of the sample dataset: what is said, and its samples at 16 kHz."""
    sys.path.insert(0, str(ROOT))
    from recognition.engine.audio import decode  # noqa: PLC0415

    with zipfile.ZipFile(SAMPLE) as files:
        names = [name for name in files.namelist() if name.lower().endswith(AUDIO)]
        return [(Path(name).stem.partition("_")[0], decode(files.read(name)).samples) for name in names[::4]]


if __name__ == "__main__":
    sys.exit(main())
