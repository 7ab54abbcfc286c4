from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, pathlib, sys, time
began = time.process_time()
from recognition.engine import audio, bundle, error_rates, levels, metrics, recognizer, sentence_recognizer, text
seconds = time.process_time() - began
audio.decode(audio.wav_bytes(__import__("numpy").zeros(16000, "float32")))
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(json.dumps({
    "seconds": seconds,
    "megabytes": int(status["RssAnon"].split()[0]) / 1024,
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
}))
"""


def test_the_engine_is_small_quick_and_needs_neither_tensorflow_nor_django() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=REPOSITORY, check=True, capture_output=True)  # compiles
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    seen = json.loads(run.stdout)
    assert not {"tensorflow", "keras", "librosa", "numba", "scipy", "django", "celery"} & set(seen["modules"])
    # Its own memory: how much of the libraries' files is mapped as well is up to the kernel.
    assert seen["megabytes"] < 40
    assert seen["seconds"] < 1.0
    assert run.stderr == ""
