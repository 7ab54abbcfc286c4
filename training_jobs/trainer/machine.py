"""What a training runs on: threads, graphics cards, and the precision that is fastest there."""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from recognition.engine.language import said
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.recipes import recipe_named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

MOST_THREADS = 8  # more do not help nets as small as these
FULL, MIXED = "float32", "mixed_bfloat16"
ASKED = "SPEECHSITE_PRECISION"
AUTO = "auto"
MATRIX_UNITS = "amx_bf16"  # Intel's, from Sapphire Rapids on
FIRST_CAPABILITY = (8, 0)  # NVIDIA's, from Ampere on
PROCESSOR = Path("/proc/cpuinfo")


def prepare_tensorflow(seed: int, *, recipe: str) -> str:
    """Seed every generator, bound the threads, leave room on a GPU, choose the precision; return what it runs on."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(min(MOST_THREADS, os.cpu_count() or 1))
    graphics = tf.config.list_physical_devices("GPU")
    for card in graphics:
        tf.config.experimental.set_memory_growth(card, enable=True)
    details = tf.config.experimental.get_device_details(graphics[0]) if graphics else {}
    precision = precision_for(
        recipe,
        capability=details.get("compute_capability") if graphics else None,
        flags=() if graphics else processor_flags(),
        asked=os.environ.get(ASKED, AUTO),
    )
    keras.config.set_dtype_policy(precision)
    name = str(details.get("device_name", "GPU")) if graphics else f"CPU ({platform.machine()})"
    return said("{device}, in bfloat16", device=name) if precision == MIXED else name


def graphics_cards() -> list[str]:
    """Return the names by which TensorFlow calls the graphics cards."""
    return [str(card.name) for card in tf.config.list_logical_devices("GPU")]


def precision_for(recipe: str, *, capability: tuple[int, int] | None, flags: Collection[str], asked: str = AUTO) -> str:
    """Return the precision to train in: bfloat16 where it is gained by, weights always in float32.

    Measured on a processor with matrix units: convolutions 3 times as fast, recurrent layers slower; sentences, in a
    quarter less time, learned worse, so for those it must be ``asked`` for. Raises TrainerError unknown_precision.
    """
    if asked not in {AUTO, FULL, MIXED}:
        message = said(
            "{setting} must be {auto}, {full} or {mixed}. Received: {received}. Ask the administrator.",
            setting=ASKED,
            auto=AUTO,
            full=FULL,
            mixed=MIXED,
            received=asked[:60],
        )
        raise TrainerError("unknown_precision", message)
    chosen = recipe_named(recipe)
    if not chosen.is_convolutional:
        return FULL
    if asked != AUTO:
        return asked
    if chosen.kind == "sentences":
        return FULL
    has_units = capability >= FIRST_CAPABILITY if capability else MATRIX_UNITS in flags
    return MIXED if has_units else FULL


def processor_flags(path: Path = PROCESSOR) -> set[str]:
    """Return what the processor can do, in the kernel's words; nothing where the kernel does not tell."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Give layers made inside this precision; also a decorator."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def as_exported(model: Any, make: Callable[[], Any]) -> Any:
    """Return a model on one device whose layers all compute in float32: itself, or what ``make`` makes."""
    is_on_one = not isinstance(model.network.weights[0].value, tf.distribute.DistributedValues)
    if keras.config.dtype_policy().name == FULL and is_on_one:
        return model
    with precision(FULL):
        copy = make()
    copy.network.set_weights(model.network.get_weights())
    return copy
