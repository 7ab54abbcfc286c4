"""Files among the API's answers: their type does not come from Accept or `?format=`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.negotiation import DefaultContentNegotiation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request


class FileNegotiation(DefaultContentNegotiation):
    """Leave the type to the view; failures are JSON, as everywhere."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer, whatever was asked for."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""
