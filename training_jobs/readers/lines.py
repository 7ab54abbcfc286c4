"""Lines of the text files in an upload, where one bad line costs that line alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from training_jobs.archives.errors import MemberError
from training_jobs.readers.rows import Problem, not_utf8
from training_jobs.readers.text import BYTE_ORDER_MARK, UTF16_MARKS, raw_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

HEAD_LINES: Final = 20


def lines_of(source: Source, name: str) -> Iterator[tuple[int, str] | Problem]:
    """Yield the lines that are not blank with their numbers from 1, or a problem for a line that is not UTF-8.

    A file that cannot be read at all gives one problem. Byte order marks, line ends and UTF-16 as in text.py.
    """
    try:
        lines = raw_lines(source, name)
    except MemberError as failure:
        yield Problem(name, failure.code, failure.message)
        return
    for line, raw in enumerate(lines, start=1):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            yield not_utf8(name, line=line)
            continue
        if text.strip():
            # No database keeps a null character, and no text means one.
            yield line, text.replace("\0", "\ufffd")


def whole_text(source: Source, name: str) -> str | Problem:
    """Return a short text file as one line: its lines joined with spaces, or the first problem in it."""
    found = []
    for item in lines_of(source, name):
        if isinstance(item, Problem):
            return item
        found.append(item[1].strip())
    return " ".join(found)


def head_lines(source: Source, name: str, *, most: int = HEAD_LINES) -> list[str]:
    """Return the first lines that are not blank, for a look at what the file is; none where it cannot be read."""
    try:
        head = source.head(name)
    except MemberError:
        return []
    if head.startswith(UTF16_MARKS):
        text = head.decode("utf-16", errors="replace")
    else:
        text = head.removeprefix(BYTE_ORDER_MARK).decode("utf-8", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_cut = len(head) < source.sizes[name] and len(lines) > 1
    return [line for line in (lines[:-1] if is_cut else lines) if line.strip()][:most]
