"""Words with times, joined to clips at the pauses between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from recognition.engine.language import said
from training_jobs.readers.options import EACH, JOINED, PIECES, Choice, Question
from training_jobs.readers.spans import SAME_MOMENT_SECONDS, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAUSE_SECONDS = 0.5
LONGEST_SECONDS = 15.0
MARGIN_SECONDS = 0.1


class TimedWord(NamedTuple):
    """One word and when it is said, in seconds."""

    word: str
    start: float
    end: float
    line: int | None = None
    what: str = ""


def pieces_of(words: Sequence[TimedWord]) -> Iterator[Span]:
    """Yield pieces cut at pauses of half a second, and at the longest pause inside what would pass fifteen seconds.

    A piece reaches up to 0.1 s into the pauses around it: times of words are often tight. A word with impossible times
    is a piece of its own, so that it is judged by itself and does not take its neighbours with it.
    """
    held: list[TimedWord] = []
    before = 0.0
    for word in sorted(words, key=lambda one: one.start):
        if word.start < 0 or word.end - word.start < SAME_MOMENT_SECONDS:
            yield Span(word.word, word.start, word.end, line=word.line, what=word.what)
            continue
        if held and word.start - held[-1].end >= PAUSE_SECONDS:
            yield _piece(held, before, word.start)
            before, held = held[-1].end, []
        while held and word.end - held[0].start > LONGEST_SECONDS:
            cut = _longest_pause(held, word)
            following = held[cut].start if cut < len(held) else word.start
            yield _piece(held[:cut], before, following)
            before, held = held[cut - 1].end, held[cut:]
        held.append(word)
    if held:
        yield _piece(held, before, held[-1].end)


def pieces_question(default: str, example: str) -> Question:
    """Return the question whether words are joined."""
    choices = (
        Choice(JOINED, said("Join words to clips at the pauses"), example),
        Choice(EACH, said("Every word is a clip"), example.partition(" ")[0]),
    )
    explanation = said("A recogniser of sentences learns from whole phrases, one of words from single words.")
    return Question(PIECES, said("What is one clip?"), explanation, choices, default)


def _longest_pause(held: Sequence[TimedWord], following: TimedWord) -> int:
    """Return before which word to cut, in the later half, so that no crumbs are left."""
    words = [*held, following]
    places = range(max(1, len(words) // 2), len(words))
    return max(places, key=lambda at: (words[at].start - words[at - 1].end, at))


def _piece(words: Sequence[TimedWord], before: float, after: float) -> Span:
    first, end = words[0], max(word.end for word in words)
    start = first.start - min(MARGIN_SECONDS, max(0.0, first.start - before) / 2)
    end += min(MARGIN_SECONDS, max(0.0, after - end) / 2)
    text = " ".join(word.word.strip() for word in words if word.word.strip())
    return Span(text, start, end, line=first.line, what=first.what)
