"""The one exception the engine raises for what it was given."""

from __future__ import annotations


class EngineError(Exception):
    """Something the engine was given cannot be used.

    `code` is stable and may be stored or matched on, `message` is a sentence for the person who gave the input, and
    `detail` is technical text for staff.
    """

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(code, message, detail)
        self.code = code
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" ({self.detail})" if self.detail else "")
