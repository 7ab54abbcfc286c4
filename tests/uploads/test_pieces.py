"""Clients that send a file in one request, over lines that break and servers that are killed."""

from __future__ import annotations

import http.client
import random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from speechsite.accounts.services.tokens import token_create
from speechsite.uploads.models import Upload
from speechsite.uploads.pieces import PIECE_BYTES
from tests import processes
from tests.deadline import wait_for
from tests.live import web_answers
from tests.uploads.cutting import cutting_proxy

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
MEGA = 1024**2
CONTENT = random.Random(1).randbytes(40 * MEGA + 12_345)


class Client:
    """What a simple program does: one PATCH with all that is missing, and again when it breaks."""

    def __init__(self, site: str, token: str) -> None:
        self.headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"}
        self.site = site

    def ask(self, method: str, address: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=30)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, address, body, {**self.headers, **told})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def begin(self) -> str:
        answer = self.ask("POST", "/api/v1/uploads/", Upload_Length=str(len(CONTENT)))
        assert answer.status == 201
        return answer.headers["Location"]

    def send_rest(self, address: str) -> bool:
        """Send all that is missing at once; say whether the line held."""
        offset = self.offset(address)
        try:
            kind = "application/offset+octet-stream"
            answer = self.ask("PATCH", address, CONTENT[offset:], Upload_Offset=str(offset), Content_Type=kind)
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        return answer.status == 204

    def offset(self, address: str) -> int:
        return int(self.ask("HEAD", address).headers["Upload-Offset"])


@pytest.fixture
def token(owner: User) -> str:
    return token_create(user=owner, name="program")[1]


def test_one_long_request_cut_again_and_again_gets_there(site: str, token: str) -> None:
    with cutting_proxy(site, cuts=5, seed=3, furthest=6 * MEGA) as proxy:
        client = Client(proxy.address, token)
        address = client.begin()
        tries = 0
        while not client.send_rest(address):
            tries += 1
            wait_for(lambda: is_quiet(client, address), what="the end of what had arrived")
        assert (tries, proxy.cuts_made) == (5, 5)
    upload = Upload.objects.get()
    assert (upload.status, upload.path.read_bytes() == CONTENT) == ("whole", True)


def test_what_had_arrived_outlives_a_killed_server(transactional_db: None, token: str) -> None:
    port = processes.free_port()
    site = f"http://127.0.0.1:{port}"
    client = Client(site, token)
    with processes.running(processes.web(port), name="killed") as server:
        wait_for(lambda: web_answers(site), seconds=60, what="the site's answer")
        address = client.begin()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.putrequest("PATCH", address)
        told = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        for name, value in {**client.headers, **told, "Content-Length": str(len(CONTENT))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(CONTENT[: 3 * PIECE_BYTES + 5])
        wait_for(lambda: Upload.objects.get().offset_bytes >= 2 * PIECE_BYTES, what="two pieces")
        server.kill()
        server.wait()
    with processes.running(processes.web(port), name="next"):
        wait_for(lambda: web_answers(site), seconds=60, what="the site's answer")
        assert client.offset(address) >= 2 * PIECE_BYTES
        assert client.send_rest(address)
    assert Upload.objects.get().path.read_bytes() == CONTENT


def test_a_refusal_in_the_middle_is_the_answer(site: str, token: str) -> None:
    client = Client(site, token)
    answer = client.ask("POST", "/api/v1/uploads/", Upload_Length=str(5 * MEGA))
    kind = "application/offset+octet-stream"
    refused = client.ask("PATCH", answer.headers["Location"], CONTENT[: 9 * MEGA], Upload_Offset="0", Content_Type=kind)
    assert refused.status == 413
    assert settings.MAX_UPLOAD_BYTES > 9 * MEGA
    assert PIECE_BYTES <= Upload.objects.get().offset_bytes <= 5 * MEGA


def is_quiet(client: Client, address: str) -> bool:
    """Say whether nothing is being written any more: the file as far as it goes stands still for two questions."""
    return client.offset(address) == client.offset(address)
