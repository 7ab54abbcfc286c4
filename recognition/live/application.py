"""`/ws/live/`: the ASGI application that hears people while they speak."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import get_language_from_request

from recognition.live.access import comes_from_here, request_of
from recognition.live.channel import Channel
from recognition.live.connection import Connection

if TYPE_CHECKING:
    from speechsite.lib.limits import Message, Receive, Send

PATH = "/ws/live/"


async def live_application(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one WebSocket; what is elsewhere, or opened by another site's page, is refused before it opens."""
    channel = Channel(receive, send)
    await channel.receive()
    request = request_of(dict(scope))
    if scope["path"] != PATH or not comes_from_here(request):
        await channel.refuse()
        return
    # No middleware comes by here: the language of the pages is asked for as they do it.
    with contextlib.suppress(OSError), translation.override(get_language_from_request(request)):
        await channel.accept()
        await Connection(request, channel).run()  # an OSError: the sender has gone
