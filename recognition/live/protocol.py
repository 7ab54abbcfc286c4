"""What goes over `/ws/live/`: JSON in text frames, sound in binary ones. docs/live.md describes it for senders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _

from recognition.engine.audio import SAMPLE_RATE_HZ, samples_from_int16
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from recognition.engine.agreement import Partial
    from recognition.models import Transcription

POSITION_BYTES: Final = 8
SAMPLE_BYTES: Final = 2
LONGEST_FRAME_SECONDS: Final = 2
LONGEST_FRAME_BYTES: Final = POSITION_BYTES + LONGEST_FRAME_SECONDS * SAMPLE_RATE_HZ * SAMPLE_BYTES
_LARGEST_POSITION: Final = 2**48


@dataclass(frozen=True)
class Start:
    """A stream begins, or goes on: the sender has its sound from `position` on."""

    stream: UUID
    model: str
    position: int
    hotwords: tuple[str, ...]


@dataclass(frozen=True)
class Audio:
    """Sound, mono at 16 kHz, shape (samples,); `position` is the number of its first sample in the stream."""

    position: int
    samples: NDArray[np.float32]

    @property
    def end(self) -> int:
        """The number of the first sample behind it."""
        return self.position + len(self.samples)


@dataclass(frozen=True)
class Stop:
    """All sound of the stream has been sent."""


@dataclass(frozen=True)
class Drop:
    """What is not answered yet shall not be."""


Item = Start | Audio | Stop | Drop


def item_of(message: dict[str, Any]) -> Item:
    """Read one frame of the sender. Raises ServiceError frame_too_large or message_unreadable."""
    sound, text = message.get("bytes"), message.get("text")
    if len(sound or text or "") > LONGEST_FRAME_BYTES:
        raise ServiceError(
            "frame_too_large",
            _("A message may hold {seconds} s of sound at most. What was answered before is kept.").format(
                seconds=LONGEST_FRAME_SECONDS
            ),
            status=413,
        )
    return _audio_of(sound) if sound is not None else _order_of(text or "")


def _audio_of(frame: bytes) -> Audio:
    if len(frame) < POSITION_BYTES or (len(frame) - POSITION_BYTES) % SAMPLE_BYTES:
        raise unreadable(detail=f"a binary frame of {len(frame)} bytes")
    position = int.from_bytes(frame[:POSITION_BYTES], "little")
    if position > _LARGEST_POSITION:
        raise unreadable(detail=f"position {position}")
    return Audio(position, samples_from_int16(np.frombuffer(frame, "<i2", offset=POSITION_BYTES)))


def _order_of(text: str) -> Item:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise unreadable(detail="no JSON") from cause
    kinds: dict[Any, Callable[[dict[str, Any]], Item]] = {
        "start": _start_of,
        "stop": lambda _: Stop(),
        "drop": lambda _: Drop(),
    }
    kind = values.get("type") if isinstance(values, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise unreadable(detail=f"type {kind!r:.80}")
    return kinds[kind](values)


def _start_of(values: dict[str, Any]) -> Start:
    position, hotwords, model = values.get("position", 0), values.get("hotwords", []), values.get("model")
    try:
        stream = UUID(str(values.get("stream")))
    except ValueError:
        raise unreadable(detail="the stream's id") from None
    if not isinstance(position, int) or not 0 <= position <= _LARGEST_POSITION:
        raise unreadable(detail=f"position {position!r:.80}")
    if not isinstance(hotwords, list) or not all(isinstance(word, str) for word in hotwords):
        raise unreadable(detail="the expected words")
    if not isinstance(model, str):
        raise unreadable(detail="the model's name")
    return Start(stream, model, position, tuple(hotwords))


def unreadable(*, detail: str) -> ServiceError:
    """Return why a message is refused."""
    return ServiceError(
        "message_unreadable",
        _("What was sent could not be read. What was answered before is kept; docs/live.md says what may be sent."),
        detail=detail,
    )


def ready(stream: UUID, *, position: int, model: str) -> dict[str, Any]:
    """Say that a stream is open, and from which sample on its sound is wanted."""
    return {"type": "ready", "stream": str(stream), "position": position, "model": model}


def partial(stream: UUID, shown: Partial | None, *, heard_to: int, settled: int) -> dict[str, Any]:
    """Say what was heard of the piece that is being said; None where nobody speaks."""
    return {
        "type": "partial",
        "stream": str(stream),
        "speaking": shown is not None,
        "stable": shown.stable if shown else "",
        "tail": shown.tail if shown else "",
        "heard_to": heard_to,
        "settled": settled,
    }


def settled(stream: UUID, *, heard_to: int, position: int) -> dict[str, Any]:
    """Say how far the sound was heard, and that the samples before a position are not needed any more."""
    return {"type": "settled", "stream": str(stream), "heard_to": heard_to, "settled": position}


def final(row: Transcription) -> dict[str, Any]:
    """Give the answer to one piece, which is kept under its id."""
    start = row.stream_start or 0
    end = start + round(row.duration_seconds * SAMPLE_RATE_HZ)
    return {
        "type": "final",
        "stream": str(row.live_stream_id),
        "id": str(row.pk),
        "start": start,
        "end": end,
        "settled": end,
        "answer": row.answer,
        "text": row.text,
        "confidence": row.confidence,
        "segments": row.segments,
        "alternatives": row.alternatives,
        "warnings": row.warnings,
        "processing_seconds": row.processing_seconds,
    }


def stopped(stream: UUID, *, position: int) -> dict[str, Any]:
    """Say that all of a stream is answered."""
    return {"type": "stopped", "stream": str(stream), "settled": position}


def closed(failure: ServiceError) -> dict[str, Any]:
    """Say why the connection ends."""
    return {"type": "closed", "code": failure.code, "message": failure.message}
