from __future__ import annotations

app_name = "recognition_api"
urlpatterns: list[object] = []
