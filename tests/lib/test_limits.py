from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest
from django.conf import settings


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(site: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    connection.putrequest("POST", "/api/v1/datasets/")
    connection.putheader("Content-Length", str(settings.MAX_UPLOAD_BYTES * 2))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    failure = json.load(answer)["error"]
    assert failure["code"] == "too_large"
    assert "2.0 GiB" in failure["message"]
    connection.close()
