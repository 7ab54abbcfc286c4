"""What a reader yields: a row for each clip it found, a problem for each thing that cannot become one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from recognition.engine.language import said
from training_jobs.readers.options import NO_OPTIONS, Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from training_jobs.archives import Source

AUDIO_EXTENSIONS = frozenset(
    # One line of words reads better than 22 quoted strings.
    "wav wave flac mp3 ogg oga opus m4a mp4 aac webm weba mka amr aif aiff aifc caf au snd sph 3gp w64".split()  # noqa: SIM905
)
SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a clip was made from, where its sound is no longer that: only an export of this site knows.

    Empty values say nothing; then what the file itself tells counts.
    """

    origin: str = ""
    sample_rate_hz: int | None = None
    name: str = ""
    start_seconds: float | None = None
    end_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One clip to be: the member that holds its sound, and what the layout says about it.

    `split` is train, validation, test or "". `listed_in` and `line` tell where the row was written down, if it was.
    `start_seconds` and `end_seconds` cut the clip out of a longer recording; None is its start, its end.
    `encoding` says what sound without any header is, for `recognition.engine.headerless`; "" where a header does.
    """

    member: str
    text: str
    speaker: str = ""
    split: str = ""
    listed_in: str = ""
    line: int | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None
    encoding: str = ""
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot become a clip. `is_clip_lost` is false for notes about files that never were clips."""

    file: str
    code: str
    message: str
    line: int | None = None
    is_clip_lost: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """How sure a reader is, 0 to 1, that the files are laid out its way, and why, in words for the user."""

    confidence: float
    reason: str


@dataclass(frozen=True)
class About:
    """What an upload says of itself as a whole; what is empty it does not say."""

    kind: str = ""
    language: str = ""
    prompts: tuple[str, ...] = ()
    text_rules: Mapping[str, str] = field(default_factory=dict)


class Reader(Protocol):
    """One layout: its name in commands, its title on pages, and its grammar in short.

    Title and grammar are English; whoever shows them translates them.

    A reader that lets the user decide something has a method `questions` as well, see `Asks` in options.py; one whose
    files say something of the whole has `about`, see `TellsAbout`.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def grammar(self) -> str: ...

    def recognise(self, source: Source) -> Match | None:
        """Judge by the content of the files; None where it cannot be this layout."""

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        """Yield rows and problems in an order that is the same each time; nothing in the files may stop it."""


@runtime_checkable
class TellsAbout(Protocol):
    """A reader whose layout says something of the dataset as a whole."""

    def about(self, source: Source) -> About:
        """Return it; what makes no sense counts as not said."""


def not_utf8(file: str, *, line: int | None) -> Problem:
    """Return the problem of a line that is not UTF-8."""
    return Problem(file, "text_not_utf8", said("Is not UTF-8. Save the file as UTF-8."), line=line)


def not_an_object(file: str, *, line: int | None) -> Problem:
    """Return the problem of a line that should be JSON."""
    return Problem(file, "row_unreadable", said("Is not a JSON object on one line."), line=line)


def audio_names(source: Source) -> list[str]:
    """Return the members whose names end like audio; what they really are is told when they are decoded."""
    return [name for name in source.names if extension_of(name) in AUDIO_EXTENSIONS]


def extension_of(name: str) -> str:
    """Return the extension in small letters, without its dot."""
    # Asked for every file of an upload by every reader, so no path is built for it.
    stem, _, extension = name.rpartition("/")[2].rpartition(".")
    return extension.lower() if stem else ""
