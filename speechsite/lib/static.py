"""Static files under ASGI: WhiteNoise's middleware, with the file read in pieces that do not block the others."""

from __future__ import annotations

import asyncio
from typing import IO, TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from whitenoise.middleware import WhiteNoiseMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django.http import FileResponse, HttpRequest

PIECE_BYTES = 256 * 1024


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # WhiteNoise ships no types
    """Serve static files as WhiteNoise does, for an event loop: Django would read each at once, and warn."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> FileResponse:
        """Return the response for one file."""
        response: FileResponse = WhiteNoiseMiddleware.serve(static_file, request)
        opened = response.file_to_stream
        if isinstance(request, ASGIRequest) and opened is not None:
            response.streaming_content = pieces_of(opened)
        return response


async def pieces_of(opened: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield a file's bytes, read in a thread; close it at the end, also when the reader goes away."""
    with opened:
        while piece := await asyncio.to_thread(opened.read, PIECE_BYTES):
            yield piece
