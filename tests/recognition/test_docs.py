from __future__ import annotations

import re

from recognition.tasks import purge, reap, run_transcription
from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "recognising.md"
CODE = re.compile(r'ServiceError\(\s*"([a-z_]+)"|^(?:DISK_FULL|UNKNOWN|WORKER_LOST) = \(\s*"([a-z_]+)"', re.MULTILINE)


def test_every_code_of_recognising_is_documented() -> None:
    sources = [*(REPOSITORY / "recognition").rglob("*.py")]
    found = {
        code for path in sources for match in CODE.findall(path.read_text(encoding="utf-8")) for code in match if code
    }
    assert {"model_not_found", "worker_lost", "disk_full", "recognition_failed"} <= found
    assert found <= set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8")))


def test_every_task_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for task in (run_transcription, reap, purge):
        assert f"`{task.name}`" in page
