"""The sample dataset as an archive, and the script that makes it."""

from __future__ import annotations
