"""A real, very small sentences model whose letters are tones, the sound of texts in it, and bundles around it.

`python -m tests.engine.tone_sentences tests/engine/tone_sentences.tflite` made the file beside this one: it is kept,
so that the tests need no TensorFlow. Nothing is trained: each 20 ms the power at 32 frequencies, compared with the
loudest frame of the recording, gives the log-probabilities; where nothing sounds, the blank.

    samples = said("hello world")                    # at 16 kHz
    recognizer = SentenceRecognizer(load_bundle(bundle_in(folder).path))
    recognizer.transcribe(samples).text              # "hello world"
    word_times("hello world")                        # [(0.0, 0.68), (0.84, 1.52)]

Any writing of up to 32 units works: `bundle_in(folder, units=..., language="ar")`, `said(text, units=...)`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.alphabet import Alphabet
from recognition.engine.bundle import BundleInfo, write_bundle
from recognition.engine.language_model import train_language_model
from recognition.engine.sentence_recognizer import LANGUAGE_MODEL_NAME
from recognition.engine.writing import WritingRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MODEL = Path(__file__).parent / "tone_sentences.tflite"
UNITS = (*"abcdefghijklmnopqrstuvwxyz", " ", "'", "é", "ñ", "ü", "ß")
SENTENCES = ("hello world", "hello little world", "the world is little", "one two three four five")
SAMPLE_RATE_HZ = 16_000
FRAME_SECONDS = 0.02
LETTER_SECONDS, GAP_SECONDS = 0.08, 0.06
"""One letter sounds for 80 ms, then nothing does for 60 ms: the blank that parts the letters of "ll"."""

_WINDOW, _HOP, _FFT = 640, 320, 1_024
_FIRST_BIN, _BINS_APART = 20, 6
_BLANK_POWER = 0.01
_SHARPNESS = 2.0
_FADE_SAMPLES = 160


def frequency_hz(number: int) -> float:
    """Give the frequency of a unit."""
    return (_FIRST_BIN + _BINS_APART * number) * SAMPLE_RATE_HZ / _FFT


def said(text: str, *, units: Sequence[str] = UNITS, level: float = 0.3, seed: int = 0) -> NDArray[np.float32]:
    """Give the sound of a text, 0.14 s a unit, shape (samples,): no two letters are equally loud.

    A space at its end sounds too: `np.concatenate([said("one "), pause(2.0), said("two")])` is "one two".
    """
    generator = np.random.default_rng(seed)
    numbers = Alphabet("characters", tuple(units)).encode(text) + [units.index(" ")] * text.endswith(" ")
    return np.concatenate([_letter([n], level * generator.uniform(0.6, 1.0)) for n in numbers] or [np.zeros(0)]).astype(
        np.float32
    )


def mumbled(text: str, other: str, *, units: Sequence[str] = UNITS, level: float = 0.3) -> NDArray[np.float32]:
    """Give the sound of something between two texts with equally many units: both at once, the first a bit louder."""
    alphabet = Alphabet("characters", tuple(units))
    pairs = zip(alphabet.encode(text), alphabet.encode(other), strict=True)
    return np.concatenate([_letter(list(pair), level) for pair in pairs]).astype(np.float32)


def pause(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)


def word_times(text: str, *, units: Sequence[str] = UNITS) -> list[tuple[float, float]]:
    """Give when each word of `said(text)` sounds, in seconds: from its first letter to the end of its last."""
    alphabet, times, words = Alphabet("characters", tuple(units)), [], text.split()
    step = LETTER_SECONDS + GAP_SECONDS
    for number, word in enumerate(words):
        start = len(alphabet.encode(" ".join(words[: number + 1]))) - len(alphabet.encode(word))
        times.append((start * step, (start + len(alphabet.encode(word))) * step - GAP_SECONDS))
    return times


def manifest(*, units: Sequence[str] = UNITS, language: str = "", **changes: Any) -> dict[str, Any]:
    """Give the manifest of the model; keyword arguments replace what is in it."""
    return {
        "kind": "sentences",
        "name": "tones",
        "recipe": {"name": "ctc-conv", "values": {}},
        "units": list(units),
        "unit_style": "characters",
        "text_rules": WritingRules(language=language).as_dict(),
        "frame_seconds": FRAME_SECONDS,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "band_limit_hz": 7_600,
        "decoding": {"method": "greedy", "beam": 16, "alpha": 0.5, "beta": 1.0, "temperature": 1.0},
        "calibration": {"slope": 1.0, "offset": 3.0},
        "metrics": {"word_error_rate": 0.0},
        "lineage": {"dataset_name": "Tones"},
        **changes,
    }


def bundle_in(
    folder: Path,
    *,
    units: Sequence[str] = UNITS,
    language: str = "",
    sentences: Sequence[str] = SENTENCES,
    **changes: Any,
) -> BundleInfo:
    """Write a whole bundle below `folder`, with the language model of `sentences` (none where there are none)."""
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    (sources / "weights.h5").write_bytes(b"the tone model has no weights")
    (sources / "model_card.md").write_text("# tones\n\nHears tones as letters.\n", encoding="utf-8")
    files = {name: sources / name for name in ("weights.h5", "model_card.md")} | {"model.tflite": MODEL}
    if sentences:
        files[LANGUAGE_MODEL_NAME] = sources / LANGUAGE_MODEL_NAME
        train_language_model(sentences).write(files[LANGUAGE_MODEL_NAME])
    return write_bundle(folder / "bundle", manifest=manifest(units=units, language=language, **changes), files=files)


def _letter(numbers: list[int], level: float) -> NDArray[np.float64]:
    time = np.arange(round(LETTER_SECONDS * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    share = [0.58, 0.42][: len(numbers)] if len(numbers) > 1 else [1.0]
    sound = sum(part * np.sin(2 * np.pi * frequency_hz(n) * time) for part, n in zip(share, numbers, strict=True))
    fade = np.minimum(1.0, np.arange(len(time)) / _FADE_SAMPLES)
    sound = level * sound * np.sin(np.pi / 2 * fade * fade[::-1]) ** 2
    return np.concatenate([sound, np.zeros(round(GAP_SECONDS * SAMPLE_RATE_HZ))])


def main(out: Path) -> None:
    """Write OUT (a .tflite file): samples, shape (1, T), to log-probabilities, shape (1, frames, 33)."""
    import tensorflow as tf  # noqa: PLC0415 - only in this process

    class Tones(tf.Module):  # type: ignore[misc] # TensorFlow has no types
        @tf.function(input_signature=[tf.TensorSpec((1, None), tf.float32)])  # type: ignore[untyped-decorator] # as above
        def serve(self, samples: tf.Tensor) -> tf.Tensor:
            count = tf.maximum(1, (tf.shape(samples)[1] + _HOP - 1) // _HOP)
            padded = tf.pad(samples[0], [[_HOP // 2, _WINDOW * 2]])[: (count + 1) * _HOP]
            halves = tf.reshape(padded, (count + 1, _HOP))
            frames = tf.concat([halves[:-1], halves[1:]], axis=1) * tf.signal.hann_window(_WINDOW)
            spectrum = tf.abs(tf.signal.rfft(frames, [_FFT])) ** 2
            power = spectrum[:, _FIRST_BIN : _FIRST_BIN + _BINS_APART * len(UNITS) : _BINS_APART]
            share = power / (tf.reduce_max(power) + 1e-6)
            blank = tf.fill((count, 1), _BLANK_POWER)
            logits = _SHARPNESS * tf.math.log(tf.concat([share + 1e-7, blank], axis=1))
            return tf.nn.log_softmax(logits)[tf.newaxis]

    module = Tones()
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
        out.write_bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
