from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import RequestFactory
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from speechsite.lib.errors import ServiceError, ServiceErrorMiddleware, api_exception_handler, bad_request


def test_a_service_failure_has_the_one_envelope() -> None:
    answer = api_exception_handler(ServiceError("disk_full", "The disk is full.", detail="secret path", status=507), {})
    assert answer is not None
    assert answer.status_code == 507
    assert answer.data == {"error": {"code": "disk_full", "message": "The disk is full.", "detail": None}}


def test_refused_fields_are_named_in_the_detail() -> None:
    answer = api_exception_handler(ValidationError({"name": ["Too long."]}), {})
    assert answer is not None
    assert answer.data["error"]["code"] == "bad_request"
    assert answer.data["error"]["detail"] == {"name": ["Too long."]}


def test_too_much_data_is_413() -> None:
    answer = api_exception_handler(RequestDataTooBig(), {})
    assert answer is not None
    assert answer.status_code == 413
    request = RequestFactory().get("/api/v1/datasets/")
    assert bad_request(request, RequestDataTooBig()).status_code == 413


def test_the_api_answers_json_where_nothing_is() -> None:
    answer = APIClient().get("/api/v1/nothing-here/")
    assert answer.status_code in {401, 404}
    assert set(answer.json()["error"]) == {"code", "message", "detail"}


@pytest.mark.django_db
def test_without_a_token_the_api_answers_401() -> None:
    answer = APIClient().get("/api/v1/training-jobs/")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"


def test_an_unknown_exception_is_left_to_django() -> None:
    request = RequestFactory().get("/")
    assert ServiceErrorMiddleware(lambda _: None).process_exception(request, ValueError("inner detail")) is None  # type: ignore[arg-type,return-value]
