"""The networks, one file each, and the table that finds them by recipe name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training_jobs.trainer.architectures import conv, conv2d, ctc_conv, ctc_lstm, lstm

if TYPE_CHECKING:
    from training_jobs.trainer.architectures.sentence_model import SentenceModel, SentenceShape
    from training_jobs.trainer.architectures.word_model import WordModel, WordShape

WORD_BUILDERS: dict[str, Any] = {"conv2d": conv2d.build, "conv": conv.build, "lstm": lstm.build}
SENTENCE_BUILDERS: dict[str, Any] = {"ctc-conv": ctc_conv.build, "ctc-lstm": ctc_lstm.build}


def build(recipe: str, values: Any, shape: WordShape) -> WordModel:
    """Build the untrained model of a recipe of words."""
    model: WordModel = WORD_BUILDERS[recipe](values, shape)
    return model


def build_sentences(recipe: str, values: Any, shape: SentenceShape) -> SentenceModel:
    """Build the untrained model of a recipe of sentences."""
    model: SentenceModel = SENTENCE_BUILDERS[recipe](values, shape)
    return model
