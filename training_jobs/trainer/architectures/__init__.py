"""The networks, one file each, and the table that finds them by recipe name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training_jobs.trainer.architectures import conv, lstm

if TYPE_CHECKING:
    from training_jobs.trainer.architectures.word_model import WordModel, WordShape

BUILDERS: dict[str, Any] = {"conv": conv.build, "lstm": lstm.build}


def build(recipe: str, values: Any, shape: WordShape) -> WordModel:
    """Build the untrained model of a recipe."""
    model: WordModel = BUILDERS[recipe](values, shape)
    return model
