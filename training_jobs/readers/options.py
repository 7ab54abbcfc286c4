"""What a person may decide about a layout: the questions a reader asks, and the answers it is given.

The way of one import: `questions_of(reader, source)` (registry.py) gives the questions with the reader's own guess as
the default of each; a page shows them; `Options.from_answers` turns what was chosen into options; `options.as_dict()`
is stored with the import; `reader.rows(source, options)` reads by them. Without options a reader goes by its guesses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training_jobs.archives import Source

MEANINGS: Final = ("audio", "text", "speaker", "split", "start", "end", "duration")
COLUMN: Final = "column_"
TIER: Final = "tier"
PIECES: Final = "pieces"
JOINED: Final = "joined"
EACH: Final = "each"


@dataclass(frozen=True)
class Options:
    """What the user chose. All of it is optional, and a reader passes over what it has no use for.

    `columns` maps a meaning (one of MEANINGS) to the header name of its column; "" says that there is no such column.
    Tables without a header have the columns “column 1”, “column 2” and so on. `tier` names the tier to read in
    ELAN and Praat files. `pieces` says whether words with times are JOINED to clips at the pauses, or EACH is a clip of
    its own.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    tier: str = ""
    pieces: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what `from_dict` takes, as JSON can hold it."""
        return {"columns": dict(self.columns), TIER: self.tier, PIECES: self.pieces}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return options from stored ones; unknown keys and values of other types are passed over."""
        columns = stored.get("columns")
        chosen = columns if isinstance(columns, dict) else {}
        kept = {key: value for key, value in chosen.items() if key in MEANINGS and isinstance(value, str)}
        tier, pieces = (value if isinstance(value := stored.get(key), str) else "" for key in (TIER, PIECES))
        return cls(columns=kept, tier=tier, pieces=pieces)

    @classmethod
    def from_answers(cls, answers: Mapping[str, str]) -> Self:
        """Return options from answers by the names of their questions: `column_audio`, ..., `tier`, `pieces`."""
        columns = {meaning: answers[COLUMN + meaning] for meaning in MEANINGS if COLUMN + meaning in answers}
        return cls(columns=columns, tier=answers.get(TIER, ""), pieces=answers.get(PIECES, ""))


NO_OPTIONS: Final = Options()


class Choice(NamedTuple):
    """One answer: what is sent, what is shown, and what it would read, from the upload itself."""

    value: str
    label: str
    example: str = ""


@dataclass(frozen=True)
class Question:
    """One thing the user may decide. `name` is the key for `Options.from_answers`; `default` is the reader's guess."""

    name: str
    title: str
    explanation: str
    choices: tuple[Choice, ...]
    default: str


@runtime_checkable
class Asks(Protocol):
    """A reader with questions; readers without any need no such method."""

    def questions(self, source: Source) -> list[Question]:
        """Return the questions for these files, the most important first."""
