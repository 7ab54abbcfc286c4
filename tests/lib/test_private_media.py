from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from django.http import Http404
from django.test import AsyncRequestFactory, RequestFactory

from speechsite.lib.media import ranged_response
from tests.loops import run

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import StreamingHttpResponse
    from django.http.response import HttpResponseBase

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "clip.flac"
    path.write_bytes(CONTENT)
    return path


def ask(file: Path, **headers: str) -> HttpResponseBase:
    request = RequestFactory().get("/", headers=headers)
    return ranged_response(request, file, content_type="audio/flac", filename="clip.flac")


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response) if response.streaming else response.content


@pytest.mark.django_db  # closing the response closes the thread's database connections
def test_under_asgi_the_file_is_sent_block_by_block(file: Path) -> None:
    request = AsyncRequestFactory().get("/", headers={"Range": "bytes=1000-199999"})
    response = cast("StreamingHttpResponse", ranged_response(request, file, content_type="audio/flac", filename="a"))

    async def blocks() -> list[bytes]:
        return [block async for block in response]

    sent = run(blocks())
    response.close()
    assert response.is_async
    assert b"".join(sent) == CONTENT[1000:200_000]
    assert max(map(len, sent)) <= 64 * 1024


def test_without_a_range_the_whole_file_comes(file: Path) -> None:
    response = ask(file)
    assert response.status_code == 200
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert body(response) == CONTENT


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=255900-", 255_900, 255_999),
        ("bytes=-10", 255_990, 255_999),
        ("bytes=-999999999", 0, 255_999),
        ("bytes=200000-999999999", 200_000, 255_999),
    ],
)
def test_a_range_gives_just_that_part(file: Path, header: str, first: int, last: int) -> None:
    response = ask(file, Range=header)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert response["Content-Length"] == str(last - first + 1)
    assert body(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize("header", ["bytes=256000-", "bytes=300000-400000", "bytes=-0"])
def test_a_range_past_the_end_is_refused_with_the_size(file: Path, header: str) -> None:
    response = ask(file, Range=header)
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("header", ["bytes=1-2,5-6", "chars=1-2", "bytes=-", "nonsense"])
def test_a_range_that_is_not_one_plain_range_gives_the_whole_file(file: Path, header: str) -> None:
    assert body(ask(file, Range=header)) == CONTENT


def test_an_unchanged_file_is_not_sent_again(file: Path) -> None:
    etag = ask(file)["ETag"]
    assert ask(file, If_None_Match=etag).status_code == 304
    assert ask(file, Range="bytes=0-9", If_Range='"another"').status_code == 200
    assert ask(file, Range="bytes=0-9", If_Range=etag).status_code == 206


def test_a_file_that_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(Http404):
        ask(tmp_path / "gone.flac")
