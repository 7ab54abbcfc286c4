"""The recipes: named ways to train, each with documented, bounded values. Imports no TensorFlow."""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from recognition.engine.language import said, to_be_said
from training_jobs.trainer.errors import RecipeError
from training_jobs.trainer.naming import bound_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = int | float
NOT_A_WHOLE_NUMBER = to_be_said("{name} must be a whole number from {low} to {high}. Received: {received}.")
NOT_A_NUMBER = to_be_said("{name} must be a number from {low} to {high}. Received: {received}.")
TYPES: dict[str, type[Value]] = {"int": int, "float": float}


def bounded(default: Value, *, low: Value, high: Value, doc: str, is_shape: bool = False) -> Any:
    """Declare one changeable value of a recipe, with its bounds (both allowed) and what it does.

    ``is_shape``: the network's weights fit one value of it only.
    """
    return field(default=default, metadata={"low": low, "high": high, "doc": doc, "is_shape": is_shape})


@dataclass(frozen=True)
class LstmValues:
    """The classic beginner's model: MFCC, one LSTM, one dense layer."""

    epochs: int = bounded(10, low=1, high=500, doc=to_be_said("How many times the training clips are gone through."))
    minimum_steps: int = bounded(
        300, low=1, high=100_000, doc=to_be_said("Small datasets are repeated until so many updates are made.")
    )
    batch_size: int = bounded(
        64, low=1, high=1024, doc=to_be_said("Clips per update; fewer when the dataset is small.")
    )
    learning_rate: float = bounded(1e-3, low=1e-6, high=1.0, doc=to_be_said("Step size of Adam."))
    units: int = bounded(128, low=8, high=1024, is_shape=True, doc=to_be_said("Size of the LSTM's state."))
    mfcc_count: int = bounded(13, low=4, high=64, is_shape=True, doc=to_be_said("Cepstral coefficients per frame."))


@dataclass(frozen=True)
class ConvValues:
    """A residual convolution over time on normalised log-mel bands, trained with noise, warped voices and mixing."""

    epochs: int = bounded(36, low=1, high=500, doc=to_be_said("How many times the training clips are gone through."))
    minimum_steps: int = bounded(
        500, low=1, high=100_000, doc=to_be_said("Small datasets are repeated until so many updates are made.")
    )
    batch_size: int = bounded(
        64, low=1, high=1024, doc=to_be_said("Clips per update; fewer when the dataset is small.")
    )
    learning_rate: float = bounded(3e-3, low=1e-6, high=1.0, doc=to_be_said("Highest step size of AdamW."))
    weight_decay: float = bounded(0.02, low=0.0, high=1.0, doc=to_be_said("How strongly weights are pulled to zero."))
    warmup_epochs: int = bounded(
        2, low=0, high=100, doc=to_be_said("Epochs over which the step size rises before it falls as a cosine.")
    )
    label_smoothing: float = bounded(
        0.1, low=0.0, high=0.5, doc=to_be_said("Share of each target spread evenly over all labels.")
    )
    ema_momentum: float = bounded(
        0.99,
        low=0.0,
        high=0.9999,
        doc=to_be_said("The model kept is a running mean of the weights; 0 keeps the last ones."),
    )
    dropout: float = bounded(
        0.2, low=0.0, high=0.9, doc=to_be_said("Share of the last features dropped at random while training.")
    )
    width: float = bounded(
        1.0, low=0.25, high=4.0, is_shape=True, doc=to_be_said("Multiplies the channels of every layer.")
    )
    mel_bins: int = bounded(40, low=16, high=128, is_shape=True, doc=to_be_said("Frequency bands per frame."))
    mixup: float = bounded(
        0.3, low=0.0, high=2.0, doc=to_be_said("Beta parameter for mixing two clips and their labels; 0 is off.")
    )
    noise_probability: float = bounded(
        0.7, low=0.0, high=1.0, doc=to_be_said("Share of the clips that noise is added to.")
    )
    noise_snr_low_db: float = bounded(
        5.0, low=-20.0, high=60.0, doc=to_be_said("Loudest noise, as signal-to-noise ratio in dB.")
    )
    noise_snr_high_db: float = bounded(
        40.0, low=-20.0, high=100.0, doc=to_be_said("Softest noise, as signal-to-noise ratio in dB.")
    )
    gain_db: float = bounded(
        6.0, low=0.0, high=30.0, doc=to_be_said("Clips are made up to so many dB louder or softer.")
    )
    vocal_tract: float = bounded(
        0.08, low=0.0, high=0.3, doc=to_be_said("Voices are warped up to this share higher or lower.")
    )
    pieces_share: float = bounded(
        0.15,
        low=0.0,
        high=0.5,
        doc=to_be_said("Share of sounds made of pieces of words, to be turned away, from 20 clips a word on."),
    )


@dataclass(frozen=True)
class Conv2dValues(ConvValues):
    """A convolution over time and pitch on the same bands, trained alike, with voices warped further."""

    vocal_tract: float = bounded(
        0.14, low=0.0, high=0.3, doc=to_be_said("Voices are warped up to this share higher or lower.")
    )
    picture_dropout: float = bounded(
        0.3,
        low=0.0,
        high=0.9,
        doc=to_be_said("Share of what was seen in time and pitch dropped at random while training."),
    )


@dataclass(frozen=True)
class CtcValues:
    """What every recipe of sentences shares: front end, augmentation, schedule."""

    epochs: int = bounded(90, low=1, high=1000, doc=to_be_said("How many times the training clips are gone through."))
    minimum_steps: int = bounded(
        2_000,
        low=1,
        high=1_000_000,
        doc=to_be_said("Small datasets are repeated until about so many updates are made."),
    )
    batch_clips: int = bounded(
        8, low=1, high=256, doc=to_be_said("Clips of average length per update; long ones count for more.")
    )
    learning_rate: float = bounded(2e-3, low=1e-6, high=1.0, doc=to_be_said("Highest step size of AdamW."))
    weight_decay: float = bounded(0.03, low=0.0, high=1.0, doc=to_be_said("How strongly weights are pulled to zero."))
    warmup_share: float = bounded(
        0.06, low=0.0, high=0.5, doc=to_be_said("Share of the updates over which the step size rises.")
    )
    curriculum_share: float = bounded(
        0.1,
        low=0.0,
        high=0.9,
        doc=to_be_said("Share of the epochs that begin with the short clips and let in longer ones."),
    )
    ema_momentum: float = bounded(
        0.995,
        low=0.0,
        high=0.9999,
        doc=to_be_said("The model kept is a running mean of the weights; 0 keeps the last ones."),
    )
    dropout: float = bounded(
        0.15, low=0.0, high=0.9, doc=to_be_said("Share of features dropped at random behind every layer.")
    )
    stride: int = bounded(
        4, low=2, high=4, is_shape=True, doc=to_be_said("The model writes at most one unit every so many 10 ms frames.")
    )
    mel_bins: int = bounded(80, low=16, high=128, is_shape=True, doc=to_be_said("Frequency bands per frame."))
    noise_probability: float = bounded(
        0.5, low=0.0, high=1.0, doc=to_be_said("Share of the clips that noise is added to.")
    )
    noise_snr_low_db: float = bounded(
        5.0, low=-20.0, high=60.0, doc=to_be_said("Loudest noise, as signal-to-noise ratio in dB.")
    )
    noise_snr_high_db: float = bounded(
        35.0, low=-20.0, high=100.0, doc=to_be_said("Softest noise, as signal-to-noise ratio in dB.")
    )
    vocal_tract: float = bounded(
        0.1, low=0.0, high=0.3, doc=to_be_said("Voices are warped up to this share higher or lower.")
    )
    tempo: float = bounded(0.1, low=0.0, high=0.5, doc=to_be_said("Clips are made up to this share faster or slower."))
    frequency_masks: int = bounded(
        2, low=0, high=8, doc=to_be_said("Bands of up to 12 mel bins blanked out in each clip.")
    )
    time_masks: float = bounded(1.0, low=0.0, high=8.0, doc=to_be_said("Gaps of up to 0.12 s blanked out per second."))
    join_probability: float = bounded(
        0.3,
        low=0.0,
        high=1.0,
        doc=to_be_said("Share of the clips that are joined with another one of the same speaker."),
    )
    pause_probability: float = bounded(
        0.2, low=0.0, high=1.0, doc=to_be_said("How often a pause of up to 0.8 s is put before or behind a clip.")
    )


@dataclass(frozen=True)
class CtcConvValues(CtcValues):
    """Residual dilated convolutions over a log-mel picture, trained by CTC."""

    epochs: int = bounded(130, low=1, high=1000, doc=to_be_said("How many times the training clips are gone through."))
    channels: int = bounded(160, low=16, high=1024, is_shape=True, doc=to_be_said("Size of every layer."))
    blocks: int = bounded(5, low=1, high=24, is_shape=True, doc=to_be_said("Residual blocks of two convolutions each."))


@dataclass(frozen=True)
class CtcLstmValues(CtcValues):
    """The classic: LSTM layers that read in both directions, trained by CTC."""

    units: int = bounded(
        128, low=8, high=1024, is_shape=True, doc=to_be_said("Size of the state of each LSTM, each way.")
    )
    layers: int = bounded(2, low=1, high=6, is_shape=True, doc=to_be_said("Layers of LSTM."))


Values = LstmValues | ConvValues | Conv2dValues | CtcConvValues | CtcLstmValues


@dataclass(frozen=True)
class Recipe:
    """A named way to train one kind of dataset, words or sentences; ``values`` holds the defaults."""

    name: str
    kind: str
    title: str
    summary: str
    values: Values
    is_convolutional: bool


@dataclass(frozen=True)
class Preset:
    """A recipe with some values set, as offered to people who do not want to choose values."""

    recipe: str
    options: dict[str, Value]
    title: str
    summary: str


RECIPES: dict[str, Recipe] = {
    "conv2d": Recipe(
        name="conv2d",
        kind="words",
        title=to_be_said("Convolution over time and pitch"),
        summary=to_be_said(
            "A net that looks at the sound's spectrum as at a picture. Best with voices it has never heard."
        ),
        values=Conv2dValues(),
        is_convolutional=True,
    ),
    "conv": Recipe(
        name="conv",
        kind="words",
        title=to_be_said("Convolution over time"),
        summary=to_be_said(
            "A small residual net over the sound's spectrum: half the time, and nearly as good with known voices."
        ),
        values=ConvValues(),
        is_convolutional=True,
    ),
    "lstm": Recipe(
        name="lstm",
        kind="words",
        title=to_be_said("Classic LSTM"),
        summary=to_be_said(
            "The textbook model: 13 MFCC and one LSTM. Quick, but it knows only the voices it was trained on."
        ),
        values=LstmValues(),
        is_convolutional=False,
    ),
    "ctc-conv": Recipe(
        name="ctc-conv",
        kind="sentences",
        title=to_be_said("Convolution, characters"),
        summary=to_be_said("A residual net over the sound's spectrum that spells out what it hears."),
        values=CtcConvValues(),
        is_convolutional=True,
    ),
    "ctc-lstm": Recipe(
        name="ctc-lstm",
        kind="sentences",
        title=to_be_said("Two-way LSTM, characters"),
        summary=to_be_said("The classic of the field: slower to train, spells out what it hears."),
        values=CtcLstmValues(),
        is_convolutional=False,
    ),
}
DEFAULT_RECIPES = {"words": "conv2d", "sentences": "ctc-conv"}

# The names are shown, too, on jobs.
PRESETS: dict[str, Preset] = {
    to_be_said("fast"): Preset(
        "conv2d",
        {"epochs": 12},
        to_be_said("Fast"),
        to_be_said("About a third of the time; good for a first look."),
    ),
    to_be_said("balanced"): Preset(
        "conv2d",
        {},
        to_be_said("Balanced"),
        to_be_said("The default: accurate, also for voices it has never heard."),
    ),
    to_be_said("accurate"): Preset(
        "conv2d",
        {"epochs": 60, "width": 1.5},
        to_be_said("Accurate"),
        to_be_said("A wider net, trained longer; takes about three times as long."),
    ),
}
SENTENCE_PRESETS: dict[str, Preset] = {
    "fast": Preset(
        "ctc-conv",
        {"epochs": 50, "channels": 128, "blocks": 4},
        to_be_said("Fast"),
        to_be_said("A smaller net, in a quarter of the time; good for a first look."),
    ),
    "balanced": Preset(
        "ctc-conv",
        {},
        to_be_said("Balanced"),
        to_be_said("The default: accurate, also for voices it has never heard."),
    ),
    "accurate": Preset(
        "ctc-conv",
        {"epochs": 200, "channels": 192, "blocks": 6},
        to_be_said("Accurate"),
        to_be_said("A wider, deeper net, trained longer; takes about two and a half times as long."),
    ),
}


# A run that goes on from a trained model needs half the epochs; with smaller steps as well it learned new voices worse.
WARM_SHARE = 0.5
WARM_VALUES = ("epochs", "minimum_steps")


def batch_size(values: Mapping[str, Value]) -> int:
    """Return about how many clips go into an update, of a recipe's values."""
    return int(values["batch_size"] if "batch_size" in values else values["batch_clips"])


def shape_values(name: str) -> list[str]:
    """Return the names of the values that a recipe's weights depend on."""
    return [entry.name for entry in fields(recipe_named(name).values) if entry.metadata["is_shape"]]


def warm_schedule(name: str, options: Mapping[str, object]) -> dict[str, Value]:
    """Return the values that are smaller in a run that goes on from a trained model."""
    values = recipe_values(name, options)
    return {key: max(1, round(values[key] * WARM_SHARE)) for key in WARM_VALUES}


def presets_for(kind: str) -> dict[str, Preset]:
    """Return the presets of one kind of dataset, words or sentences, by name."""
    return SENTENCE_PRESETS if kind == "sentences" else PRESETS


def recipe_named(name: str) -> Recipe:
    """Return the recipe called ``name``; raises RecipeError unknown_recipe."""
    try:
        return RECIPES[name]
    except KeyError:
        known = ", ".join(sorted(RECIPES))
        message = said("There is no recipe called {name}. There are: {known}.", name=name[:60], known=known)
        raise RecipeError("unknown_recipe", message) from None


def recipe_values(name: str, options: Mapping[str, object]) -> dict[str, Value]:
    """Return every value of a recipe, with ``options`` (numbers or their text) put over the defaults.

    Raises RecipeError: unknown_recipe, unknown_value or value_out_of_range.
    """
    recipe = recipe_named(name)
    declared = {entry.name: entry for entry in fields(recipe.values)}
    values: dict[str, Value] = asdict(recipe.values)
    for key, given in options.items():
        if key not in declared:
            known = ", ".join(declared)
            message = said(
                "The recipe {name} has no value called {value}. It has: {known}.",
                name=name,
                value=key[:60],
                known=known,
            )
            raise RecipeError("unknown_value", message)
        values[key] = checked_value(declared[key], given)
    refuse_contradictions(values)
    return values


def checked_value(declared: Field[Any], given: object) -> Value:
    """Convert ``given`` to the declared type and hold it against the bounds."""
    low, high = declared.metadata["low"], declared.metadata["high"]
    value = converted(declared, given)
    if value is None or not low <= value <= high:
        expected = NOT_A_WHOLE_NUMBER if declared.type == "int" else NOT_A_NUMBER
        message = said(
            expected, name=declared.name, low=bound_text(low), high=bound_text(high), received=f"{given!s:.60}"
        )
        raise RecipeError("value_out_of_range", message)
    return value


def converted(declared: Field[Any], given: object) -> Value | None:
    """Return ``given`` as the declared type, or None when it is no such number."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    if declared.type == "float":
        return number
    return int(number) if number.is_integer() else None


def refuse_contradictions(values: Mapping[str, Value]) -> None:
    """Refuse values that are each allowed but do not go together."""
    low, high = values.get("noise_snr_low_db", 0), values.get("noise_snr_high_db", 0)
    if low > high:
        message = said(
            "{lower} must not be above {higher}. Received: {low} and {high}.",
            lower="noise_snr_low_db",
            higher="noise_snr_high_db",
            low=f"{low:g}",
            high=f"{high:g}",
        )
        raise RecipeError("value_out_of_range", message)


def typed_values(name: str, values: Mapping[str, Value]) -> Values:
    """Return the values of a request as the recipe's own frozen dataclass, checked once more."""
    return type(recipe_named(name).values)(**recipe_values(name, values))  # type: ignore[arg-type]
