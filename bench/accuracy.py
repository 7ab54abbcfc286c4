"""How well the recipes hear the Free Spoken Digit Dataset: speakers they know, and speakers they have never heard.

    python -m bench.accuracy fsdd.zip results/ --recipe conv2d --folds official gj ln ty --seeds 1 2
    python -m bench.accuracy fsdd.zip results/ --folds official --noise background_noise.zip

A fold names who is never heard in training: two speakers by their initials, or one by name. With `--noise` the test is
heard a second time, under recordings of noise 10 dB below each clip. Each row is trained by the trainer's own process
and heard by the recogniser that serves, from the exported LiteRT file. Rows already in results/accuracy.jsonl are not
trained again. No Django. The test clips decide nothing.
The last column is the time left that the trainer told after its first epoch, in percent of the time it then took.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.audio import SAMPLE_RATE_HZ, decode, samples_to_int16
from recognition.engine.bundle import load_bundle, write_bundle
from recognition.engine.hearing import WORD
from recognition.engine.metrics import wilson_interval
from recognition.engine.recognizer import WordRecognizer
from recognition.engine.segments import speech_extent
from training_jobs.labels import NO_WORDS, OTHER
from training_jobs.trainer.recipes import DEFAULT_RECIPES, RECIPES, recipe_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parent.parent
NAME = re.compile(r"(?P<label>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.wav")
TEST_TAKES = 5  # the dataset's official split: takes 0 to 4 are the test set
VALIDATION_SHARE = 0.1
HELD_OUT = {
    "official": frozenset[str](),
    "gj": frozenset({"george", "jackson"}),
    "ln": frozenset({"lucas", "nicolas"}),
    "ty": frozenset({"theo", "yweweler"}),
    **{name: frozenset({name}) for name in ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")},
}
DEFAULT_FOLDS = ("official", "gj", "ln", "ty")
NOISE_SNR_DB = 10.0
BAND_LIMIT_HZ = 3800  # 0.95 of the Nyquist frequency of 8 kHz
TRAIN, VALIDATION, TEST = 0, 1, 2


@dataclass(frozen=True)
class Clip:
    """One recording; samples: float32, shape (samples,), 16 kHz."""

    label: str
    speaker: str
    take: int
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Run:
    """One row of the table."""

    recipe: str
    fold: str
    seed: int
    options: dict[str, str]
    is_in_noise: bool = False

    @property
    def key(self) -> dict[str, Any]:
        """What makes two rows the same: every value counts, so changed defaults are trained anew."""
        values = recipe_values(self.recipe, self.options)
        key = {"recipe": self.recipe, "fold": self.fold, "seed": self.seed, "values": values}
        return {**key, "noise_snr_db": NOISE_SNR_DB} if self.is_in_noise else key


def main() -> int:
    """Fill the table and print it."""
    arguments = parsed_arguments()
    arguments.results.mkdir(parents=True, exist_ok=True)
    table = arguments.results / "accuracy.jsonl"
    runs = planned_runs(arguments)
    clips: list[Clip] = []
    noises = [sound for _, sound in read_noises(arguments.noise)] if arguments.noise else []
    for run in runs:
        if find_row(table, run.key) is not None:
            continue
        clips = clips or read_clips(arguments.archive)
        row = measured(run, clips, noises)
        with table.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        sys.stderr.write(f"{run.recipe} {run.fold} seed {run.seed}: {row['accuracy']:.2%}\n")
    sys.stdout.write(markdown(found for run in runs if (found := find_row(table, run.key))))
    return 0


def parsed_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="fsdd.zip with recordings/LABEL_SPEAKER_TAKE.wav")
    parser.add_argument("results", type=Path, help="folder for accuracy.jsonl")
    parser.add_argument("--recipe", nargs="+", default=[DEFAULT_RECIPES["words"]], choices=sorted(RECIPES))
    parser.add_argument("--folds", nargs="+", default=list(DEFAULT_FOLDS), choices=list(HELD_OUT))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--noise", type=Path, help="a zip of WAV files of noise, to hear the test under, too")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="values put over the recipe's")
    return parser.parse_args()


def planned_runs(arguments: argparse.Namespace) -> list[Run]:
    """Return every combination asked for."""
    options = dict(pair.split("=", 1) for pair in arguments.set)
    return [
        Run(recipe, fold, seed, options, is_in_noise=arguments.noise is not None)
        for recipe in arguments.recipe
        for seed in arguments.seeds
        for fold in arguments.folds
    ]


def find_row(table: Path, key: dict[str, Any]) -> dict[str, Any] | None:
    """Return the row measured before with the same key, if any."""
    if not table.exists():
        return None
    rows = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    return next((row for row in rows if row["run"] == key), None)


def read_clips(archive: Path) -> list[Clip]:
    """Decode every recording through the engine's one door."""
    clips = []
    with zipfile.ZipFile(archive) as members:
        for name in sorted(members.namelist()):
            if match := NAME.fullmatch(Path(name).name):
                samples = decode(members.read(name), name=name).samples
                clips.append(Clip(match["label"], match["speaker"], int(match["take"]), samples))
    return clips


def read_noises(archive: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the recordings of an archive of noise by name, shape (samples,), 16 kHz."""
    with zipfile.ZipFile(archive) as members:
        for name in sorted(members.namelist()):
            if name.endswith(".wav"):
                yield Path(name).stem, decode(members.read(name), name=name).samples


def under_noise(clip: Clip, noises: Sequence[NDArray[np.float32]], random: np.random.Generator) -> Clip:
    """Return a clip with a piece of one of the noises, NOISE_SNR_DB below the clip's mean power, of every frequency."""
    noise = noises[int(random.integers(len(noises)))]
    begin = random.integers(0, len(noise) - len(clip.samples))
    piece = noise[begin : begin + len(clip.samples)]
    powers = [float(np.mean(np.square(part, dtype=np.float64))) + 1e-12 for part in (clip.samples, piece)]
    loudness = np.float32(np.sqrt(powers[0] / powers[1] / 10 ** (NOISE_SNR_DB / 10)))
    return replace(clip, samples=clip.samples + loudness * piece)


def split_of(clip: Clip, fold: str) -> int:
    """Say where a clip belongs; validation clips are drawn from the training clips by a stable hash."""
    held_out = HELD_OUT[fold]
    if clip.speaker in held_out or (not held_out and clip.take < TEST_TAKES):
        return TEST
    digest = hashlib.sha256(f"{clip.label}_{clip.speaker}_{clip.take}".encode()).digest()
    return VALIDATION if int.from_bytes(digest[:4], "big") / 2**32 < VALIDATION_SHARE else TRAIN


def measured(run: Run, clips: Sequence[Clip], noises: Sequence[NDArray[np.float32]] = ()) -> dict[str, Any]:
    """Train one model and let it hear the test clips, also under noise if there is any."""
    with tempfile.TemporaryDirectory(prefix="speechsite-accuracy-") as name:
        folder = Path(name)
        request = write_job(folder, run, [clip for clip in clips if split_of(clip, run.fold) != TEST])
        cost = train(folder)
        recognizer = bundled(folder, request)
        test = [clip for clip in clips if split_of(clip, run.fold) == TEST]
        heard = hear(test, recognizer)
        if noises:
            random = np.random.default_rng(1)
            heard["in_noise"] = hear([under_noise(clip, noises, random) for clip in test], recognizer)
    return {"run": run.key, **heard, **cost, "threshold": recognizer.threshold, "temperature": recognizer.temperature}


def write_job(folder: Path, run: Run, clips: Sequence[Clip]) -> dict[str, Any]:
    """Write a job folder as the worker does; return the request."""
    labels = sorted({clip.label for clip in clips} - NO_WORDS)
    number = {label: place for place, label in enumerate([*labels, OTHER])}
    cut = [
        (clip, samples_to_int16(clip.samples[slice(*extent)]))
        for clip in clips
        if (extent := speech_extent(clip.samples))
    ]
    lengths = np.array([len(samples) for _, samples in cut])
    starts = np.cumsum(lengths) - lengths
    table = [[number[clip.label], split_of(clip, run.fold)] for clip, _ in cut]
    np.save(folder / "audio.npy", np.concatenate([samples for _, samples in cut]))
    np.save(folder / "clips.npy", np.column_stack([starts, lengths, table]).astype(np.int64))
    request = {
        "format": 1,
        "kind": "words",
        "recipe": run.recipe,
        "values": run.key["values"],
        "labels": labels,
        "band_limit_hz": BAND_LIMIT_HZ,
        "window_seconds": max(1.0, float(np.ceil(np.percentile(lengths, 99) / SAMPLE_RATE_HZ * 10) / 10)),
        "seed": run.seed,
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    return request


def train(folder: Path) -> dict[str, float]:
    """Run the trainer's process; return what it cost, and the time left that it first told as a share of the true."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "training_jobs.trainer", str(folder)]
    first_told: tuple[float, float] | None = None  # when, how many seconds
    with (folder / "errors.log").open("wb") as errors:
        child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=errors, text=True)
        for line in child.stdout or ():
            left = json.loads(line).get("eta_seconds")
            if left is not None and first_told is None:
                first_told = time.perf_counter(), left
        status = child.wait()
    if status:
        sys.exit((folder / "errors.log").read_text(encoding="utf-8", errors="replace")[-4000:])
    ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cost = {"wall_seconds": round(ended - started, 1), "cpu_seconds": round(cpu, 1)}
    return {**cost, "told_share": round(first_told[1] / (ended - first_told[0]), 3)} if first_told else cost


def bundled(folder: Path, request: dict[str, Any]) -> WordRecognizer:
    """Put what the trainer left into a bundle and open it as serving does."""
    exported = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    of_training = {name: exported[name] for name in ("calibration", "has_other_output")}
    manifest = {**request, "name": "digits", **of_training}
    files = {name: folder / "out" / name for name in ("model.tflite", "weights.h5")}
    write_bundle(folder / "bundle", manifest=manifest, files=files)
    return WordRecognizer(load_bundle(folder / "bundle"))


def hear(clips: Sequence[Clip], recognizer: WordRecognizer) -> dict[str, Any]:
    """Count what is heard right: of all clips by the best label, and of those accepted at the threshold."""
    answers = [(clip, recognizer.hear_clip(clip.samples)) for clip in clips]
    right = [clip.label == answer.label for clip, answer in answers]
    accepted = [answer.answer == WORD for _, answer in answers]
    by_speaker: dict[str, list[bool]] = defaultdict(list)
    for (clip, _), is_right in zip(answers, right, strict=True):
        by_speaker[clip.speaker].append(is_right)
    return {
        "clips": len(clips),
        "accuracy": float(np.mean(right)),
        "interval": wilson_interval(sum(right), len(right)),
        "accepted": float(np.mean(accepted)),
        "accuracy_of_accepted": float(np.mean(np.array(right)[accepted])) if any(accepted) else 0.0,
        "per_speaker": {speaker: float(np.mean(found)) for speaker, found in sorted(by_speaker.items())},
    }


def markdown(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows as a table."""
    lines = [
        "| recipe | fold | seed | clips | accuracy | 95 % | in noise | accepted | right of them | s | CPU s | told |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        run, (low, high) = row["run"], row["interval"]
        noisy = f"{row['in_noise']['accuracy']:.1%}" if "in_noise" in row else "-"
        lines.append(
            f"| {run['recipe']} | {run['fold']} | {run['seed']} | {row['clips']} | {row['accuracy']:.1%} "
            f"| {low:.1%} to {high:.1%} | {noisy} | {row['accepted']:.1%} | {row['accuracy_of_accepted']:.1%} "
            f"| {row['wall_seconds']:.0f} | {row['cpu_seconds']:.0f} | {told_text(row)} |"
        )
    return "\n".join(lines) + "\n"


def told_text(row: dict[str, Any]) -> str:
    """Return the time left that was told after the first epoch, in percent of the time it took."""
    return f"{row['told_share']:.0%}" if "told_share" in row else "-"


if __name__ == "__main__":
    sys.exit(main())
