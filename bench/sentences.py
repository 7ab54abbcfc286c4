"""How well the recipes write down sentences: AN4, and digits joined from the Free Spoken Digit Dataset.

    python -m bench.sentences an4 an4.zip results/ --shares 0.25 0.5 1
    python -m bench.sentences digits fsdd.zip results/ --held-out "" george,jackson

Each row is trained by the trainer's own process and written down by the recogniser that serves, from the exported
LiteRT file. Rows already in results/sentences.jsonl are not trained again. No Django. The test clips decide nothing:
units, decoding and confidence are chosen on validation clips, whose speakers do not train where there are ten or more.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.accuracy import NAME, TEST_TAKES, find_row, told_text, train
from recognition.engine.audio import SAMPLE_RATE_HZ, decode, samples_to_int16
from recognition.engine.bundle import load_bundle, write_bundle
from recognition.engine.error_rates import ErrorCounts, bootstrap_rate_interval, character_errors, word_errors
from recognition.engine.segments import speech_extent
from recognition.engine.sentence_recognizer import SentenceRecognizer
from recognition.engine.writing import WritingRules, written
from training_jobs.archives import ArchiveLimits, open_source
from training_jobs.readers import Row, find_reader
from training_jobs.readers.spoken_digits import WORDS
from training_jobs.services.splits import stable_share
from training_jobs.trainer.recipes import RECIPES, recipe_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from recognition.engine.decoding import Method

TRAIN, VALIDATION, TEST = 0, 1, 2
VALIDATION_SHARE = 0.1
METHODS: tuple[Method, ...] = ("greedy", "beam", "lexicon")
RULES = WritingRules()
STRINGS = {TRAIN: 1_500, VALIDATION: 200, TEST: 500}
STRING_WORDS = {TRAIN: (1, 6), VALIDATION: (3, 6), TEST: (3, 6)}
LONGEST_GAP_SECONDS = 0.25
VALIDATION_TAKES = frozenset(range(45, 50))


@dataclass(frozen=True)
class Clip:
    """One utterance; samples: float32, shape (samples,), 16 kHz."""

    text: str
    speaker: str
    split: int
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Run:
    """One row of the table. `share` is how much of the training clips is used, `held_out` who never trains."""

    corpus: str
    recipe: str
    seed: int
    share: float
    held_out: str
    options: dict[str, str]

    @property
    def key(self) -> dict[str, Any]:
        """What makes two rows the same: every value counts, so changed defaults are trained anew."""
        return {**asdict(self), "options": recipe_values(self.recipe, self.options)}


def main() -> int:
    """Fill the table and print it."""
    arguments = parsed_arguments()
    arguments.results.mkdir(parents=True, exist_ok=True)
    table = arguments.results / "sentences.jsonl"
    runs = planned_runs(arguments)
    for run in runs:
        if find_row(table, run.key) is None:
            row = measured(run, read_clips(run, arguments.archive))
            with table.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            sys.stderr.write(f"{run.corpus} {run.recipe} share {run.share:g}: {row['methods']}\n")
    sys.stdout.write(markdown(found for run in runs if (found := find_row(table, run.key))))
    return 0


def parsed_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", choices=["an4", "digits"])
    parser.add_argument("archive", type=Path, help="an4.zip, or fsdd.zip for digits")
    parser.add_argument("results", type=Path, help="folder for sentences.jsonl")
    parser.add_argument("--recipe", nargs="+", default=["ctc-conv"], choices=sorted(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--shares", nargs="+", type=float, default=[1.0], help="of the training clips")
    parser.add_argument("--held-out", nargs="+", default=[""], help="digits: speakers that never train, by commas")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="values put over the recipe's")
    return parser.parse_args()


def planned_runs(arguments: argparse.Namespace) -> list[Run]:
    """Return every combination asked for."""
    options = dict(pair.split("=", 1) for pair in arguments.set)
    return [
        Run(arguments.corpus, recipe, seed, share, held_out, options)
        for recipe in arguments.recipe
        for held_out in arguments.held_out
        for share in arguments.shares
        for seed in arguments.seeds
    ]


def read_clips(run: Run, archive: Path) -> list[Clip]:
    """Read the corpus of a run, with as much of its training part as the run wants."""
    clips = read_an4(archive) if run.corpus == "an4" else joined_digits(archive, set(run.held_out.split(",")))
    return [
        clip
        for number, clip in enumerate(clips)
        if clip.split != TRAIN or stable_share(f"{number}", salt="share") < run.share
    ]


def read_an4(archive: Path) -> list[Clip]:
    """Read AN4 as an import does, by its own layout and split; a tenth of the speakers is for validation."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_source(archive, limits=ArchiveLimits(), scratch=Path(scratch)) as source,
    ):
        rows = [row for row in find_reader(source).reader.rows(source) if isinstance(row, Row)]
        sounds = [decode(source.read(row.member, limit=1 << 29), name=row.member).samples for row in rows]
    chosen = validation_speakers({row.speaker for row in rows if row.split != "test"})
    sides = [TEST if row.split == "test" else VALIDATION if row.speaker in chosen else TRAIN for row in rows]
    return [
        Clip(written(row.text, RULES), row.speaker, side, samples)
        for row, side, samples in zip(rows, sides, sounds, strict=True)
    ]


def validation_speakers(speakers: set[str]) -> set[str]:
    """Return a tenth of the speakers, by the stable hash that the site uses."""
    ranked = sorted(speakers, key=lambda name: stable_share(name, salt="0:validation"))
    return set(ranked[: max(1, round(len(ranked) * VALIDATION_SHARE))])


def joined_digits(archive: Path, held_out: set[str]) -> list[Clip]:
    """Join single digits of one speaker to strings; the takes of the official test are in test strings alone.

    With speakers held out the test strings are theirs, of all their takes.
    """
    random = np.random.default_rng(0)
    takes = read_digits(archive)
    clips = []
    for side, count in STRINGS.items():
        pool = {key: sound for key, sound in takes.items() if digit_side(key, held_out) == side}
        speakers = sorted({speaker for _, speaker, _ in pool})
        clips += [digit_string(pool, str(random.choice(speakers)), side, random) for _ in range(count)]
    return clips


def read_digits(archive: Path) -> dict[tuple[str, str, int], NDArray[np.float32]]:
    """Decode every recording, cut to its speech; keys are digit, speaker and take."""
    takes = {}
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_source(archive, limits=ArchiveLimits(), scratch=Path(scratch)) as source,
    ):
        for name in source.names:
            if match := NAME.fullmatch(Path(name).name):
                samples = decode(source.read(name, limit=1 << 24), name=name).samples
                takes[match["label"], match["speaker"], int(match["take"])] = samples
    return takes


def digit_side(key: tuple[str, str, int], held_out: set[str]) -> int:
    """Say where a single digit belongs."""
    _, speaker, take = key
    if held_out != {""}:
        if speaker in held_out:
            return TEST
        return VALIDATION if take in VALIDATION_TAKES else TRAIN
    return TEST if take < TEST_TAKES else VALIDATION if take in VALIDATION_TAKES else TRAIN


def digit_string(
    pool: dict[tuple[str, str, int], NDArray[np.float32]], speaker: str, side: int, random: np.random.Generator
) -> Clip:
    """Draw digits of one speaker and put them behind each other with short gaps."""
    own = sorted(key for key in pool if key[1] == speaker)
    low, high = STRING_WORDS[side]
    keys = [own[index] for index in random.integers(len(own), size=random.integers(low, high + 1))]
    gaps = [np.zeros(int(random.uniform(0, LONGEST_GAP_SECONDS) * SAMPLE_RATE_HZ), np.float32) for _ in keys]
    sound = np.concatenate([part for key, gap in zip(keys, gaps, strict=True) for part in (pool[key], gap)])
    return Clip(" ".join(WORDS[int(digit)] for digit, _, _ in keys), speaker, side, sound)


def measured(run: Run, clips: Sequence[Clip]) -> dict[str, Any]:
    """Train one model and let it write down the test clips."""
    with tempfile.TemporaryDirectory(prefix="speechsite-sentences-") as name:
        folder = Path(name)
        minutes = write_job(folder, run, [clip for clip in clips if clip.split != TEST])
        cost = train(folder)
        exported = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
        found = hear([clip for clip in clips if clip.split == TEST], bundled(folder, exported))
    chosen = {name: exported[name] for name in ("unit_style", "decoding", "candidates", "tried", "parameters")}
    return {"run": run.key, **found, **cost, **chosen, "training_minutes": round(minutes, 2)}


def write_job(folder: Path, run: Run, clips: Sequence[Clip]) -> float:
    """Write a job folder as the worker does; return the minutes of speech to train on."""
    cut = [
        (clip, samples_to_int16(clip.samples[slice(*extent)]))
        for clip in clips
        if (extent := speech_extent(clip.samples))
    ]
    lengths = np.array([len(samples) for _, samples in cut])
    texts = list(dict.fromkeys(clip.text for clip, _ in cut))
    numbers = {text: number for number, text in enumerate(texts)}
    speakers = sorted({clip.speaker for clip, _ in cut})
    table = [[numbers[clip.text], clip.split, speakers.index(clip.speaker)] for clip, _ in cut]
    np.save(folder / "audio.npy", np.concatenate([samples for _, samples in cut]))
    np.save(folder / "clips.npy", np.column_stack([np.cumsum(lengths) - lengths, lengths, table]).astype(np.int64))
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    request = {
        "format": 1,
        "kind": "sentences",
        "recipe": run.recipe,
        "values": run.key["options"],
        "labels": [],
        "band_limit_hz": 7600 if run.corpus == "an4" else 3800,
        "window_seconds": 1.0,
        "seed": run.seed,
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    trained = [length for (clip, _), length in zip(cut, lengths, strict=True) if clip.split == TRAIN]
    return float(sum(trained)) / SAMPLE_RATE_HZ / 60


def bundled(folder: Path, exported: dict[str, Any]) -> SentenceRecognizer:
    """Put what the trainer left into a bundle and open it as serving does."""
    names = ("units", "unit_style", "frame_seconds", "decoding", "calibration")
    manifest = {"kind": "sentences", "text_rules": RULES.as_dict(), **{name: exported[name] for name in names}}
    files = {name: folder / "out" / name for name in ("model.tflite", "weights.h5", "language_model.arpa.gz")}
    write_bundle(folder / "bundle", manifest=manifest, files=files)
    return SentenceRecognizer(load_bundle(folder / "bundle"))


def hear(clips: Sequence[Clip], recognizer: SentenceRecognizer) -> dict[str, Any]:
    """Count word and character errors of every way of decoding; the interval is of the one the bundle uses."""
    rates = {}
    for method in METHODS:
        decoding = replace(recognizer.decoding, method=method)
        pairs = [(clip.text, recognizer.transcribe(clip.samples, decoding=decoding).text) for clip in clips]
        rates[method] = {"wer": round(word_errors(pairs).rate, 5), "cer": round(character_errors(pairs).rate, 5)}
        if method == recognizer.decoding.method:
            counts = [word_errors([pair]) for pair in pairs]
    total = sum(counts, ErrorCounts())
    errors, references = [count.errors for count in counts], [count.references for count in counts]
    interval = bootstrap_rate_interval(errors, references, [clip.speaker for clip in clips])
    return {
        "clips": len(clips),
        "speakers": len({clip.speaker for clip in clips}),
        "words": total.references,
        "wer": round(total.rate, 5),
        "interval": [round(bound, 5) for bound in interval],
        **{name: getattr(total, name) for name in ("substitutions", "deletions", "insertions")},
        "methods": rates,
    }


def markdown(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows as a table."""
    return "\n".join(lines_of(rows)) + "\n"


def lines_of(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield (
        "| corpus | recipe | seed | training min | never heard | greedy WER / CER | beam + LM | lexicon + LM "
        "| chosen: WER, 95 % interval | units | wall s | CPU s | time left told |"
    )
    yield "|---" * 13 + "|"
    for row in rows:
        run, (low, high) = row["run"], row["interval"]
        rates = " | ".join(
            f"{100 * row['methods'][m]['wer']:.1f} / {100 * row['methods'][m]['cer']:.1f}" for m in METHODS
        )
        chosen = f"{row['decoding']['method']}: {100 * row['wer']:.1f} ({100 * low:.1f} to {100 * high:.1f})"
        units = re.sub("_", " ", row["unit_style"])
        yield (
            f"| {run['corpus']} | {run['recipe']} | {run['seed']} | {row['training_minutes']:.1f} "
            f"| {run['held_out'] or '-'} | {rates} | {chosen} | {units} "
            f"| {row['wall_seconds']:.0f} | {row['cpu_seconds']:.0f} | {told_text(row)} |"
        )


if __name__ == "__main__":
    sys.exit(main())
