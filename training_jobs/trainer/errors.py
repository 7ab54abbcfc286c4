"""What can go wrong in a training run, as a stable code with a sentence for the user."""

from __future__ import annotations


class TrainerError(Exception):
    """A failure the user can understand: ``code`` is stable, ``message`` a sentence, ``detail`` for staff."""

    def __init__(self, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class RecipeError(TrainerError):
    """A recipe or one of its values cannot be used: unknown_recipe, unknown_value or value_out_of_range."""
