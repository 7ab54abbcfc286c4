"""What a sender sent and nobody has dealt with yet: in order, and never more than a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.live.protocol import Audio

if TYPE_CHECKING:
    from recognition.live.protocol import Item

MOST_WAITING = 10 * SAMPLE_RATE_HZ
MOST_AT_ONCE = 2 * SAMPLE_RATE_HZ
# An order, or an empty frame, counts as much as this.
_LEAST = 160


class Inbox:
    """`put` waits while 10 s of sound lie there: the sender is slowed down by its own connection."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._waiting = 0
        self._changed = asyncio.Condition()

    async def put(self, item: Item) -> None:
        """Lay an item in, once there is room."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting < MOST_WAITING)
            self._items.append(item)
            self._waiting += _weight(item)
            self._changed.notify_all()

    async def take(self) -> Item:
        """Take the next item out; sound that joins on to it comes along, up to 2 s."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._items))
            item = self._pop()
            if isinstance(item, Audio):
                item = self._joined(item)
            self._changed.notify_all()
            return item

    @property
    def waiting_seconds(self) -> float:
        """How much sound lies there."""
        return self._waiting / SAMPLE_RATE_HZ

    def _pop(self) -> Item:
        item = self._items.popleft()
        self._waiting -= _weight(item)
        return item

    def _joined(self, first: Audio) -> Audio:
        blocks, end = [first.samples], first.end
        while self._items and isinstance(follows := self._items[0], Audio):
            if follows.position != end or end - first.position + len(follows.samples) > MOST_AT_ONCE:
                break
            self._pop()
            blocks.append(follows.samples)
            end = follows.end
        return Audio(first.position, np.concatenate(blocks)) if len(blocks) > 1 else first


def _weight(item: Item) -> int:
    return max(_LEAST, len(item.samples)) if isinstance(item, Audio) else _LEAST
