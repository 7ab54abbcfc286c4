"""One way to page: through the API and through HTML lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from rest_framework.pagination import PageNumberPagination

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

PAGE_SIZE = 50


class ApiPagination(PageNumberPagination):
    """`?page=2&page_size=100` with `count`, `next`, `previous` and `results`; at most 500 rows a page."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = 500


def page_of(request: HttpRequest, rows: QuerySet[Any], *, size: int = PAGE_SIZE) -> Page[Model]:
    """Return the page that `?page=` names; a number out of range gives the nearest page."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
