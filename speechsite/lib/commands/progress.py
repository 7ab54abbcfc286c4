"""A progress bar for commands, on stderr, where somebody watches."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

CELLS: Final = 24


class ProgressBar:
    """Draws one line over and over on a terminal; elsewhere it prints a line only when the words change."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        self._last = ""

    def show(self, share: float, words: str, *, note: str = "") -> None:
        """Show how far it is, 0 to 1; `words` name the step, `note` is what changes all the time."""
        if self.is_terminal:
            filled = round(CELLS * min(1.0, max(0.0, share)))
            line = f"[{'#' * filled}{'.' * (CELLS - filled)}] {share:4.0%} {words}{', ' + note if note else ''}"
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r{line[:width].ljust(width)}")
        elif words != self._last:
            self._write(f"{words}\n")
        self._last = words

    def end(self) -> None:
        """Leave the line."""
        if self.is_terminal and self._last:
            self._write("\n")

    def _write(self, text: str) -> None:
        self.stream.write(text, style_func=str, ending="")
        self.stream.flush()
