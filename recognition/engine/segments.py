"""Where in a recording somebody speaks.

Thresholds were chosen on real sound: 3,000 spoken digits of six speakers (cut tightly, no silence around them),
1,078 read sentences and six kinds of background noise. docs/engine.md has the numbers.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from recognition.engine.audio import SAMPLE_RATE_HZ, samples_to_int16
from recognition.engine.frames import FRAME_SAMPLES, HOP_SAMPLES, frame_levels, frame_voicing

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program and warns where there is none. It is given samples here and needs none.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_nonsilent

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN_SECONDS = 0.1

# Steady sound: nothing in it is this much louder than the rest, and nothing in it sounds like a voice.
_STEADY_SPREAD_DB = 12.0
_STEADY_VOICING = 0.65
_VOICED_RUN_FRAMES = 5
# A hum or a test tone is voiced, but no voice holds its loudness like this.
_CONSTANT_SPREAD_DB = 3.0
_INAUDIBLE_DB = -60.0
_LOUD_FRAMES = 20
_LOUD_FRACTION = 0.05
_LOOKED_AT_SAMPLES = 4 * SAMPLE_RATE_HZ

RUMBLE_SAMPLES = 100
_SPEECH_RANGE_DB = 40.0
_BACKGROUND_FRAMES = 30
_BACKGROUND_BELOW_DB = 8.0
_BACKGROUND_VOICING = 0.6
_BACKGROUND_MARGIN_DB = 5.0
_BACKGROUND_DEVIATIONS = 3.0

_SHORTEST_SOUND_FRAMES = 6
_HANGOVER_FRAMES = 30
_PYDUB_STEP_MILLISECONDS = 10


def speech_extent(samples: NDArray[np.float32]) -> tuple[int, int] | None:
    """Find the first and (exclusive) last sample of speech, with a margin of 0.1 s; None where nobody speaks.

    `samples` has shape (samples,) at 16 kHz. None means: inaudible, or steady (noise, hum, a held tone). Otherwise the
    answer is never empty, and a recording that is all speech is kept whole.
    """
    active = speech_frames(samples)
    if active is None:
        return None
    frames = np.flatnonzero(active)
    margin = int(MARGIN_SECONDS * SAMPLE_RATE_HZ)
    start = max(0, int(frames[0]) * HOP_SAMPLES - margin)
    end = min(len(samples), int(frames[-1]) * HOP_SAMPLES + FRAME_SAMPLES + margin)
    return start, end


def speech_frames(samples: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """Say of each frame (25 ms, one every 10 ms) whether it is speech, shape (frames,); None where nobody speaks."""
    voice = without_rumble(samples)
    levels = frame_levels(voice)
    # Rumble (wind, traffic, a table that is touched) swells as speech does: what is left without it must not be steady.
    if _is_steady(samples, frame_levels(samples)) or _is_steady(voice, levels):
        return None
    return _without_clicks(levels >= _threshold_db(voice, levels))


def speech_segments(samples: NDArray[np.float32], *, min_silence_seconds: float = 0.35) -> list[tuple[int, int]]:
    """Cut a recording at its silences: [(start, end), ...] in samples, in order, each one like `speech_extent`'s.

    pydub finds the silences; the loudness it takes for silence comes from this recording's own background.
    """
    extent = speech_extent(samples)
    if extent is None:
        return []
    segments = []
    for start, end in _loud_pieces(samples, extent, min_silence_seconds):
        inner = speech_extent(samples[extent[0] + start : extent[0] + end])
        if inner is not None:
            segments.append((extent[0] + start + inner[0], extent[0] + start + inner[1]))
    return segments if len(segments) > 1 else [extent]


def _loud_pieces(
    samples: NDArray[np.float32], extent: tuple[int, int], min_silence_seconds: float
) -> list[tuple[int, int]]:
    voice = without_rumble(samples)
    speech = voice[slice(*extent)]
    sound = AudioSegment(data=samples_to_int16(speech).tobytes(), sample_width=2, frame_rate=SAMPLE_RATE_HZ, channels=1)
    pieces = detect_nonsilent(
        sound,
        min_silence_len=round(min_silence_seconds * 1_000),
        silence_thresh=_threshold_db(voice, frame_levels(voice)),
        seek_step=_PYDUB_STEP_MILLISECONDS,
    )
    margin = int(min(MARGIN_SECONDS, min_silence_seconds / 2) * SAMPLE_RATE_HZ)
    per_millisecond = SAMPLE_RATE_HZ // 1_000
    return [
        (max(0, start * per_millisecond - margin), min(len(speech), end * per_millisecond + margin))
        for start, end in pieces
    ]


def without_rumble(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take away what lies below the voice and swells as speech does: -16 dB at 50 Hz, -3 dB at 120 Hz.

    The sound minus its own average over 6.25 ms.
    """
    sums = np.cumsum(np.pad(samples.astype(np.float64), (RUMBLE_SAMPLES // 2 + 1, RUMBLE_SAMPLES // 2 - 1)))
    sums = np.append(sums, sums[-1])
    average = (sums[RUMBLE_SAMPLES:] - sums[:-RUMBLE_SAMPLES])[: len(samples)] / RUMBLE_SAMPLES
    return (samples - average).astype(np.float32)


def _loud_db(levels: NDArray[np.float64]) -> float:
    """Give the level that 0.2 s of the recording (5 % of a short one) reach: one click does not make it loud."""
    count = max(1, min(_LOUD_FRAMES, int(len(levels) * _LOUD_FRACTION)))
    return float(np.partition(levels, -count)[-count])


def _is_steady(samples: NDArray[np.float32], levels: NDArray[np.float64]) -> bool:
    loud = _loud_db(levels)
    spread = loud - float(np.percentile(levels, 5))
    if loud < _INAUDIBLE_DB or spread < _CONSTANT_SPREAD_DB:
        return True
    return spread < _STEADY_SPREAD_DB and not _has_voice(samples, levels)


def _has_voice(samples: NDArray[np.float32], levels: NDArray[np.float64]) -> bool:
    """Say whether 0.05 s in a row sound voiced, within 4 s around the loudest place."""
    centre = int(levels.argmax()) * HOP_SAMPLES
    start = max(0, centre - _LOOKED_AT_SAMPLES // 2)
    voicing = frame_voicing(samples[start : start + _LOOKED_AT_SAMPLES])
    run = min(_VOICED_RUN_FRAMES, len(voicing))
    return bool(sliding_window_view(voicing, run).min(axis=1).max() >= _STEADY_VOICING)


def _threshold_db(samples: NDArray[np.float32], levels: NDArray[np.float64]) -> float:
    """Give the level at which a frame counts as speech.

    40 dB below the loud frames; higher where there is a background to stay above. Tightly cut clips have none: their
    quietest part is speech, so only a steady, unvoiced stretch of 0.3 s well below the speech is taken for background.
    """
    loud = _loud_db(levels)
    lowest = loud - _SPEECH_RANGE_DB
    background = _background_db(samples, levels)
    if background is None or background > loud - _BACKGROUND_BELOW_DB:
        return lowest
    return max(lowest, background)


def _background_db(samples: NDArray[np.float32], levels: NDArray[np.float64]) -> float | None:
    """Give the level the background stays below (mean + 3 deviations, at least 5 dB), None where there is none."""
    if len(levels) < _BACKGROUND_FRAMES:
        return None
    stretches = sliding_window_view(levels, _BACKGROUND_FRAMES)
    quietest = int(stretches.mean(axis=1).argmin())
    stretch = stretches[quietest]
    start = quietest * HOP_SAMPLES
    voicing = frame_voicing(samples[start : start + _BACKGROUND_FRAMES * HOP_SAMPLES])
    if float(np.median(voicing)) >= _BACKGROUND_VOICING:
        return None
    return float(stretch.mean() + max(_BACKGROUND_MARGIN_DB, _BACKGROUND_DEVIATIONS * stretch.std()))


def _without_clicks(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop sounds shorter than 60 ms that stand alone, 0.3 s or more from the next; keep all if that would be all."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    kept = active.copy()
    for index, (start, end) in enumerate(runs):
        before = start - runs[index - 1][1] if index else _HANGOVER_FRAMES
        behind = runs[index + 1][0] - end if index + 1 < len(runs) else _HANGOVER_FRAMES
        if end - start < _SHORTEST_SOUND_FRAMES and min(before, behind) >= _HANGOVER_FRAMES:
            kept[start:end] = False
    return kept if kept.any() else active
