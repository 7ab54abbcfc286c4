"""How the site holds with a large dataset of words: import, snapshot, pages, one epoch. All of it is thrown away.

    python -m bench.large [--clips 100000] [--small 5000] [--archive FILE.zip] [--keep FOLDER]

The clips are the sample's (or the archive's) again and again, each a little louder or softer, later and noisier: no
two are the same samples. A dataset of `--small` clips goes through the same: what costs as much for each clip in
both grows in a line. Every step is a process of its own, as its command; times are of its processors and all its
children's; memory is the largest that one of its processes took for itself alone (RssAnon, looked at twice a second).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from recognition.engine.audio import SAMPLE_RATE_HZ, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "training_jobs" / "sample" / "sample_words.zip"
SPEAKERS = 200
LATEST_SECONDS = 0.05
LOOKS_EACH = 5
LOOK_SECONDS = 0.5
OWNER = "bench"
PAGES = (
    "/",
    "/datasets/",
    "/datasets/{dataset}/",
    "/datasets/{dataset}/?label={label}",
    "/datasets/{dataset}/?search=speaker_7",
    "/training/new/?dataset={dataset}",
    "/training/",
    "/training/{job}/",
    "/models/",
    "/api/v1/datasets/",
    "/api/v1/datasets/{dataset}/",
    "/api/v1/datasets/{dataset}/clips/",
)


@dataclass(frozen=True)
class Step:
    """One command: wall and processor seconds, the memory of its largest process, what it printed."""

    seconds: float
    processor_seconds: float
    memory_mb: float
    printed: str


def main() -> int:
    """Measure both sizes and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=5_000)
    parser.add_argument("--archive", type=Path, default=SAMPLE, help="a zip of WORD_SPEAKER_TAKE audio files")
    parser.add_argument("--keep", type=Path, help="work in this folder, and leave it")
    parser.add_argument("--look", metavar="DATASET", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.look:
        return look_at_pages(options.look)
    with tempfile.TemporaryDirectory(prefix="speechsite-large-") as made:
        folder = options.keep or Path(made)
        environment = {**os.environ, "SPEECHSITE_DATA_DIR": str(folder / "site")}
        words = list(words_of(options.archive))
        run(["manage.py", "migrate", "--verbosity=0"], environment)
        run(["manage.py", "shell", "-c", make_owner()], environment)
        for clips in (options.small, options.clips):
            sys.stdout.write(measured(folder, clips, words, environment))
            sys.stdout.flush()
    return 0


def make_owner() -> str:
    """Return what makes the account everything belongs to."""
    return f"from django.contrib.auth.models import User; User.objects.get_or_create(username={OWNER!r}, is_staff=True)"


def measured(
    folder: Path, clips: int, words: list[tuple[str, NDArray[np.float32]]], environment: dict[str, str]
) -> str:
    """Take a dataset of so many clips through everything; return the lines about it."""
    name = f"large-{clips}"
    write_clips(folder / name, clips, words)
    lines = [f"{clips:,} clips"]
    step = run(["manage.py", "import_dataset", str(folder / name), "--name", name, "--json"], environment)
    kept = json.loads(step.printed)["clips"]
    lines.append(line_of("import (decode, measure, hash, write, store)", step, kept, "clip kept"))
    options = ["--set", "epochs=1", "--set", "minimum_steps=1"]
    step = run(["manage.py", "train", name, *options, "--json"], environment)
    lines.append(line_of("train (snapshot, corpus, one epoch, test, export)", step, kept, "clip"))
    lines.extend(f"    {line}" for line in stages_of(json.loads(step.printed)["job"], environment))
    step = run(["-m", "bench.large", "--look", name], environment)
    lines.extend(f"    {line}" for line in step.printed.splitlines())
    return "\n".join(lines) + "\n\n"


def line_of(what: str, step: Step, count: int, noun: str) -> str:
    """Return a line about one step."""
    each = 1000 * step.processor_seconds / count
    return (
        f"  {what:<50} {step.seconds:8.1f} s, {step.processor_seconds:8.1f} s of processor = {each:6.2f} ms a {noun}, "
        f"{step.memory_mb:6.0f} MB"
    )


def words_of(archive: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield what is said and its samples, of every audio file whose name begins with its word."""
    with zipfile.ZipFile(archive) as members:
        for name in sorted(members.namelist()):
            if Path(name).suffix in {".wav", ".flac", ".mp3", ".ogg", ".opus"}:
                yield Path(name).stem.partition("_")[0], decode(members.read(name), name=name).samples


def write_clips(folder: Path, clips: int, words: list[tuple[str, NDArray[np.float32]]]) -> None:
    """Write `WORD/speaker_S_N.flac`, every one another sound."""
    random = np.random.default_rng(1)
    for word in {word for word, _ in words}:
        (folder / word).mkdir(parents=True, exist_ok=True)
    for number in range(clips):
        word, samples = words[number % len(words)]
        later = np.zeros(int(random.uniform(0, LATEST_SECONDS) * SAMPLE_RATE_HZ), np.float32)
        sound = np.concatenate([later, samples]) * random.uniform(0.5, 1.0)
        sound += random.normal(0, 1e-3, len(sound)).astype(np.float32)
        path = folder / word / f"speaker{number % SPEAKERS}_{number}.flac"
        buffer = io.BytesIO()
        soundfile.write(buffer, np.clip(sound, -1, 1), SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
        path.write_bytes(buffer.getvalue())


def run(arguments: list[str], environment: dict[str, str]) -> Step:
    """Run a Python command to its end; exits where it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    watch = Memory(child.pid)
    printed, _ = child.communicate()
    watch.stop()
    if child.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {child.returncode}: {printed[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Step(time.perf_counter() - started, processor, watch.largest_kb / 1000, printed)


class Memory:
    """Looks at a process and those below it, twice a second, for the most that one of them took for itself."""

    def __init__(self, pid: int) -> None:
        self.pid, self.largest_kb = pid, 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Look no longer."""
        self.is_over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.is_over.wait(LOOK_SECONDS):
            self.largest_kb = max([self.largest_kb, *(own_memory_kb(pid) for pid in family_of(self.pid))])


def family_of(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        except OSError:
            continue
        found.extend(int(child) for child in children)
    return found


def own_memory_kb(pid: int) -> int:
    """Return RssAnon of a process, 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)


def stages_of(job: str, environment: dict[str, str]) -> list[str]:
    """Return how long the stages of a training took, and its epoch, from the job's own events."""
    code = (
        "from training_jobs.models import JobEvent\n"
        f"for event in JobEvent.objects.filter(job={job!r}):\n"
        "    data = event.data\n"
        "    if event.kind == 'epoch': print('epoch', round(data['seconds'], 1), 's, the look at validation in it')\n"
        "    elif data.get('stage_before'): print('stage', data['stage_before'], data['seconds_before'], 's')\n"
    )
    return run(["manage.py", "shell", "-v", "0", "-c", code], environment).printed.splitlines()


def look_at_pages(name: str) -> int:
    """Ask for each page a few times, in this process, without a network; print the first and the middle time."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")
    import django  # noqa: PLC0415 - in the child alone

    django.setup()
    from django.conf import settings  # noqa: PLC0415 - as above

    from speechsite.broker import server_command  # noqa: PLC0415 - as above

    (settings.DATA_DIR / "redis").mkdir(exist_ok=True)
    command = server_command(socket=settings.REDIS_SOCKET, folder=settings.DATA_DIR / "redis")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as broker:
        try:
            time.sleep(LOOK_SECONDS)
            look(name)
        finally:
            broker.terminate()
    return 0


def look(name: str) -> None:
    """Print how long each page takes."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - in the child alone
    from django.test import Client  # noqa: PLC0415 - as above

    from speechsite.accounts.services.tokens import token_create  # noqa: PLC0415 - as above
    from training_jobs.models import Dataset, TrainingJob  # noqa: PLC0415 - as above

    dataset, job = Dataset.objects.get(name=name), TrainingJob.objects.get(dataset_name=name)
    label = dataset.clips.order_by("text").values_list("text", flat=True)[0]
    owner = User.objects.get(username=OWNER)
    _, token = token_create(user=owner, name=name)
    client = Client(SERVER_NAME="localhost", headers={"authorization": f"Bearer {token}"})
    client.force_login(owner)
    for page in PAGES:
        address = page.format(dataset=dataset.pk, job=job.pk, label=label)
        times = [timed(client, address) for _ in range(LOOKS_EACH)]
        sys.stdout.write(f"page {page:<45} first {times[0]:6.0f} ms, then {median(times[1:]):6.0f} ms\n")


def timed(client: Any, address: str) -> float:
    """Return how many milliseconds a page took; exits where it is no page."""
    started = time.perf_counter()
    answer = client.get(address)
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
