"""The tokens of a Praat text file: what is free-standing counts, everything else in it is a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Free-standing numbers, quoted strings (a quote inside is doubled), and a quote that never closes.
TOKEN = re.compile(
    r'"(?P<text>[^"]*+(?:""[^"]*+)*+)"'
    r"|(?P<open>\")"
    r"|(?<!\S)(?P<number>[-+]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d{1,3}+)?+)(?!\S)"
    r"|![^\n]*+"
)


class Token(NamedTuple):
    """A string or a number, which may be infinite, and its lines. `is_open` marks the quote that never closes."""

    text: str | None
    number: float
    line: int
    last_line: int
    is_open: bool = False


def tokens(content: str) -> Iterator[Token]:
    """Yield the tokens. Long and short text files differ only in comments, so both are read alike.

    The grammar is that of Praat's manual, “TextGrid file formats”: a reader skips all that is no free-standing number,
    no text in quotes and no flag in angle brackets; from a ! to the end of its line is a comment.
    """
    line, at = 1, 0
    for match in TOKEN.finditer(content):
        line += content.count("\n", at, match.start())
        last_line = line + content.count("\n", match.start(), match.end())
        if match["text"] is not None:
            yield Token(match["text"].replace('""', '"'), 0.0, line, last_line)
        elif match["open"]:
            yield Token(None, 0.0, line, line, is_open=True)
            return
        elif match["number"] is not None:
            yield Token(None, float(match["number"]), line, last_line)
        line, at = last_line, match.end()
