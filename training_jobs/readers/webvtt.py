"""WebVTT: subtitles and captions in `.vtt` files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.aligned import AlignedFiles, Annotation
from training_jobs.readers.cues import Cue, is_times, plain, spans_of
from training_jobs.readers.lines import head_lines
from training_jobs.readers.text import annotation_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source
    from training_jobs.readers.options import Options

SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
NOT_CUES = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
WORD_TIME = re.compile(r"<(?:\d+:)?\d\d:\d\d\.\d{3}>")


class WebVtt(AlignedFiles):
    """`talk.vtt` beside `talk.mp4`: `WEBVTT`, then blocks between blank lines; `<v Name>` is the speaker."""

    name = "vtt"
    title = to_be_said("WebVTT subtitles")
    grammar = to_be_said("WEBVTT, then 00:01.000 --> 00:02.500")
    extensions = frozenset({"vtt", "webvtt"})

    def looks_right(self, source: Source, name: str) -> bool:
        return bool(SIGNATURE.fullmatch(next(iter(head_lines(source, name)), "")))

    def annotation(self, source: Source, name: str, options: Options) -> Annotation:
        lines = annotation_lines(source, name)
        if not SIGNATURE.fullmatch(lines.texts[0]):
            message = said("Begins with “{line}”; a WebVTT file begins with WEBVTT.", line=lines.texts[0][:40])
            raise MemberError("file_unreadable", message)
        cues: Iterator[Cue] = (cue for first, block in _blocks(lines.texts) for cue in _cues(first, block))
        if any(WORD_TIME.search(text) for text in lines.texts):
            cues = _unrolled(cues)
        return Annotation(spans_of(name, cues, lines))


def _blocks(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield what stands between blank lines, with the number of its first line; the header's block is passed over."""
    block: list[str] = []
    first, is_header = 1, True
    for line, text in enumerate([*texts, ""], start=1):
        # A line of spaces is no blank line: captions that roll up hold such lines.
        if text:
            block.append(text)
            continue
        # Some writers leave out the blank line under the header: times in its block are cues all the same.
        if block and (not is_header or any(map(is_times, block))):
            yield first, block
        is_header = is_header and not block
        block, first = [], line + 1


def _cues(first: int, block: Sequence[str]) -> Iterator[Cue]:
    """Yield the cues of one block: one, or several where the blank lines between them are missing."""
    if NOT_CUES.fullmatch(block[0]):
        return
    starts = [at for at, text in enumerate(block) if is_times(text)]
    if not starts:
        yield Cue(first, "", block)
        return
    for start, following in zip(starts, [*starts[1:], len(block)], strict=True):
        yield Cue(first + start, block[start], block[start + 1 : following])


def _unrolled(cues: Iterator[Cue]) -> Iterator[Cue]:
    """Yield the cues of captions that roll up, each without the lines it repeats from the one before.

    Captions made by machines show each line twice: as it is said, with times inside, and again above the next.
    """
    before: list[str] = []
    for cue in cues:
        words = [plain(text) for text in cue.texts]
        shown = [text for text, word in zip(cue.texts, words, strict=True) if word and word not in before]
        before = [word for word in words if word]
        yield cue._replace(texts=shown)
