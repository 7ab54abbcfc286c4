"""What an ASGI server runs: `uvicorn speechsite.asgi:application`."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")
application = get_asgi_application()
