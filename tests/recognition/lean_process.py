"""What a web process imports and does, in a process of its own: prints what it holds as JSON.

`python -m tests.recognition.lean_process BUNDLE WAV`: every address and task is imported, one clip is recognised.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

HEAVY = ("tensorflow", "keras", "librosa", "numba", "matplotlib")


def resident_megabytes() -> float:
    """Return how much memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1024**2


def main(bundle: Path, recording: Path) -> None:
    """Load the site as uvicorn and the worker do, then recognise a recording."""
    application = import_module("speechsite.asgi").application
    urls = import_module("django.urls").get_resolver().url_patterns
    tasks = import_module("recognition.tasks").__all__
    site_megabytes = resident_megabytes()
    decode = import_module("recognition.engine.audio").decode
    recognizer = import_module("recognition.engine.recognizer")
    info = import_module("recognition.engine.bundle").load_bundle(bundle)
    heard = recognizer.load_recognizer(bundle, info.sha256).transcribe(decode(recording).samples)
    shown = {
        "application": application.__name__,
        "addresses": len(urls),
        "tasks": sorted(tasks),
        "text": heard.text,
        "heavy": sorted(set(HEAVY) & set(sys.modules)),
        "site_megabytes": round(site_megabytes, 1),
        "recognising_megabytes": round(resident_megabytes(), 1),
    }
    sys.stdout.write(json.dumps(shown))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
