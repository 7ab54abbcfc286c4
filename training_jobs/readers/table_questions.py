"""What a person may decide about tables: which column holds the file, the text, and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.readers.columns import column_text
from training_jobs.readers.options import COLUMN, MEANINGS, Choice, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.readers.cells import Cells, Record
    from training_jobs.readers.columns import Columns

TITLES: Final = {
    "audio": (to_be_said("File"), to_be_said("The column with the name or the path of each recording.")),
    "text": (to_be_said("Text"), to_be_said("The column with the label, or with what is said.")),
    "speaker": (
        to_be_said("Speaker"),
        to_be_said("The column that tells who speaks. Without it, no test on new voices is possible."),
    ),
    "split": (to_be_said("Split"), to_be_said("The column that says train, validation or test.")),
    "start": (
        to_be_said("Start"),
        to_be_said("The column with the second at which the piece begins, where rows cut longer recordings."),
    ),
    "end": (to_be_said("End"), to_be_said("The column with the second at which the piece ends.")),
    "duration": (
        to_be_said("Duration"),
        to_be_said("The column with the length of the piece in seconds, where there is no end."),
    ),
}
NEEDED: Final = frozenset({"audio", "text"})
ROWS_SHOWN: Final = 3
CHARACTERS_SHOWN: Final = 60


def column_questions(tables: Sequence[tuple[Cells, Columns, Sequence[Record]]]) -> list[Question]:
    """Return one question for each meaning; the columns of all tables are the choices, the first guess the default."""
    if not tables:
        return []
    return [_question(meaning, tables) for meaning in MEANINGS]


def _question(meaning: str, tables: Sequence[tuple[Cells, Columns, Sequence[Record]]]) -> Question:
    title, explanation = TITLES[meaning]
    guesses = [getattr(columns, meaning) for _, columns, _ in tables]
    default = next((guess for guess in guesses if guess), "")
    examples: dict[str, str] = {}
    for cells, _, head in tables:
        for column in cells.header:
            examples[column] = examples.get(column, "") or " · ".join(_shown(column, head))
    choices = [Choice(column, column_text(column), example) for column, example in examples.items()]
    if meaning not in NEEDED or not default:
        none = said("no such column") if meaning not in NEEDED else said("choose a column")
        choices.insert(0, Choice("", none))
    return Question(COLUMN + meaning, said(title), said(explanation), tuple(choices), default)


def _shown(column: str, head: Sequence[Record]) -> Iterator[str]:
    cells = (record.cells.get(column, "").strip() for record in head)
    filled = [cell for cell in cells if cell]
    for cell in filled[:ROWS_SHOWN]:
        yield cell if len(cell) <= CHARACTERS_SHOWN else f"{cell[:CHARACTERS_SHOWN]}…"
