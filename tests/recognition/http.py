"""A small HTTP client of the tests: multipart, bearer token, any status is an answer."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

BOUNDARY = "tones-and-nothing-else"


@dataclass(frozen=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as JSON."""
        answer: dict[str, Any] = json.loads(self.body)
        return answer


def post_recording(site: str, token: str, recording: bytes, *, model: str) -> Answer:
    """Send a recording to the API."""
    body = b"".join(
        [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="model"\r\n\r\n{model}\r\n'.encode(),
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="audio"; filename="said.wav"\r\n'.encode(),
            b"Content-Type: audio/wav\r\n\r\n",
            recording,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        ]
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return fetch(f"{site}/api/v1/transcriptions/", token, data=body, headers=headers)


def delete(url: str, token: str) -> Answer:
    """Delete what stands at an address."""
    return fetch(url, token, method="DELETE")


def fetch(
    url: str, token: str, *, data: bytes | None = None, headers: dict[str, str] | None = None, method: str | None = None
) -> Answer:
    """Ask, and give back what was answered, whatever its status."""
    sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, data=data, headers=sent, method=method)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.read())
