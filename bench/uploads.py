"""How fast a running site takes a large resumable upload, and how much memory its web process needs for it.

    python -m bench.uploads http://127.0.0.1:8000 TOKEN --process PID [--megabytes 2047]

One PATCH with everything, as a simple program sends it, against writing the same bytes to the disk here. The upload is
given up afterwards, so nothing stays. PID: the web process (`pgrep -f uvicorn`); without it nothing is told of memory.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGA = 1024**2
BLOCK = os.urandom(8 * MEGA)
WATCH_SECONDS = 0.2


def main() -> int:
    """Send, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site")
    parser.add_argument("token")
    parser.add_argument("--process", type=int)
    parser.add_argument("--megabytes", type=int, default=2_047)
    options = parser.parse_args()
    size = options.megabytes * MEGA
    watch = Memory(options.process)
    before = watch.peak_mb
    sent = send_seconds(options.site, options.token, size)
    written = write_seconds(size)
    sys.stdout.write(f"{options.megabytes} MB sent in {sent:.1f} s, {options.megabytes / sent:.0f} MB/s; ")
    sys.stdout.write(f"written to the disk in {written:.1f} s: {sent / written:.1f} times as long\n")
    if options.process:
        sys.stdout.write(f"web process: {before:.0f} MB before, {watch.peak_mb:.0f} MB at most\n")
    return 0


class Memory:
    """The resident memory of a process, looked at again and again."""

    def __init__(self, process: int | None) -> None:
        self.process, self.peak_mb = process, 0.0
        if process:
            self.look()
            threading.Thread(target=self.watch, daemon=True).start()

    def look(self) -> None:
        """Look once."""
        for line in Path(f"/proc/{self.process}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                self.peak_mb = max(self.peak_mb, int(line.split()[1]) / 1024)

    def watch(self) -> None:
        """Look until the bench ends."""
        while True:
            self.look()
            time.sleep(WATCH_SECONDS)


def blocks(size: int) -> Iterator[bytes]:
    """Yield so many bytes that cannot be made smaller."""
    for begin in range(0, size, len(BLOCK)):
        yield BLOCK[: min(len(BLOCK), size - begin)]


def send_seconds(site: str, token: str, size: int) -> float:
    """Begin an upload, send it in one request, give it up; return how long the sending took."""
    headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"}
    host = urlsplit(site).netloc
    begun = asked(host, "POST", "/api/v1/uploads/", {**headers, "Upload-Length": str(size)})
    address = begun.headers["Location"]
    connection = http.client.HTTPConnection(host, timeout=3_600)
    connection.putrequest("PATCH", address)
    told = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "Content-Length": str(size)}
    for name, value in {**headers, **told}.items():
        connection.putheader(name, value)
    started = time.perf_counter()
    connection.endheaders()
    for block in blocks(size):
        connection.send(block)
    answer = connection.getresponse()
    seconds = time.perf_counter() - started
    if answer.status != http.client.NO_CONTENT or answer.headers["Upload-Offset"] != str(size):
        sys.exit(f"The site answered {answer.status}: {answer.read().decode(errors='replace')}")
    asked(host, "DELETE", address, headers)
    return seconds


def asked(host: str, method: str, address: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """Ask once; end the bench where that was refused."""
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request(method, address, headers=headers)
    answer = connection.getresponse()
    if answer.status >= http.client.BAD_REQUEST:
        sys.exit(f"The site answered {answer.status}: {answer.read().decode(errors='replace')}")
    return answer


def write_seconds(size: int) -> float:
    """Return how long it takes to write the same bytes to a file, down to the disk."""
    with tempfile.NamedTemporaryFile() as file:
        started = time.perf_counter()
        for block in blocks(size):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
