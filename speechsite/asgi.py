"""What an ASGI server runs: `uvicorn speechsite.asgi:application`."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from speechsite.lib.limits import refusing_too_large
from speechsite.uploads.pieces import in_pieces

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")
application = refusing_too_large(in_pieces(get_asgi_application()), largest_bytes=settings.MAX_UPLOAD_BYTES)
