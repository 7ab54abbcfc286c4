"""What a person does to the segments of a transcript: each act gives new segments, the old ones stay as they are.

A segment is a dict as `hearing.Segment.as_dict` gives it. A word a person wrote or confirmed has `confidence` None and
tells what stood there before: `was` and `was_confidence`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from recognition.engine.hearing import WORD
from recognition.engine.retiming import HeardWord, retimed
from recognition.engine.text import normalise_label
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recognition.engine.retiming import RetimedWord

Segment = dict[str, Any]
Word = dict[str, Any]

SHORTEST_WORD_SECONDS = 0.02
_DIGITS = 3


def text_of(segments: Iterable[Segment]) -> str:
    """Return the text of segments in one line."""
    return " ".join(segment["text"] for segment in segments if segment["text"])


def expected_errors(segments: Iterable[Segment]) -> float:
    """Return how many words are probably wrong: what a person wrote or confirmed counts for nothing."""
    return round(sum(_doubt(word) for segment in segments for word in segment["words"]), 4)


def _doubt(word: Word) -> float:
    """Return the chance that a word is wrong; for a sound taken for none of the words, that it was the closest one."""
    if word["confidence"] is None:
        return 0.0
    return float(1 - word["confidence"] if word["word"] else word["confidence"])


def line_rewritten(segments: Sequence[Segment], at: int, text: str, *, duration: float) -> list[Segment]:
    """Give a segment a new text; its words keep their times where they stay. No text takes the segment out."""
    segment = segments[at]
    words = list(_retold(segment, _words(text), until=_end_of_room(segments, at, duration)))
    return _replaced(segments, at, 1, [with_words(segment, words)] if words else [])


def word_rewritten(segments: Sequence[Segment], at: int, place: int, text: str, *, duration: float) -> list[Segment]:
    """Write other words in the place of one, or none; the same word again confirms it."""
    segment = segments[at]
    words = segment["words"]
    old = _found(words, place)
    room = words[place + 1]["start"] if place + 1 < len(words) else _end_of_room(segments, at, duration)
    heard = [HeardWord(old["word"], old["start"], old["end"], old)]
    written = [_by_person(word, word.source) for word in retimed(_words(text), heard, until=max(room, old["end"]))]
    changed = _replaced(words, place, 1, written)
    return _replaced(segments, at, 1, [with_words(segment, changed)] if any(w["word"] for w in changed) else [])


def split(segments: Sequence[Segment], at: int, place: int) -> list[Segment]:
    """Make two segments of one: the second begins with the word at `place`."""
    words = segments[at]["words"]
    if not 0 < place < len(words):
        message = _("A line is cut between two of its words. Nothing was changed; go to a word further in.")
        raise ServiceError("split_refused", message)
    first, second = words[:place], words[place:]
    parts = [
        with_words({**segments[at], "end": first[-1]["end"]}, first),
        with_words({**segments[at], "start": second[0]["start"]}, second),
    ]
    return _replaced(segments, at, 1, parts)


def joined(segments: Sequence[Segment], at: int) -> list[Segment]:
    """Make one segment of this and the next."""
    if at + 1 >= len(segments):
        raise ServiceError("join_refused", _("This is the last line. Nothing was changed."))
    first, second = segments[at], segments[at + 1]
    whole = with_words({**first, "end": max(first["end"], second["end"])}, [*first["words"], *second["words"]])
    return _replaced(segments, at, 2, [whole])


def nudged(segments: Sequence[Segment], at: int, edge: str, seconds: float, *, duration: float) -> list[Segment]:
    """Move the start or the end of a segment, and of the word beside it, as far as the neighbours leave room."""
    segment = segments[at]
    is_start = edge == "start"
    words = [dict(word) for word in segment["words"]]
    if is_start:
        least, most = segments[at - 1]["end"] if at else 0.0, _inner(segment, words, 0, "end", segment["end"])
    else:
        least = _inner(segment, words, -1, "start", segment["start"])
        most = _end_of_room(segments, at, duration)
    moved = round(min(max(segment[edge] + seconds, least), max(most, least)), _DIGITS)
    if words:
        words[0 if is_start else -1][edge] = moved
    return _replaced(segments, at, 1, [{**segment, edge: moved, "words": words}])


def _inner(segment: Segment, words: list[Word], place: int, side: str, otherwise: float) -> float:
    """Return how far an edge may come in: the word there keeps a little of its time."""
    limit = words[place][side] if words else otherwise
    return float(limit - SHORTEST_WORD_SECONDS if side == "end" else limit + SHORTEST_WORD_SECONDS)


def whole_rewritten(segments: Sequence[Segment], text: str, *, duration: float) -> list[Segment]:
    """Give all segments the words of one text; a word stays in the segment of the word whose time it has."""
    heard = [
        HeardWord(word["word"], word["start"], word["end"], (at, word))
        for at, segment in enumerate(segments)
        for word in segment["words"]
        if word["word"]
    ]
    if not heard:
        return [_new_segment(text, duration)] if text.split() else []
    told = retimed(text.split(), heard, until=duration)
    groups = {at: list(_kept_or_written(group)) for at, group in groupby(told, key=lambda word: word.source[0])}
    return [_same_or(segment, groups[at]) for at, segment in enumerate(segments) if at in groups]


def _kept_or_written(group: Iterable[RetimedWord[tuple[int, Word]]]) -> Iterator[Word]:
    yield from _told((word, word.source[1]) for word in group)


def _same_or(segment: Segment, words: list[Word]) -> Segment:
    """Return the very segment where nothing in it changed: what was no word stays with it."""
    return segment if words == [word for word in segment["words"] if word["word"]] else with_words(segment, words)


def _new_segment(text: str, duration: float) -> Segment:
    heard = [HeardWord("", 0.0, max(duration, 0.001), _nothing_heard())]
    words = [_by_person(word, word.source) for word in retimed(text.split(), heard, until=duration)]
    return with_words({"start": 0.0, "end": round(duration, _DIGITS)}, words)


def _nothing_heard() -> Word:
    return {"word": "", "confidence": None, "alternatives": []}


def with_words(segment: Segment, words: list[Word]) -> Segment:
    """Return the segment with these words and their text."""
    return {**segment, "text": " ".join(word["word"] for word in words if word["word"]), "words": words}


def _retold(segment: Segment, texts: list[str], *, until: float) -> Iterator[Word]:
    heard = [HeardWord(word["word"], word["start"], word["end"], word) for word in segment["words"] if word["word"]]
    whole = HeardWord("", segment["start"], segment["end"], _nothing_heard())
    yield from _told((word, word.source) for word in retimed(texts, heard or [whole], until=until))


def _told(pairs: Iterable[tuple[RetimedWord[Any], Word]]) -> Iterator[Word]:
    """Give each word as it stood where its text stayed, else as a person's."""
    kept: set[int] = set()
    for word, source in pairs:
        stays = word.text == source["word"] and id(source) not in kept
        kept.add(id(source))
        if not stays:
            yield _by_person(word, source)
        elif (word.start, word.end) == (source["start"], source["end"]):
            yield source
        else:
            yield {**source, "start": round(word.start, _DIGITS), "end": round(word.end, _DIGITS)}


def _by_person(word: RetimedWord[Any], source: Word) -> Word:
    return {
        "word": word.text,
        "start": round(word.start, _DIGITS),
        "end": round(word.end, _DIGITS),
        "confidence": None,
        "answer": WORD,
        "alternatives": source["alternatives"],
        "was": source.get("was", source["word"]),
        "was_confidence": source.get("was_confidence", source["confidence"]),
    }


def _words(text: str) -> list[str]:
    """Return the words of what was typed; none of nothing. Raises EngineError text_only_symbols."""
    return normalise_label(text).split() if text.strip() else []


def _found(words: Sequence[Word], place: int) -> Word:
    if not 0 <= place < len(words):
        raise ServiceError("word_unknown", _("There is no such word any more. Nothing was changed; reload the page."))
    return words[place]


def _end_of_room(segments: Sequence[Segment], at: int, duration: float) -> float:
    """Return where the next segment begins, or the recording ends."""
    end = segments[at + 1]["start"] if at + 1 < len(segments) else duration
    return float(max(end, segments[at]["end"]))


def _replaced(items: Sequence[Any], at: int, count: int, new: Sequence[Any]) -> list[Any]:
    return [*items[:at], *new, *items[at + count :]]
