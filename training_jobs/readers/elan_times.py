"""Times of ELAN's time slots. Slots may have no value: they lie somewhere between their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from training_jobs.readers.times import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from training_jobs.readers.elan_xml import Document

UNIT_SECONDS: Final = {"milliseconds": 0.001, "PAL-frames": 0.04, "NTSC-frames": 1001 / 30_000}


def unit_seconds(units: str) -> float:
    """Return how long one unit of time is; ELAN writes milliseconds, and its schema knows frames."""
    return UNIT_SECONDS.get(units, UNIT_SECONDS["milliseconds"])


class SlotTimes:
    """Values of all slots, in the units of the document.

    A slot without a value is put evenly between the nearest ones with a value in its own tier: there, neighbours are
    the words of one sentence. Where the tier does not help, the order of all slots does.
    """

    def __init__(self, document: Document) -> None:
        self._known = {slot: value for slot, text in document.slots.items() if (value := number(text)) is not None}
        # A value that cannot be read is wrong, not absent: guessing at it would hide the mistake.
        self._absent = {slot for slot, text in document.slots.items() if not text}
        if len(self._known) < len(document.slots):
            for tier in document.tiers:
                self._fill(_chain(note.slots for note in tier.notes if note.slots))
            self._fill(list(document.slots))

    def units(self, slot: str) -> float | None:
        """Return the value of a slot, or None where it has none and nothing tells it."""
        return self._known.get(slot)

    def _fill(self, chain: Sequence[str]) -> None:
        before: int | None = None
        for at, slot in enumerate(chain):
            if slot not in self._known:
                continue
            if before is not None and at - before > 1:
                self._spread(chain[before : at + 1])
            before = at

    def _spread(self, chain: Sequence[str]) -> None:
        """Put what lies between the first and the last slot at even distances."""
        first, last = self._known[chain[0]], self._known[chain[-1]]
        for at, slot in enumerate(chain[1:-1], start=1):
            if slot in self._absent:
                self._known.setdefault(slot, first + (last - first) * at / (len(chain) - 1))


def _chain(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return the slots of a tier in order, one that ends an annotation and begins the next only once."""
    chain: list[str] = []
    for pair in pairs:
        chain.extend(slot for slot in pair if not chain or chain[-1] != slot)
    return chain
