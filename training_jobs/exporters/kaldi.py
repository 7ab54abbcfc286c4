"""Kaldi data directories, one for each split, as validate_data_dir.sh wants them."""

from __future__ import annotations

import hashlib
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING, Final

from recognition.engine.language import to_be_said
from training_jobs.exporters.layout import TEST, TRAIN, VALIDATION, WAV, Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Tally, Written
    from training_jobs.exporters.texts import Texts

FOLDERS: Final = {TRAIN: "data/train", VALIDATION: "data/dev", TEST: "data/test", "": "data/unsplit"}
LONGEST_SPEAKER_BYTES: Final = 80
MARK_CHARACTERS: Final = 6


class Kaldi(Layout):
    """Utterances are called `speaker-clip`, or by the clip alone where nobody knows the speaker, as is Kaldi's custom.

    Paths in wav.scp start at the folder that holds `data`, where Kaldi's scripts are run. Every file comes out sorted
    as LC_ALL=C sorts, by utterance and by speaker at once: clips are given in that order. Kaldi passes over `spk2name`;
    it holds the names as they are in the dataset.
    """

    name = "kaldi"
    title = to_be_said("Kaldi data directories")
    grammar = "data/train/{wav.scp, text, utt2spk, spk2utt}"
    read_by = to_be_said("Kaldi, ESPnet, Vosk, icefall")
    keeps = Keeps(speaker=True, split=True)
    audio = WAV

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        speaker = speaker_id(clip.speaker)
        return Place(f"{speaker}-{clip.key}" if speaker else clip.key, f"wav/{clip.key}.wav")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        clip, utterance = written.clip, written.place.name
        folder, speaker = FOLDERS[clip.split], speaker_id(clip.speaker)
        yield f"{folder}/wav.scp", f"{utterance} {written.place.path}"
        yield f"{folder}/text", f"{utterance} {clip.text}"
        yield f"{folder}/utt2spk", f"{utterance} {speaker or utterance}"

    def finish(self, texts: Texts, dataset: ExportDataset, tally: Tally) -> None:
        names = {speaker_id(speaker): speaker for speaker in tally.speakers}
        for folder in FOLDERS.values():
            pairs = (line.split(" ") for line in texts.lines(f"{folder}/utt2spk"))
            for speaker, utterances in groupby(pairs, key=lambda pair: pair[1]):
                texts.append(f"{folder}/spk2utt", " ".join([speaker, *(name for name, _ in utterances)]))
                if speaker in names:
                    texts.append(f"{folder}/spk2name", f"{speaker} {names[speaker]}")


def speaker_id(speaker: str) -> str:
    """Return a speaker's name without anything that Kaldi splits or sorts wrongly.

    Kaldi splits at spaces, and wants utterances sorted by speaker too: “-” ends the speaker in `speaker-clip`, so
    nothing that sorts below it may stand before it. A name that had to be changed gets a mark that follows from the
    whole name: two speakers never become one.
    """
    plain = "".join(one if _is_plain(one) else "_" for one in speaker)
    short = plain.encode()[:LONGEST_SPEAKER_BYTES].decode(errors="ignore")
    if short == speaker:
        return speaker
    return f"{short}_{hashlib.sha256(speaker.encode()).hexdigest()[:MARK_CHARACTERS]}"


def _is_plain(character: str) -> bool:
    return character in "_." or unicodedata.category(character)[0] in "LMN"
