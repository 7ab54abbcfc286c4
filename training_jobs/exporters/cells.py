"""One line of CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def csv_line(cells: Sequence[str]) -> str:
    """Return cells with commas between, quoted where they have to be, without the end of the line."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().removesuffix("\n")
