"""One connection: what comes in goes through an inbox to the session of its stream, in threads of their own."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import close_old_connections
from django.utils.formats import number_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.live import protocol
from recognition.live.access import user_of
from recognition.live.inbox import Inbox
from recognition.live.protocol import Audio, Start, Stop
from recognition.live.registry import Registry
from recognition.live.session import Session
from recognition.services.live_streams import live_stream_answers, live_stream_open
from speechsite.lib.errors import SENTENCES, ServiceError, coded

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from recognition.live.channel import Channel
    from recognition.live.protocol import Item

logger = logging.getLogger(__name__)
T = TypeVar("T")

BEHIND_SECONDS = 0.3
# Beyond what time itself gives, a sender may be this far ahead: what it kept while the connection was lost.
MOST_KEPT_SECONDS = 900

_registry = Registry()
_threads = ThreadPoolExecutor(max_workers=settings.MAX_LIVE_STREAMS, thread_name_prefix="live")


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the event loop, in the language of this connection; give its database one back."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _closing, work, get_language())


def _closing(work: Callable[[], T], language: str | None) -> T:
    try:
        with override(language):
            return work()
    finally:
        close_old_connections()


class Connection:
    """Streams of one person, one after the other."""

    def __init__(self, request: HttpRequest, channel: Channel) -> None:
        self._request = request
        self._channel = channel
        self._inbox = Inbox()
        self._session: Session | None = None
        self._user: User | None = None
        self._counted: Start | None = None
        self._language = get_language()
        self._began = time.monotonic()
        self._received_seconds = 0.0
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Serve until the sender goes or something ends it; then say why."""
        try:
            await in_thread(self._identify)
            await self._until_one_ends(self._receive(), self._work())
        except ServiceError as failure:
            await self._channel.close(failure)
        except Exception as failure:  # noqa: BLE001 - the sender is told in words, the log has the rest
            await self._channel.close(_told(failure))
        finally:
            self._count_out()

    def _identify(self) -> None:
        self._user = user_of(self._request)

    async def _until_one_ends(self, *work: Any) -> None:
        tasks = [asyncio.ensure_future(one) for one in (*work, self._failure)]
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self) -> None:
        """Read frames until the sender goes."""
        while (message := await self._next_message()) is not None:
            item = protocol.item_of(message)
            if isinstance(item, Audio):
                self._check_pace(item)
            await self._inbox.put(item)

    async def _next_message(self) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(settings.LIVE_IDLE_SECONDS):
                return await self._channel.receive()
        except TimeoutError:
            seconds = settings.LIVE_IDLE_SECONDS
            message = _("Nothing came for {seconds} s, so the connection was closed. The next word opens a new one.")
            told = message.format(seconds=number_format(f"{seconds:g}"))
            raise ServiceError("idle", told, status=408) from None

    def _check_pace(self, audio: Audio) -> None:
        """Refuse more sound than anybody could have spoken."""
        self._received_seconds += len(audio.samples) / SAMPLE_RATE_HZ
        if self._received_seconds > time.monotonic() - self._began + MOST_KEPT_SECONDS:
            message = _("More sound came than could have been spoken. What was answered before is kept.")
            raise ServiceError("too_much_sound", message, status=429)
        if audio.end > settings.MAX_RECORDING_SECONDS * SAMPLE_RATE_HZ:
            hours = number_format(f"{settings.MAX_RECORDING_SECONDS / 3600:g}")
            message = _("A stream may last {hours} h. All up to here is kept; begin a new one.").format(hours=hours)
            raise ServiceError("stream_too_long", message, status=413)

    async def _work(self) -> None:
        """Deal with what came, in order."""
        while True:
            item = await self._inbox.take()
            for message in await self._answers(item):
                await self._channel.send(message)

    async def _answers(self, item: Item) -> list[dict[str, Any]]:
        if isinstance(item, Start):
            return await self._start(item)
        session = self._session
        if session is None:
            raise protocol.unreadable(detail=f"{type(item).__name__} outside a stream")
        if isinstance(item, Audio):
            return await self._hear(session, item)
        self._session = None
        said = await in_thread(session.finish) if isinstance(item, Stop) else [_dropped(session)]
        self._count_out()
        return said

    async def _start(self, start: Start) -> list[dict[str, Any]]:
        """Open a stream; give again what its sender may have missed."""
        if self._session is not None:
            raise protocol.unreadable(detail="a stream inside a stream")
        await in_thread(self._identify)
        user = self._user
        assert user is not None  # noqa: S101 - `_identify` raises otherwise
        _registry.enter(user.pk, start.stream, self._leave)
        self._counted = start

        def opened() -> tuple[Session, list[dict[str, Any]]]:
            stream = live_stream_open(
                owner=user,
                stream_id=start.stream,
                model=start.model,
                position=start.position,
                hotwords=start.hotwords,
            )
            missed = live_stream_answers(stream=stream, position=start.position)
            ready = protocol.ready(start.stream, position=stream.start, model=str(stream.version))
            return Session(stream), [ready, *map(protocol.final, missed)]

        self._session, said = await in_thread(opened)
        return said

    async def _hear(self, session: Session, audio: Audio) -> list[dict[str, Any]]:
        if audio.position > session.next_position:
            raise ServiceError(
                "position_gap",
                _("A part of the sound is missing. What was answered before is kept; send it again from there."),
                detail=f"expected {session.next_position}, received {audio.position}",
            )
        is_behind = self._inbox.waiting_seconds > BEHIND_SECONDS
        return await in_thread(lambda: session.hear(audio, is_behind=is_behind))

    def _leave(self) -> None:
        """End this connection: a newer one has its stream. That one calls this, and may speak another language."""
        if not self._failure.done():
            with override(self._language):
                message = _("This stream goes on over a newer connection. Nothing was lost.")
            self._failure.set_exception(ServiceError("stream_taken_over", message, status=409))

    def _count_out(self) -> None:
        if self._counted and self._user:
            _registry.exit(self._user.pk, self._counted.stream, self._leave)
        self._counted = None


def _dropped(session: Session) -> dict[str, Any]:
    return protocol.stopped(session.identity, position=session.next_position)


def _told(failure: Exception) -> ServiceError:
    known = coded(failure)
    if known is None:
        logger.error("a live connection ended", exc_info=failure)
    code, message = known or SENTENCES[500]
    return ServiceError(code, str(message), detail=repr(failure), status=500)
