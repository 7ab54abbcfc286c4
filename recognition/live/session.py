"""One open stream: sound in, messages out. Used by one thread at a time, never by the event loop's own."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.live import protocol
from recognition.services.live_streams import live_hearing, live_piece_keep

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from recognition.engine.agreement import Partial
    from recognition.engine.streaming import LivePiece
    from recognition.live.protocol import Audio
    from recognition.services.live_streams import OpenStream

SHORTEST_REST_SECONDS = 0.02
REST_PER_WORK = 2.0
TOLD_EVERY = SAMPLE_RATE_HZ

# Answers to ended pieces need no turn. Hearing the beginnings of others takes at most the cores there are.
_TURNS = threading.BoundedSemaphore(os.cpu_count() or 1)


class Session:
    """Hears a stream and keeps its pieces."""

    def __init__(self, stream: OpenStream) -> None:
        self._stream = stream
        self._hearing = live_hearing(stream=stream)
        self._shown: Partial | None = None
        self._rest_until = 0.0
        self._told = stream.start

    @property
    def identity(self) -> UUID:
        """The stream's id."""
        return self._stream.row.pk

    @property
    def next_position(self) -> int:
        """The number of the sample that has to come next."""
        return self._hearing.heard_to

    def hear(self, audio: Audio, *, is_behind: bool) -> list[dict[str, Any]]:
        """Take the next sound; what came before is passed over. Where much is waiting, beginnings are not heard.

        Raises ServiceError stream_taken_over, and what recognising raises.
        """
        samples = audio.samples[max(0, self.next_position - audio.position) :]
        said = self._kept(self._hearing.feed(samples))
        if not said and not is_behind:
            said = self._beginning()
        return said or self._settled()

    def finish(self) -> list[dict[str, Any]]:
        """End the stream."""
        said = self._kept(self._hearing.finish())
        return [*said, protocol.stopped(self.identity, position=self.next_position)]

    def _kept(self, pieces: Iterable[LivePiece]) -> list[dict[str, Any]]:
        """Keep each piece, then say it: what is said was kept."""
        said = []
        began = time.perf_counter()
        for piece in pieces:
            row = live_piece_keep(stream=self._stream, piece=piece, began=began)
            said.append(protocol.final(row))
            self._shown, self._told = None, self._hearing.heard_to
            began = time.perf_counter()
        return said

    def _beginning(self) -> list[dict[str, Any]]:
        """Say what is heard of the piece that is being said, where it is not what was said before.

        Skipped until some time after the last one, the longer that took the longer, and while other streams' are heard.
        """
        if not self._hearing.is_speech:
            return self._say(None) if self._shown is not None else []
        if time.monotonic() < self._rest_until or not _TURNS.acquire(blocking=False):
            return []
        began = time.monotonic()
        try:
            shown = self._hearing.partial()
        finally:
            _TURNS.release()
        ended = time.monotonic()
        self._rest_until = ended + max(SHORTEST_REST_SECONDS, REST_PER_WORK * (ended - began))
        return self._say(shown) if shown != self._shown else []

    def _say(self, shown: Partial | None) -> list[dict[str, Any]]:
        heard_to = self._hearing.heard_to
        self._shown, self._told = shown, heard_to
        return [protocol.partial(self.identity, shown, heard_to=heard_to, settled=self._hearing.settled)]

    def _settled(self) -> list[dict[str, Any]]:
        """Say every second what was heard and what the sender may forget: so it knows that somebody listens."""
        heard_to = self._hearing.heard_to
        if heard_to - self._told < TOLD_EVERY:
            return []
        self._told = heard_to
        return [protocol.settled(self.identity, heard_to=heard_to, position=self._hearing.settled)]
