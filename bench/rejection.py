"""How surely recognisers of words turn away what is none of their words: other words, noise, silence.

    python -m bench.rejection fsdd.zip background_noise.zip results/

Each run learns seven of the ten digits of the Free Spoken Digit Dataset and is then asked about all of its test, of
which the three others must be turned away. `known`: the test takes of the voices that trained; `unheard`: two voices
that did not. `words`: two of the three are learned as other words, and only the third is asked about. The noise was
heard by nobody: white, pink and brown, steady recordings, and recordings of a cat, a bike and the dishes, in seconds.

`at 95 %`: turned away at the confidence that accepts 95 % of the known words. `as it serves`: with the threshold the
training chose on its validation clips. Rows in results/rejection.jsonl are not made again. No Django.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.accuracy import TEST, Clip, Run, bundled, find_row, read_clips, read_noises, split_of, train, write_job
from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.hearing import WORD
from recognition.engine.metrics import wilson_interval
from training_jobs.labels import OTHER
from training_jobs.trainer.recipes import DEFAULT_RECIPES, recipe_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from recognition.engine.recognizer import WordRecognizer

CASES = (
    ("known", "official", "147"),
    ("known", "official", "258"),
    ("known", "official", "369"),
    ("unheard", "gj", "147"),
    ("unheard", "ln", "258"),
    ("unheard", "ty", "369"),
)
ACCEPTED = 0.95
RECIPE = DEFAULT_RECIPES["words"]
STEADY = ("white", "pink", "brown", "silence", "running_tap", "pink_noise", "white_noise")
MADE_SECONDS = 60
SLOPES = {"white": 0.0, "pink": 1.0, "brown": 2.0}


@dataclass(frozen=True)
class Case:
    """One training: whose voices test it, which digits are unknown, and whether two of those are taught as such."""

    voices: str
    fold: str
    unknown: str
    has_words: bool
    options: dict[str, str]
    seed: int

    @property
    def key(self) -> dict[str, Any]:
        """What makes two rows the same."""
        taught = self.unknown[:2] if self.has_words else ""
        values = recipe_values(RECIPE, self.options)
        return {"fold": self.fold, "unknown": self.unknown, "taught": taught, "seed": self.seed, "values": values}

    def label_of(self, clip: Clip) -> str:
        """Return what a clip counts as: its digit, other speech, or "" where it is not used at all."""
        if clip.label not in self.unknown:
            return clip.label
        is_test = split_of(clip, self.fold) == TEST
        is_taught = self.has_words and clip.label in self.unknown[:2]
        return OTHER if is_taught != is_test else ""


def main() -> int:
    """Fill the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="fsdd.zip with recordings/LABEL_SPEAKER_TAKE.wav")
    parser.add_argument("noise", type=Path, help="a zip of WAV files of noise")
    parser.add_argument("results", type=Path, help="folder for rejection.jsonl")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--taught", nargs="+", default=["pieces", "words"], choices=["pieces", "words"])
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="values put over the recipe's")
    arguments = parser.parse_args()
    arguments.results.mkdir(parents=True, exist_ok=True)
    table = arguments.results / "rejection.jsonl"
    options = dict(pair.split("=", 1) for pair in arguments.set)
    cases = [
        Case(*case, has_words=taught == "words", options=options, seed=seed)
        for seed in arguments.seeds
        for taught in arguments.taught
        for case in CASES
    ]
    clips, noises = read_clips(arguments.archive), dict([*read_noises(arguments.noise), *made_noises()])
    for case in cases:
        if find_row(table, case.key) is None:
            row = measured(case, clips, noises)
            with table.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            sys.stderr.write(f"{case.fold} without {case.unknown}: {row['away_at_95']:.1%} at 95 %\n")
    rows = [(case, found) for case in cases if (found := find_row(table, case.key))]
    sys.stdout.write(markdown(rows))
    return 0


def made_noises() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield silence and noise of three colours by name, shape (samples,), 16 kHz."""
    random = np.random.default_rng(1)
    yield "silence", np.zeros(MADE_SECONDS * SAMPLE_RATE_HZ, np.float32)
    for name, slope in SLOPES.items():
        spectrum = np.fft.rfft(random.normal(size=MADE_SECONDS * SAMPLE_RATE_HZ))
        spectrum[1:] /= np.arange(1, len(spectrum)) ** (slope / 2)
        sound = np.fft.irfft(spectrum)
        yield name, (0.05 * sound / sound.std()).astype(np.float32)


def measured(case: Case, clips: Sequence[Clip], noises: dict[str, NDArray[np.float32]]) -> dict[str, Any]:
    """Train one model, let it hear the test, and the noise second by second."""
    learned: list[Clip] = []
    asked: list[Clip] = []
    for clip in clips:
        if label := case.label_of(clip):
            side = asked if split_of(clip, case.fold) == TEST else learned
            side.append(replace(clip, label=label))
    with tempfile.TemporaryDirectory(prefix="speechsite-rejection-") as name:
        folder = Path(name)
        request = write_job(folder, Run(RECIPE, case.fold, case.seed, case.options), learned)
        cost = train(folder)
        recognizer = bundled(folder, request)
        heard = hear(asked, recognizer)
        away = {noise: turned_away(samples, recognizer) for noise, samples in noises.items()}
    return {"run": case.key, **heard, "noise": away, **cost, "threshold": recognizer.threshold}


def hear(clips: Sequence[Clip], recognizer: WordRecognizer) -> dict[str, Any]:
    """Count what is accepted and what is turned away."""
    answers = [(clip.label, recognizer.hear_clip(clip.samples)) for clip in clips]
    known = [(label, answer) for label, answer in answers if label != OTHER]
    other = [answer for label, answer in answers if label == OTHER]
    limit = float(np.quantile([answer.confidence for _, answer in known], 1 - ACCEPTED))
    away = sum(answer.confidence < limit for answer in other)
    served = sum(answer.answer != WORD for answer in other)
    return {
        "known": len(known),
        "others": len(other),
        "accuracy": float(np.mean([label == answer.label for label, answer in known])),
        "away_at_95": away / len(other),
        "away_at_95_interval": wilson_interval(away, len(other)),
        "accepted": float(np.mean([answer.answer == WORD for _, answer in known])),
        "right_of_accepted": float(np.mean([label == a.label for label, a in known if a.answer == WORD])),
        "away": served / len(other),
    }


def turned_away(samples: NDArray[np.float32], recognizer: WordRecognizer) -> float:
    """Return the share of the whole seconds of a noise that are answered with no word."""
    seconds = len(samples) // SAMPLE_RATE_HZ
    pieces = samples[: seconds * SAMPLE_RATE_HZ].reshape(seconds, SAMPLE_RATE_HZ)
    return float(np.mean([recognizer.hear_clip(piece).answer != WORD for piece in pieces]))


def markdown(rows: Iterable[tuple[Case, dict[str, Any]]]) -> str:
    """Return the rows as a table."""
    heads = (
        "voices",
        "unknown",
        "taught",
        "known, others",
        "right",
        "others away at 95 % (95 % interval)",
        "as it serves: known accepted, right of those, others away",
        "steady noise away",
        "other noise away",
        "CPU s",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for case, row in rows:
        low, high = row["away_at_95_interval"]
        steady = [share for name, share in row["noise"].items() if name in STEADY]
        unsteady = [share for name, share in row["noise"].items() if name not in STEADY]
        lines.append(
            f"| {case.voices} ({case.fold}) | {case.unknown} | {row['run']['taught'] or 'pieces'} "
            f"| {row['known']}, {row['others']} | {row['accuracy']:.1%} "
            f"| {row['away_at_95']:.1%} ({low:.1%} to {high:.1%}) "
            f"| {row['accepted']:.1%}, {row['right_of_accepted']:.1%}, {row['away']:.1%} "
            f"| {np.mean(steady):.1%} | {np.mean(unsteady):.1%} | {row['cpu_seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
