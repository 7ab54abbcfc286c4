from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.access.test_every_address import belongings

if TYPE_CHECKING:
    from django.db.models import Model

__all__ = ["belongings"]
OURS = [
    model
    for label in ("accounts", "uploads", "recognition", "training_jobs")
    for model in apps.get_app_config(label).get_models()
]


@pytest.fixture
def staff_client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff"))
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_staff_see_everybodys_rows(model: type[Model], staff_client: Client, belongings: dict[str, object]) -> None:
    assert model in admin.site._registry, f"{model.__name__} is not in the admin"
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert staff_client.get(reverse(f"{name}_changelist")).status_code == 200
    row = model._base_manager.first()
    if row is not None:
        assert staff_client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
