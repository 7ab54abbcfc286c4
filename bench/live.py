"""How long words take to appear while somebody speaks: real WebSocket clients that speak in real time.

    python -m bench.live [--bundle FOLDER --speech ARCHIVE] [--clients 1 2 10] [--clips 12] [--json]

Without a bundle a model of the sample words is trained first. The site is a real uvicorn on a data folder of its own;
each client is an account of its own and says clips one after the other, with pauses, in blocks of 25 ms as the page
does. All is measured twice: as the machine is, and beside as many processes as there are cores that calculate without
end, at the niceness a training has.

`begin`: from the first sample of speech until the server says that somebody speaks; `words`: until the first word is
shown; `final`: from the last sample of speech until the final answer, which is kept by then. Milliseconds, median and
95 %.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bench.latency import RATE_HZ, ROOT, set_up_django, site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SAMPLE = ROOT / "training_jobs" / "sample" / "sample_words.zip"
SAMPLE_NAME = "sample words"
SOUNDS = (".opus", ".wav", ".flac", ".sph")
BLOCK_SAMPLES = RATE_HZ // 40
PAUSE_SECONDS = 1.0
ROOM_LEVEL = 2e-4
MEASURED = ("begin", "words", "final")
CALCULATE = (
    "import os; os.nice(10); os.environ['OPENBLAS_NUM_THREADS'] = '1'\n"
    "import numpy as np; a = np.random.rand(300, 300)\n"
    "while True: a @ a"
)


@dataclass
class Clip:
    """What is said, and where in the script of a client: samples of its first and behind its last speech."""

    name: str
    first: int
    last: int
    begin_ms: float | None = None
    words_ms: float | None = None
    final_ms: float | None = None


@dataclass
class Script:
    """What one client says."""

    sound: NDArray[np.float32]
    clips: list[Clip]
    said: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    began: float = 0.0


# --- what is said ----------------------------------------------------------------------------------------------------


def speech_in(archive: Path, *, most: int) -> list[tuple[str, NDArray[np.float32]]]:
    """Read recordings out of an archive, spread over all of it, cut to their speech."""
    from recognition.engine.audio import decode  # noqa: PLC0415 - after the path is set
    from recognition.engine.segments import MARGIN_SECONDS, speech_extent  # noqa: PLC0415 - as above

    margin = int(MARGIN_SECONDS * RATE_HZ)
    found = []
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as files:
        names = sorted(name for name in files.namelist() if name.endswith(SOUNDS))
        for name in names[:: max(1, len(names) // most)][:most]:
            samples = decode(files.read(name), name=name).samples
            start, end = speech_extent(samples) or (0, len(samples))
            found.append((Path(name).stem, samples[start + margin * (start > 0) : end - margin * (end < len(samples))]))
    return found


def script_of(speech: Sequence[tuple[str, NDArray[np.float32]]], *, clips: int, seed: int) -> Script:
    """Put clips one behind the other in a quiet room, in another order for each client."""
    random = np.random.default_rng(seed)
    parts: list[NDArray[np.float32]] = []
    placed: list[Clip] = []
    at = 0
    for number in random.permutation(len(speech))[:clips]:
        name, samples = speech[number]
        quiet = round(PAUSE_SECONDS * RATE_HZ * random.uniform(0.8, 1.2))
        placed.append(Clip(name, at + quiet, at + quiet + len(samples)))
        parts += [np.zeros(quiet, np.float32), samples]
        at = placed[-1].last
    parts.append(np.zeros(RATE_HZ, np.float32))
    sound = np.concatenate(parts)
    return Script((sound + ROOM_LEVEL * random.standard_normal(len(sound))).astype(np.float32), placed)


# --- who says it -----------------------------------------------------------------------------------------------------


def speak(port: int, token: str, script: Script) -> None:
    """Say a script in real time, and note when which message came."""
    headers = {"Authorization": f"Bearer {token}"}
    with connect(f"ws://127.0.0.1:{port}/ws/live/", additional_headers=headers, compression=None) as socket:
        socket.send(json.dumps({"type": "start", "stream": str(uuid4()), "model": "bench"}))
        ready = json.loads(socket.recv())
        if ready["type"] != "ready":
            raise RuntimeError(f"expected ready, received {ready}")
        listener = threading.Thread(target=_listen, args=(socket, script))
        listener.start()
        script.began = time.monotonic()
        pause = threading.Event()
        frames = np.clip(np.rint(script.sound * 32768), -32768, 32767).astype("<i2")
        for start in range(0, len(frames), BLOCK_SAMPLES):
            block = frames[start : start + BLOCK_SAMPLES]
            pause.wait(max(0.0, script.began + (start + len(block)) / RATE_HZ - time.monotonic()))
            socket.send(start.to_bytes(8, "little") + block.tobytes())
        socket.send(json.dumps({"type": "stop"}))
        listener.join()


def _listen(socket: Any, script: Script) -> None:
    message: dict[str, Any] = {}
    while message.get("type") not in {"stopped", "closed"}:
        try:
            message = json.loads(socket.recv(timeout=60))
        except (ConnectionClosed, TimeoutError):
            return
        script.said.append((time.monotonic(), message))


def noted(script: Script) -> list[Clip]:
    """Work out for each clip how long its words took."""
    for clip in script.clips:
        for came, message in script.said:
            _note(clip, message, came - script.began)
    return script.clips


def _note(clip: Clip, message: dict[str, Any], came: float) -> None:
    after_first = 1000 * (came - clip.first / RATE_HZ)
    if message["type"] == "partial" and clip.first < message["heard_to"] <= clip.last + RATE_HZ // 2:
        if message["speaking"] and clip.begin_ms is None:
            clip.begin_ms = after_first
        if (message["stable"] or message["tail"]) and clip.words_ms is None:
            clip.words_ms = after_first
    middle = (clip.first + clip.last) // 2
    if message["type"] == "final" and message["start"] <= middle < message["end"]:
        clip.final_ms = 1000 * (came - clip.last / RATE_HZ)
        clip.words_ms = after_first if clip.words_ms is None and message["text"] else clip.words_ms
        clip.begin_ms = after_first if clip.begin_ms is None else clip.begin_ms


# --- the site and its accounts ---------------------------------------------------------------------------------------


def trained_bundle() -> Path:
    """Train a recogniser of the sample words as the site does; return its bundle."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django's set-up
    from django.core.management import call_command  # noqa: PLC0415 - as above

    from recognition.models import ModelVersion  # noqa: PLC0415 - as above

    User.objects.create_user("trainer", is_superuser=True)
    for command in (("import_dataset", str(SAMPLE), "--name", SAMPLE_NAME), ("train", SAMPLE_NAME, "--preset", "fast")):
        call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
    return ModelVersion.objects.get().bundle_path


def tokens_for(bundle: Path, *, clients: int) -> list[str]:
    """Make an account with the model for each client; return their tokens."""
    from django.conf import settings  # noqa: PLC0415 - as above
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django's set-up

    from recognition.engine.bundle import load_bundle  # noqa: PLC0415 - as above
    from recognition.services.models import model_version_register  # noqa: PLC0415 - as above
    from speechsite.accounts.services.tokens import token_create  # noqa: PLC0415 - as above

    tokens = []
    for number in range(clients):
        info = load_bundle(bundle)
        owner = User.objects.create_user(f"speaker{number}")
        model_version_register(
            owner=owner,
            recognizer_name="bench",
            kind=info.manifest["kind"],
            bundle_folder=Path(shutil.copytree(bundle, settings.DATA_DIR / "tmp" / f"bundle{number}")),
            bundle_sha256=info.sha256,
            size_bytes=0,
            manifest=info.manifest,
            metrics={},
            lineage={},
        )
        tokens.append(token_create(user=owner, name="bench")[1])
    return tokens


@contextmanager
def busy_cores() -> Iterator[None]:
    """Let every core calculate, at a training's niceness."""
    processes = [subprocess.Popen([sys.executable, "-c", CALCULATE]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


# --- the run ---------------------------------------------------------------------------------------------------------


def round_of(port: int, tokens: Sequence[str], scripts: Sequence[Script], *, name: str) -> dict[str, Any]:
    """Let clients speak at once; return what was measured."""
    threads = [
        threading.Thread(target=speak, args=(port, token, script))
        for token, script in zip(tokens, scripts, strict=False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clips = [clip for script in scripts for clip in noted(script)]
    row: dict[str, Any] = {"machine": name, "clients": len(scripts), "clips": len(clips)}
    for what in MEASURED:
        found = [value for clip in clips if (value := getattr(clip, f"{what}_ms")) is not None]
        row |= spread_of(what, found)
    return row


def spread_of(what: str, found: Sequence[float]) -> dict[str, Any]:
    """Return how often something was measured, its median and its 95 %."""
    spread = [round(float(np.percentile(found, share))) for share in (50, 95)] if found else None
    return {f"{what}_count": len(found), f"{what}_ms": spread}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything in one run."""
    with tempfile.TemporaryDirectory(prefix="speechsite-live-") as data:
        set_up_django(Path(data))
        from django.core.management import call_command  # noqa: PLC0415 - after Django's set-up

        (Path(data) / "tmp").mkdir()
        call_command("migrate", verbosity=0)
        bundle = options.bundle or trained_bundle()
        tokens = tokens_for(bundle, clients=max(options.clients))
        speech = speech_in(options.speech, most=max(20, 3 * options.clips))
        rows = []
        with site() as (port, _):
            speak(port, tokens[0], script_of(speech, clips=1, seed=0))  # loads the model
            for clients in options.clients:
                for name, beside in (("as it is", nullcontext()), ("busy", busy_cores())):
                    scripts = [script_of(speech, clips=options.clips, seed=seed) for seed in range(clients)]
                    with beside:
                        rows.append(round_of(port, tokens, scripts, name=name))
        return found_on_this_machine(rows)


def found_on_this_machine(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Put what the machine is beside what was measured on it."""
    return {"rows": rows, "load": [round(value, 1) for value in os.getloadavg()], "cores": os.cpu_count()}


def cells_of(row: dict[str, Any], measured: Sequence[str], *, width: int) -> str:
    """Write median and 95 % of each thing that was measured."""
    texts = ["{} / {} ms".format(*found) if (found := row[f"{what}_ms"]) else "-" for what in measured]
    return "".join(f"{text:>{width}}" for text in texts)


def machine_line(found: dict[str, Any]) -> str:
    """Say what it was measured on."""
    load = ", ".join(str(value) for value in found["load"])
    return f"{found['cores']} cores; load at the end (1, 5, 15 min): {load}."


def table(found: dict[str, Any]) -> str:
    """Write the rows as a table."""
    head = f"{'clients':>7}  {'machine':<10}{'clips':>6}{'begin':>16}{'words':>16}{'final':>16}"
    lines = [head]
    for row in found["rows"]:
        cells = cells_of(row, MEASURED, width=16)
        missed = row["clips"] - row["final_count"]
        note = f"  {missed} without an answer" if missed else ""
        lines.append(f"{row['clients']:>7}  {row['machine']:<10}{row['clips']:>6}{cells}{note}")
    return "\n".join([*lines, machine_line(found)])


def parser_of(description: str | None, *, clips: int) -> argparse.ArgumentParser:
    """Return the options of a measurement of live speech."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="folder of a bundle, unzipped, of words or of sentences")
    parser.add_argument("--speech", type=Path, default=SAMPLE, help="zip of what is said (default: the sample words)")
    parser.add_argument("--clips", type=int, default=clips, help="how many are said (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def main() -> None:
    """Measure and print."""
    parser = parser_of(__doc__, clips=12)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 10], help="how many speak at once")
    options = parser.parse_args()
    found = measure(options)
    sys.stdout.write((json.dumps(found) if options.json else table(found)) + "\n")


if __name__ == "__main__":
    main()
