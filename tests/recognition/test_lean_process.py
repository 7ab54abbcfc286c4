"""The process that serves pages and recognises speech never loads TensorFlow, and stays small."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests import processes
from tests.recognition.conftest import bundle_in
from tests.recognition.tones import said, wav

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MOST_MEGABYTES = 260


def test_the_web_process_recognises_without_tensorflow_keras_or_librosa(
    tmp_path: Path, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = bundle_in(tmp_path).path
    recording = tmp_path / "said.wav"
    recording.write_bytes(wav(said("low", "high")))
    command = [sys.executable, "-m", "tests.recognition.lean_process", str(bundle), str(recording)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=processes.environment())
    found = json.loads(answer.stdout)
    with capsys.disabled():
        sys.stdout.write(
            f"\nweb process: {found['site_megabytes']} MB, {found['recognising_megabytes']} MB recognising "
        )
    assert found["heavy"] == []
    assert found["text"] == "low high"
    assert found["addresses"] > 5
    assert found["tasks"] == ["purge", "reap", "run_transcription"]
    assert found["recognising_megabytes"] < MOST_MEGABYTES
