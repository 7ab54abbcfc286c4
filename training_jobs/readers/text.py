"""Read the text files of an upload line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
TABLE_BYTES = 256 * 1024**2
ANNOTATION_BYTES = 64 * 1024**2


def text_lines(source: Source, name: str) -> Iterator[tuple[int, str]]:
    """Yield line numbers from 1 and lines of a UTF-8 file, with or without a byte order mark, of any line ends.

    Raises MemberError text_not_utf8 that names the first line which is not UTF-8.
    """
    for line, raw in enumerate(raw_lines(source, name), start=1):
        try:
            yield line, raw.decode("utf-8")
        except UnicodeDecodeError as failure:
            message = said("Line {line} is not UTF-8. Save the file as UTF-8.", line=line)
            raise MemberError("text_not_utf8", message) from failure


@dataclass(frozen=True)
class Lines:
    """All lines of a file; line n is `texts[n - 1]`. Lines in `damaged` are not UTF-8 and hold U+FFFD in places."""

    texts: list[str]
    damaged: frozenset[int]


def annotation_lines(source: Source, name: str) -> Lines:
    """Return the lines of a UTF-8 or UTF-16 file, and which of them could not be decoded. Raises MemberError."""
    texts, damaged = [], []
    for line, raw in enumerate(raw_lines(source, name, limit=ANNOTATION_BYTES), start=1):
        try:
            texts.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(raw.decode("utf-8", errors="replace"))
            damaged.append(line)
    return Lines(texts, frozenset(damaged))


def raw_lines(source: Source, name: str, *, limit: int = TABLE_BYTES) -> list[bytes]:
    """Return the lines of a text file as bytes, without line ends and byte order mark; UTF-16 is turned into UTF-8."""
    content = source.read(name, limit=limit)
    if content.startswith(UTF16_MARKS):
        try:
            content = content.decode("utf-16").encode("utf-8")
        except UnicodeError as failure:
            raise MemberError("text_not_utf8", said("Is damaged UTF-16. Save the file as UTF-8.")) from failure
    content = content.removeprefix(BYTE_ORDER_MARK)
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
