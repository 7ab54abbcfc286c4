"""What an ASGI server runs: `uvicorn speechsite.asgi:application`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.asgi import get_asgi_application

from speechsite.lib.limits import refusing_too_large
from speechsite.uploads.pieces import in_pieces

if TYPE_CHECKING:
    from speechsite.lib.limits import Message, Receive, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")
pages = refusing_too_large(in_pieces(get_asgi_application()), largest_bytes=settings.MAX_UPLOAD_BYTES)

from recognition.live.application import live_application  # noqa: E402 - Django has to be set up first


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Hear live speech over WebSockets; everything else is pages and API."""
    await (live_application if scope["type"] == "websocket" else pages)(scope, receive, send)
