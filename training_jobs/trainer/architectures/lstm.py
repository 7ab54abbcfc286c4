"""The classic beginner's words model: librosa's MFCC -> LSTM(128) -> Dense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import layers

from training_jobs.trainer.architectures.word_model import WordModel, WordShape
from training_jobs.trainer.features import DecibelCepstrum, MelFilterbank, Placement, PowerSpectrum, slaney_matrix

if TYPE_CHECKING:
    from training_jobs.trainer.recipes import LstmValues

FRAME, HOP, BANDS = 2048, 512, 128  # librosa's defaults


def build(values: LstmValues, shape: WordShape) -> WordModel:
    """Build the untrained model.

    Short clips get silence in front, long ones lose their start: the word lies at the end, where the LSTM answers.
    """
    windows = keras.Input((shape.window_samples,), name="windows")
    power = PowerSpectrum(frame=FRAME, hop=HOP, transform=FRAME, highest_hz=shape.band_limit_hz, is_centred=True)(
        windows
    )
    bands = MelFilterbank(slaney_matrix(BANDS, transform=FRAME, high_hz=shape.band_limit_hz))(power)
    front_end = keras.Model(windows, DecibelCepstrum(bands=BANDS, count=values.mfcc_count)(bands), name="front_end")
    features = keras.Input(front_end.output_shape[1:], name="features")
    # Logits here, softmax in loss and export: the same function as Dense(softmax), exact in the tails.
    # Never NVIDIA's own LSTM: it computes the same, but cannot be exported to LiteRT.
    state = layers.LSTM(values.units, use_cudnn=False)(features)
    logits = layers.Dense(shape.labels)(state)
    placement = Placement(shape.window_samples, is_levelled=False, position="end", is_random=False)
    return WordModel(placement, front_end, keras.Model(features, logits, name="network"))
