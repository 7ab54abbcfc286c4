"""What SubRip and WebVTT have in common: times with an arrow between them, and text with tags in it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from recognition.engine.language import said
from training_jobs.readers.rows import Problem, not_utf8
from training_jobs.readers.spans import Span
from training_jobs.readers.times import clock_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.readers.text import Lines

ARROW = "-->"
BROKEN_ARROW = re.compile(r"\s*\d{1,4}:\d{1,2}:[\d.,:]{2,12}\s*\S{0,3}\s*\d{1,4}:\d{1,2}:[\d.,:]{2,12}\s*")
TAG = re.compile(r"<[^<>]*>")
RUBY_READING = re.compile(r"<rt[^<>]*>[^<>]*(?:</rt>|(?=</ruby>))")
STYLE_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|lrm|rlm|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
SOUND = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|[♪♫♩♬]")
DIRECTION_MARKS = dict.fromkeys(map(ord, "\u200e\u200f"))


class Cue(NamedTuple):
    """One cue as it stands in the file; `line` is that of its times, or where they should be."""

    line: int
    times: str
    texts: Sequence[str]


def is_times(text: str) -> bool:
    """Say whether a line is one of times, right or wrong."""
    return ARROW in text or BROKEN_ARROW.fullmatch(text) is not None


def spans_of(file: str, cues: Iterator[Cue], lines: Lines) -> Iterator[Span | Problem]:
    """Yield a span for each cue, a problem for each whose times or text cannot be read, one note on mere sounds."""
    sounds: list[int] = []
    for cue in cues:
        span = _span(file, cue, lines)
        if isinstance(span, Span) and span.text and not SOUND.sub("", span.text).strip(" -–—"):
            sounds.append(cue.line)
        else:
            yield span
    if sounds:
        message = said("{count:,} cues name a sound, such as [music], and no words. Left out.", count=len(sounds))
        yield Problem(file, "not_a_word", message, line=sounds[0], is_clip_lost=False)


def _span(file: str, cue: Cue, lines: Lines) -> Span | Problem:
    for line in range(cue.line, cue.line + len(cue.texts) + 1):
        if line in lines.damaged:
            return not_utf8(file, line=line)
    before, _, after = cue.times.partition(ARROW)
    start, end = clock_seconds(before), clock_seconds((after.split() or [""])[0])
    if start is None or end is None:
        return _bad_times(file, cue)
    text = " ".join(cue.texts)
    return Span(plain(text), start, end, speaker=_speaker(text), line=cue.line)


def _bad_times(file: str, cue: Cue) -> Problem:
    if cue.times:
        message = said(
            "Has the times “{times}”. Write them like 00:01:02,500 --> 00:01:04,000.", times=cue.times.strip()[:80]
        )
    else:
        message = said("Has no times. Write them like 00:01:02,500 --> 00:01:04,000.")
    return Problem(file, "times_unreadable", message, line=cue.line)


def plain(text: str) -> str:
    """Return the words of a cue, without tags, readings above the line, and style overrides."""
    bare = STYLE_OVERRIDE.sub("", TAG.sub("", RUBY_READING.sub("", text)))
    unescaped = ENTITY.sub(lambda match: html.unescape(match[0]), bare)
    return " ".join(unescaped.translate(DIRECTION_MARKS).split())


def _speaker(text: str) -> str:
    """Return who speaks, where the cue says so and one person speaks in it."""
    voices = {" ".join(plain(voice).split()) for voice in VOICE.findall(text)}
    return voices.pop() if len(voices) == 1 else ""
