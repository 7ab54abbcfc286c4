"""Shapes that both apps' APIs use."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class FailureSerializer(serializers.Serializer[Any]):
    """Why a piece of work ended in failure: the stable code and the sentence for people."""

    code = serializers.CharField()
    message = serializers.CharField()
