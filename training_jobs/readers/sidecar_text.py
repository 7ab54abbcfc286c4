"""Text beside sound: each recording has a text file of the same name."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.readers.lines import head_lines, whole_text
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, audio_names, extension_of
from training_jobs.readers.splits import split_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

# In the order of preference where a recording has both.
EXTENSIONS: Final = ("txt", "lab")
# Labels of Audacity begin with two times in seconds, those of HTK and TIMIT with a zero and a large count.
TIMES: Final = re.compile(r"^\s*(-?\d+[.,]\d+\t-?\d+[.,]\d+(\t|$)|0\s+\d{4,}\s)")
FEWEST_OF_ALL: Final = 0.5
LOOKED_AT: Final = 20
SURE: Final = 0.85


class SidecarText:
    """`x.wav` and `x.txt` or `x.lab`, beside each other or, where the name is the only one, in other folders.

    Folders named after splits give the split. Several lines are one text.
    """

    name = "sidecar_text"
    title = to_be_said("Text beside sound")
    grammar = "any/x.wav, any/x.txt"

    def recognise(self, source: Source) -> Match | None:
        names = audio_names(source)
        texts = _Texts(source)
        pairs = [text for text in map(texts.of, names) if text]
        if not pairs or len(pairs) < FEWEST_OF_ALL * len(names):
            return None
        timed = sum(1 for text in pairs[:LOOKED_AT] if _is_timed(head_lines(source, text, most=1)))
        if 2 * timed >= len(pairs[:LOOKED_AT]):
            return None
        reason = said(
            "{count:,} of {all:,} audio files have a text file of the same name.", count=len(pairs), all=len(names)
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        texts = _Texts(source)
        alone = []
        for name in audio_names(source):
            text = texts.of(name)
            if text:
                yield _judged(source, name, text)
            else:
                alone.append(name)
        if alone:
            message = said(
                "{count:,} audio files have no text beside them and were left out; the first is “{first}”.",
                count=len(alone),
                first=alone[0],
            )
            yield Problem(alone[0], "files_unlisted", message, is_clip_lost=False)
        unused = texts.unused()
        if unused:
            message = said(
                "{count:,} text files belong to no recording; the first is “{first}”.",
                count=len(unused),
                first=unused[0],
            )
            yield Problem(unused[0], "files_missing", message, is_clip_lost=False)


class _Texts:
    """The text files of an upload by their names without extension."""

    def __init__(self, source: Source) -> None:
        names = [name for name in source.names if extension_of(name) in EXTENSIONS]
        names.sort(key=lambda name: EXTENSIONS.index(extension_of(name)))
        self._by_path: dict[str, str] = {}
        for name in names:
            self._by_path.setdefault(_bare(name), name)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for path in self._by_path:
            self._by_stem[posixpath.basename(path)].append(path)
        self._recordings = Counter(posixpath.basename(_bare(name)) for name in audio_names(source))
        self._used: set[str] = set()

    def of(self, audio: str) -> str:
        """Return the text of a recording, or "" where there is none or nobody knows which."""
        path = _bare(audio)
        stem = posixpath.basename(path)
        elsewhere = self._by_stem.get(stem, [])
        if path not in self._by_path and len(elsewhere) == 1 and self._recordings[stem] == 1:
            path = elsewhere[0]
        self._used.add(path)
        return self._by_path.get(path, "")

    def unused(self) -> list[str]:
        """Return the text files no recording has asked for."""
        return sorted(name for path, name in self._by_path.items() if path not in self._used)


def _judged(source: Source, name: str, listed_in: str) -> Row | Problem:
    text = whole_text(source, listed_in)
    if isinstance(text, Problem):
        return text
    if not text:
        message = said("Gives no text for “{recording}”.", recording=name)
        return Problem(listed_in, "text_empty", message, line=1)
    if _is_timed([text]):
        message = said(
            "Begins with times and not with text. Pack recordings with such labels in an upload of their own."
        )
        return Problem(listed_in, "text_timed", message, line=1)
    return Row(name, text, split=split_called(name), listed_in=listed_in, line=1)


def _is_timed(lines: list[str]) -> bool:
    return bool(lines) and bool(TIMES.match(lines[0]))


def _bare(name: str) -> str:
    return posixpath.splitext(name)[0]
