"""What the values of the recipes are called on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

VALUE_LABELS: Final[dict[str, StrPromise]] = {
    "epochs": gettext_lazy("Epochs"),
    "minimum_steps": gettext_lazy("Minimum steps"),
    "batch_size": gettext_lazy("Batch size"),
    "learning_rate": gettext_lazy("Learning rate"),
    "weight_decay": gettext_lazy("Weight decay"),
    "warmup_epochs": gettext_lazy("Warmup epochs"),
    "label_smoothing": gettext_lazy("Label smoothing"),
    "ema_momentum": gettext_lazy("EMA momentum"),
    "dropout": gettext_lazy("Dropout"),
    "width": gettext_lazy("Width"),
    "mel_bins": gettext_lazy("Mel bins"),
    "mixup": gettext_lazy("Mixup"),
    "noise_probability": gettext_lazy("Noise probability"),
    "noise_snr_low_db": gettext_lazy("Noise SNR low, dB"),
    "noise_snr_high_db": gettext_lazy("Noise SNR high, dB"),
    "gain_db": gettext_lazy("Gain, dB"),
    "vocal_tract": gettext_lazy("Vocal tract"),
    "pieces_share": gettext_lazy("Pieces share"),
    "picture_dropout": gettext_lazy("Picture dropout"),
    "units": gettext_lazy("Units"),
    "mfcc_count": gettext_lazy("MFCC count"),
    "batch_clips": gettext_lazy("Batch clips"),
    "warmup_share": gettext_lazy("Warmup share"),
    "curriculum_share": gettext_lazy("Curriculum share"),
    "stride": gettext_lazy("Stride"),
    "tempo": gettext_lazy("Tempo"),
    "frequency_masks": gettext_lazy("Frequency masks"),
    "time_masks": gettext_lazy("Time masks"),
    "join_probability": gettext_lazy("Join probability"),
    "pause_probability": gettext_lazy("Pause probability"),
    "channels": gettext_lazy("Channels"),
    "blocks": gettext_lazy("Blocks"),
    "layers": gettext_lazy("Layers"),
}


def value_label(name: str) -> str:
    """Return what a recipe's value is called: Learning rate."""
    return str(VALUE_LABELS[name])
