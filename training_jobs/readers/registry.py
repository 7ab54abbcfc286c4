"""All layouts this site reads, and the choice between them by content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.archives import ArchiveError
from training_jobs.readers.an4 import An4
from training_jobs.readers.audacity import AudacityLabels
from training_jobs.readers.audio_folder import AudioFolder
from training_jobs.readers.audio_mnist import AudioMnist
from training_jobs.readers.azure_speech import AzureSpeech
from training_jobs.readers.class_folders import ClassFolders
from training_jobs.readers.common_voice import CommonVoice
from training_jobs.readers.deepspeech import DeepSpeech
from training_jobs.readers.elan import Elan
from training_jobs.readers.kaldi import Kaldi
from training_jobs.readers.librispeech import LibriSpeech
from training_jobs.readers.libritts import LibriTts
from training_jobs.readers.ljspeech import LjSpeech
from training_jobs.readers.nemo import NeMo
from training_jobs.readers.nist import Ctm, Stm
from training_jobs.readers.options import Asks
from training_jobs.readers.recorder_tsv import RecorderTsv
from training_jobs.readers.rows import Match, audio_names
from training_jobs.readers.sidecar_text import SidecarText
from training_jobs.readers.site_bundle import SiteBundle
from training_jobs.readers.speech_commands import SpeechCommands
from training_jobs.readers.speechbrain import SpeechBrain
from training_jobs.readers.spoken_digits import SpokenDigits
from training_jobs.readers.subrip import SubRip
from training_jobs.readers.tables import Tables
from training_jobs.readers.textgrid import TextGrids
from training_jobs.readers.vivos import Vivos
from training_jobs.readers.webvtt import WebVtt
from training_jobs.readers.whisper import WhisperJson

if TYPE_CHECKING:
    from training_jobs.archives import Source
    from training_jobs.readers.options import Question
    from training_jobs.readers.rows import Reader

AUTO: Final = "auto"
READERS: Final[tuple[Reader, ...]] = (
    SiteBundle(),
    An4(),
    LibriSpeech(),
    LibriTts(),
    Kaldi(),
    CommonVoice(),
    NeMo(),
    DeepSpeech(),
    AudioFolder(),
    Vivos(),
    AzureSpeech(),
    LjSpeech(),
    SpeechBrain(),
    RecorderTsv(),
    AudioMnist(),
    SpeechCommands(),
    SpokenDigits(),
    Elan(),
    TextGrids(),
    WhisperJson(),
    Stm(),
    Ctm(),
    WebVtt(),
    SubRip(),
    AudacityLabels(),
    Tables(),
    SidecarText(),
    ClassFolders(),
)


@dataclass(frozen=True)
class Found:
    """The reader chosen for an upload, and how sure it is."""

    reader: Reader
    match: Match


def reader_named(name: str) -> Reader | None:
    """Return the reader with this name, if there is one."""
    return next((reader for reader in READERS if reader.name == name), None)


def questions_of(reader: Reader, source: Source) -> list[Question]:
    """Return what this reader lets the user decide about these files; none for most layouts."""
    return reader.questions(source) if isinstance(reader, Asks) else []


def find_reader(source: Source, *, wanted: str = AUTO) -> Found:
    """Return the reader that is surest of itself, or the one that is wanted.

    Raises ArchiveError layout_unknown where none fits, nothing_usable where there is no audio at all.
    """
    chosen = reader_named(wanted)
    if chosen is not None:
        by_hand = Match(0.0, said("Chosen by hand; the files do not look like it."))
        return Found(chosen, chosen.recognise(source) or by_hand)
    matches = [(match, reader) for reader in READERS if (match := reader.recognise(source))]
    if not matches:
        raise _nothing_fits(source)
    # Only the confidence is compared: of two equally sure readers the one listed first is the more special.
    match, reader = max(matches, key=lambda one: one[0].confidence)
    return Found(reader, match)


def _nothing_fits(source: Source) -> ArchiveError:
    if not audio_names(source):
        message = said(
            "There is no audio among the {count:,} files of this upload. Nothing was kept; pack wav, flac, mp3, ogg, "
            "m4a or webm files.",
            count=len(source.sizes),
        )
        return ArchiveError("nothing_usable", message)
    message = said(
        "No label was found for any audio file. Nothing was kept; put the files into folders named after what is "
        "said, or add a table with the columns file and label."
    )
    return ArchiveError("layout_unknown", message)
