from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
def test_ready_when_database_broker_and_data_folder_are_there() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": True, "broker": True, "data_folder": True}


def test_health_needs_no_database() -> None:
    assert Client().get("/healthz").json()["status"] == "ok"
