"""Class folders: the folder a file lies in is its label."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import quoted, said, to_be_said
from training_jobs.labels import NO_WORDS, NOISE
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import SPLITS, Match, Problem, Row, audio_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

SPEAKER_TAKE = re.compile(r"^(?P<speaker>[^\W\d_][\w-]*?)[_-]\d+$")
LEFT_OUT = re.compile(r"^_.*_$")
SHOWN = 3
ONE_FOLDER = 0.5
SEVERAL_FOLDERS = 0.7


class ClassFolders:
    """`<label>/<file>`, optionally under a folder for the split, below any number of common folders."""

    name = "class_folders"
    title = to_be_said("Class folders")
    grammar = "label/file.wav"

    def recognise(self, source: Source) -> Match | None:
        found = {row.text for row in self.rows(source) if isinstance(row, Row)}
        labels = found - NO_WORDS
        if found and not labels:
            return Match(SEVERAL_FOLDERS, said("All audio files lie in {folders}.", folders=quoted(sorted(found))))
        if all(label.lower() in SPLITS for label in labels):
            return None
        shown = quoted(sorted(labels)[:SHOWN])
        if len(labels) == 1:
            return Match(ONE_FOLDER, said("All audio files lie in one folder, {label}.", label=shown))
        values = {"count": len(labels), "labels": shown}
        if len(labels) <= SHOWN:
            reason = said("Audio files lie in {count} folders named after labels: {labels}.", **values)
        else:
            reason = said("Audio files lie in {count} folders named after labels: {labels}, …", **values)
        return Match(SEVERAL_FOLDERS, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        names = audio_names(source)
        depth = _usual_depth(names)
        speakers = _speakers([name for name in names if PurePosixPath(name).parent.name != NOISE])
        for name in names:
            yield _judged(name, depth=depth, speaker=speakers.get(name, ""))


def _judged(name: str, *, depth: int, speaker: str) -> Row | Problem:
    path = PurePosixPath(name)
    label = path.parent.name
    split = SPLITS.get(path.parent.parent.name.lower(), "")
    if not label or (label.lower() in SPLITS and len(path.parts) < depth):
        message = said("Lies in no folder of a label, so nobody knows what is said in it.")
        return Problem(name, "label_missing", message)
    if label == NOISE:
        return Row(name, NOISE, split="train")
    if LEFT_OUT.match(label) and label not in NO_WORDS:
        message = said("Lies in “{folder}”, which is no word. Left out; silence needs no label here.", folder=label)
        return Problem(name, "not_a_word", message, is_clip_lost=False)
    if len(path.parts) != depth:
        message = said(
            "Lies at another depth than the other files, so it is not clear that “{folder}” is its label.", folder=label
        )
        return Problem(name, "label_unclear", message)
    return Row(name, label, speaker=speaker, split=split)


def _usual_depth(names: list[str]) -> int:
    depths = Counter(len(PurePosixPath(name).parts) for name in names)
    return max(depths, key=lambda depth: (depths[depth], depth), default=0)


def _speakers(names: list[str]) -> dict[str, str]:
    """Take `theo` out of `five/theo_12.wav`, but only where every file is named so and each name has several labels.

    `five/five_12.wav` and `five/clip_12.wav` are named alike and say nothing about who speaks.
    """
    found: dict[str, str] = {}
    labels_of: dict[str, set[str]] = defaultdict(set)
    for name in names:
        path = PurePosixPath(name)
        match = SPEAKER_TAKE.match(path.stem)
        if match is None:
            return {}
        found[name] = match["speaker"]
        labels_of[match["speaker"]].add(path.parent.name)
    is_speaker = len(labels_of) > 1 and all(len(labels) > 1 for labels in labels_of.values())
    return found if is_speaker else {}
