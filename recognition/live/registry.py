"""The streams that are open in this process, and how many there may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID


class Registry:
    """Used by the event loop's thread alone."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, UUID], Callable[[], None]] = {}

    def enter(self, owner_id: int, stream: UUID, leave: Callable[[], None]) -> None:
        """Count a stream in; a connection that has it open is told to `leave`. Raises ServiceError too_many_streams."""
        if before := self._open.pop((owner_id, stream), None):
            before()
        if len(self._open) >= settings.MAX_LIVE_STREAMS:
            raise _too_many(
                _("Many people speak just now. What you say is kept on the page; it is heard when there is room.")
            )
        if sum(owner == owner_id for owner, _ in self._open) >= settings.MAX_LIVE_STREAMS_PER_USER:
            raise _too_many(
                _(
                    "This account speaks in several places at once. What you say is kept on the page; it is heard when "
                    "there is room."
                )
            )
        self._open[owner_id, stream] = leave

    def exit(self, owner_id: int, stream: UUID, leave: Callable[[], None]) -> None:
        """Count a stream out, unless another connection has it now."""
        if self._open.get((owner_id, stream)) == leave:
            del self._open[owner_id, stream]


def _too_many(message: str) -> ServiceError:
    return ServiceError("too_many_streams", message, status=429)
