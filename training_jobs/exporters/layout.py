"""What an exporter is given and what it answers: where a clip lies, and which lines of which files tell of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from training_jobs.exporters.texts import Texts

FLAC: Final = "flac"
WAV: Final = "wav"
WORDS: Final = "words"
SENTENCES: Final = "sentences"
TRAIN: Final = "train"
VALIDATION: Final = "validation"
TEST: Final = "test"
# Long enough that two clips of one dataset never share it, short enough to be read aloud.
KEY_CHARACTERS: Final = 20


class CannotHold(Exception):  # noqa: N818 - named after what happened: the clip is left out, the others go on
    """A layout has no way to write a clip down: `code` is stable, `message` is for the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class ExportClip:
    """What the dataset knows about one clip. `text` has no line breaks and no tabs; `sha256` is of the samples."""

    text: str
    speaker: str
    split: str
    sha256: str
    origin: str = "upload"
    duration_seconds: float = 0.0
    source_sample_rate_hz: int = 16_000
    source_name: str = ""
    source_start_seconds: float | None = None
    source_end_seconds: float | None = None

    @property
    def key(self) -> str:
        """Return the clip's name in every layout: it follows from the sound, so it is the same at each export."""
        return self.sha256[:KEY_CHARACTERS]


@dataclass(frozen=True, slots=True)
class ExportDataset:
    """What is said of a dataset as a whole. The flags speak of the clips that are exported.

    `has_speaker_column` is what the layout itself answered to `has_speaker_column` below.
    """

    name: str
    kind: str
    language: str = ""
    prompts: tuple[str, ...] = ()
    text_rules: Mapping[str, object] = field(default_factory=dict)
    has_splits: bool = False
    has_speaker_column: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clip lies: its name in the layout, by which clips are sorted as bytes, and the path of its sound."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Written:
    """A clip whose sound is in its place."""

    clip: ExportClip
    place: Place
    size_bytes: int
    file_sha256: str


@dataclass
class Tally:
    """What was written so far."""

    clips: int = 0
    seconds: float = 0.0
    speakers: set[str] = field(default_factory=set)
    splits: Counter[str] = field(default_factory=Counter)

    def add(self, clip: ExportClip) -> None:
        """Count one clip."""
        self.clips += 1
        self.seconds += clip.duration_seconds
        self.splits[clip.split] += 1
        if clip.speaker:
            self.speakers.add(clip.speaker)


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a layout says of a clip besides sound and text; what it cannot say is gone when it is imported again.

    `source` is all of: origin, the rate it was recorded at, the name it had and where in a recording it lay.
    `speaker_where` says in words which datasets keep their speakers although not all do; `limit` is a sentence about
    texts the layout has no way to hold.
    """

    speaker: bool
    split: bool
    source: bool = False
    speaker_where: str = ""
    limit: str = ""

    def kept(self) -> str:
        """Say in words what is kept."""
        speakers = said("speakers")
        if self.speaker_where:
            speakers = said("speakers {which}", which=said(self.speaker_where))
        further = [
            (speakers, self.speaker or bool(self.speaker_where)),
            (said("splits"), self.split),
            (said("what each was recorded with"), self.source),
        ]
        return _listed([said("sound"), said("text"), *(word for word, is_kept in further if is_kept)])

    def lost(self) -> str:
        """Say in words what is lost; empty where nothing is."""
        further = [
            (said("speakers"), self.speaker or bool(self.speaker_where)),
            (said("splits"), self.split),
            (said("the rate each was recorded at"), self.source),
        ]
        return _listed([word for word, is_kept in further if not is_kept])


class Shown(NamedTuple):
    """What a page shows of a layout, in the active language."""

    name: str
    title: str
    grammar: str
    read_by: str
    keeps: Keeps


class Layout(ABC):
    """One layout: its name in commands, its title on pages, its grammar in short, who reads it, what it keeps.

    `title`, `read_by` and the words of `keeps` are English; `shown` gives them in the active language.

    An exporter has no state. For each clip, in the order of their names, `place` says where it lies, then its sound is
    written, then `lines` says what the text files hold about it; `finish` writes what follows from all of them.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    grammar: ClassVar[str]
    read_by: ClassVar[str]
    keeps: ClassVar[Keeps]
    audio: ClassVar[str] = FLAC
    kinds: ClassVar[frozenset[str]] = frozenset({WORDS, SENTENCES})

    def shown(self) -> Shown:
        """Return what a page shows of it."""
        keeps = replace(self.keeps, limit=said(self.keeps.limit))
        return Shown(self.name, said(self.title), self.grammar, said(self.read_by), keeps)

    @abstractmethod
    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        """Return where the clip lies. Raises CannotHold where the layout cannot write it down."""

    @abstractmethod
    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        """Yield the text files that tell of this clip and the line in each, without its end."""

    def has_speaker_column(self, said: Iterable[tuple[str, str]]) -> bool:
        """Say whether the dataset is written with speakers, where that depends on all its texts and speakers."""
        return False

    def header(self, file: str) -> str:
        """Return the first line of a text file; empty where it has none."""
        return ""

    def finish(self, texts: Texts, dataset: ExportDataset, tally: Tally) -> None:  # noqa: B027 - most have nothing to add
        """Write what follows from all clips."""


def _listed(words: list[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004 - a list has at least two
        return "".join(words)
    return said("{one} and {other}", one=", ".join(words[:-1]), other=words[-1])
