"""Speech and silence while the sound comes in: what `segments` finds in a whole recording, without knowing the rest.

A frame (25 ms, one every 10 ms) sounds where it is well above the background; the background is what the quiet frames
of the last seconds have. Speech begins when most frames of 80 ms sound, and ends when hardly one of a pause does.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.frames import FRAME_SAMPLES, HOP_SAMPLES, frame_levels
from recognition.engine.segments import RUMBLE_SAMPLES, without_rumble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_EDGE_SAMPLES = RUMBLE_SAMPLES // 2
# The background is what the quietest 15 % of the last 3 s stay below. Until there is enough to know the room by, it is
# taken for a quiet one: who speaks at once is heard, and noise is taken for speech for a second.
_REMEMBERED_FRAMES = 300
_BACKGROUND_SHARE = 0.15
_ROOM_DB, _ROOM_FRAMES = -60.0, 20
_FRAMES_PER_LOOK = 5
_QUIETEST_BACKGROUND_DB, _LOUDEST_BACKGROUND_DB = -75.0, -30.0

_BEGINS_ABOVE_DB = 10.0
_GOES_ON_ABOVE_DB = 6.0
_SPEECH_RANGE_DB = 35.0
_INAUDIBLE_DB = -58.0
_BEGINNING_FRAMES, _BEGINNING_SOUNDING = 8, 6
_PAUSE_SOUNDING = 2
_LEARNED_FRAMES = 100


@dataclass(frozen=True)
class Change:
    """Speech began (`is_speech`) or has ended; `at` is the first sample of it, or the first one behind it."""

    is_speech: bool
    at: int


class SpeechDetector:
    """Fed with blocks of any length, says where speech begins and where it has ended.

    `pause_seconds` of quiet end it. `position` is the number of the first sample it will be given.
    """

    def __init__(self, *, pause_seconds: float, position: int = 0) -> None:
        self.is_speech = False
        self._pause_frames = round(pause_seconds * 100)
        self._levels: deque[float] = deque([_ROOM_DB] * _ROOM_FRAMES, maxlen=_REMEMBERED_FRAMES)
        self._background = _ROOM_DB
        self._sounding: deque[bool] = deque(maxlen=max(_BEGINNING_FRAMES, self._pause_frames))
        self._loudest = _ROOM_DB
        self._held: NDArray[np.float32] = np.zeros(_EDGE_SAMPLES, np.float32)
        self._frame_at = position

    def feed(self, samples: NDArray[np.float32]) -> Iterator[Change]:
        """Take the next mono 16 kHz samples, shape (samples,)."""
        for level in self._new_levels(samples):
            change = self._heard(level)
            self._frame_at += HOP_SAMPLES
            if change is not None:
                yield change

    def forget_speech(self) -> None:
        """Take what was taken for speech until now as background: it turned out to be none."""
        self.is_speech = False
        self._sounding.clear()
        recent = list(self._levels)[-_LEARNED_FRAMES:]
        self._levels = deque(recent, maxlen=_REMEMBERED_FRAMES)
        self._background = self._background_of_levels()

    def _new_levels(self, samples: NDArray[np.float32]) -> list[float]:
        """Give the levels of the frames that are complete now; the sound still needed for the next is held."""
        self._held = np.concatenate((self._held, samples))
        count = (len(self._held) - 2 * _EDGE_SAMPLES - FRAME_SAMPLES) // HOP_SAMPLES + 1
        if count < 1:
            return []
        end = (count - 1) * HOP_SAMPLES + FRAME_SAMPLES + 2 * _EDGE_SAMPLES
        voice = without_rumble(self._held[:end])[_EDGE_SAMPLES:-_EDGE_SAMPLES]
        self._held = self._held[count * HOP_SAMPLES :]
        return [float(level) for level in frame_levels(voice)]

    def _heard(self, level: float) -> Change | None:
        self._levels.append(level)
        if not self._frame_at // HOP_SAMPLES % _FRAMES_PER_LOOK:
            self._background = self._background_of_levels()
        return self._may_end(level) if self.is_speech else self._may_begin(level)

    def _may_begin(self, level: float) -> Change | None:
        self._sounding.append(level >= max(self._background + _BEGINS_ABOVE_DB, _INAUDIBLE_DB))
        beginning = list(self._sounding)[-_BEGINNING_FRAMES:]
        if not beginning[-1] or sum(beginning) < _BEGINNING_SOUNDING:
            return None
        self.is_speech = True
        self._loudest = max(list(self._levels)[-_BEGINNING_FRAMES:])
        return Change(is_speech=True, at=self._frame_at - (len(beginning) - 1 - beginning.index(True)) * HOP_SAMPLES)

    def _may_end(self, level: float) -> Change | None:
        self._loudest = max(self._loudest, level)
        self._sounding.append(level >= max(self._background + _GOES_ON_ABOVE_DB, self._loudest - _SPEECH_RANGE_DB))
        pause = list(self._sounding)[-self._pause_frames :]
        if len(pause) < self._pause_frames or sum(pause) > _PAUSE_SOUNDING:
            return None
        self.is_speech = False
        self._sounding.clear()
        return Change(is_speech=False, at=self._frame_at - len(pause) * HOP_SAMPLES + FRAME_SAMPLES)

    def _background_of_levels(self) -> float:
        levels = np.fromiter(self._levels, np.float64, len(self._levels))
        place = int(len(levels) * _BACKGROUND_SHARE)
        quiet = float(np.partition(levels, place)[place])
        return min(max(quiet, _QUIETEST_BACKGROUND_DB), _LOUDEST_BACKGROUND_DB)
