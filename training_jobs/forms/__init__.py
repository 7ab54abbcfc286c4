"""What people fill in on the pages of datasets."""

from __future__ import annotations
