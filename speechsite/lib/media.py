"""Serve private files with Range, so that seeking in audio works (Django's FileResponse ignores Range)."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.utils.http import content_disposition_header, http_date

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
BLOCK_BYTES = 64 * 1024


def ranged_response(
    request: HttpRequest, path: Path, *, content_type: str, filename: str, as_attachment: bool = False
) -> HttpResponseBase:
    """Return the file whole (200), the part a single Range header asks for (206), or 416.

    Several ranges in one header are answered with the whole file, as RFC 9110 allows. The caller has already
    decided that this user may have the file. Raises Http404 where it is gone.
    """
    try:
        file = path.open("rb")
        stat = path.stat()
    except FileNotFoundError as exc:
        raise Http404(filename) from exc
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    if request.headers.get("If-None-Match") == etag:
        file.close()
        return HttpResponseNotModified(headers={"ETag": etag})
    response = _body(request, file, size=stat.st_size, etag=etag, content_type=content_type)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(stat.st_mtime)
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(as_attachment, filename) or "inline"
    return response


def _body(request: HttpRequest, file: IO[bytes], *, size: int, etag: str, content_type: str) -> HttpResponseBase:
    wanted = _wanted_range(request, size=size, etag=etag)
    start, end = wanted or (0, size - 1)
    if wanted and start > end:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(start)
    # Django would read all of a file before it sends the first byte, were it given plain blocks under ASGI.
    blocks = _AsyncPart if isinstance(request, ASGIRequest) else _PlainPart
    part = blocks(file, end - start + 1)
    response = StreamingHttpResponse(part, content_type=content_type, status=206 if wanted else 200)
    response["Content-Length"] = str(end - start + 1)
    if wanted:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


def _wanted_range(request: HttpRequest, *, size: int, etag: str) -> tuple[int, int] | None:
    """Return first and last byte, a pair with first > last where none can be given, or None for the whole file."""
    match = RANGE.match(request.headers.get("Range", ""))
    if not match or request.headers.get("If-Range", etag) != etag or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) < size else (1, 0)


class _Part:
    """Read at most `length` bytes of a file that already stands at its start."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def next_block(self) -> bytes:
        block = self._file.read(min(BLOCK_BYTES, self._left))
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._file.close()


class _PlainPart(_Part):
    """The part for WSGI and the test client."""

    def __iter__(self) -> Iterator[bytes]:
        while block := self.next_block():
            yield block


class _AsyncPart(_Part):
    """The part for ASGI, read without holding up the event loop."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while block := await sync_to_async(self.next_block, thread_sensitive=False)():
            yield block
