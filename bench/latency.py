"""How long one second of speech takes: LiteRT alone, over HTTP, and Keras' `model.predict` of the same weights.

    python bench/latency.py [--bundle FOLDER] [--clips 300] [--json]

Without a bundle an untrained model of the default recipe is exported first: training changes the numbers in the
weights, not how long they take. Keras runs in a child process, so that this one stays as the site's are; the site is a
real uvicorn on a data folder of its own.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
RATE_HZ = 16_000
WARM_UP = 10
LABELS = [f"word {number}" for number in range(10)]


@dataclass(frozen=True)
class Timing:
    """What was measured, in milliseconds per clip."""

    name: str
    clips: int
    median_ms: float
    p95_ms: float


def clip() -> NDArray[np.float32]:
    """Return one second with half a second of something that sounds like a voice: harmonics that swell and fade."""
    time_axis = np.arange(RATE_HZ // 2) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 140 * order * time_axis) / order for order in range(1, 12))
    room = 1e-4 * np.random.default_rng(3).standard_normal(RATE_HZ)
    room[4000 : 4000 + len(time_axis)] += 0.2 * voice * np.hanning(len(time_axis))
    return room.astype(np.float32)


def timed(name: str, act: Callable[[], object], *, clips: int) -> Timing:
    """Run `act` often and return how long it takes."""
    for _ in range(WARM_UP):
        act()
    spent = []
    for _ in range(clips):
        started = time.perf_counter()
        act()
        spent.append(1000 * (time.perf_counter() - started))
    return Timing(name, clips, float(np.median(spent)), float(np.percentile(spent, 95)))


# --- the child with TensorFlow ---------------------------------------------------------------------------------------


def keras_side(folder: Path, *, clips: int) -> None:
    """Export a bundle where there is none, then time `predict` and the bare call; print the timings as JSON."""
    from training_jobs.trainer.architectures import build  # noqa: PLC0415 - TensorFlow, in this process only
    from training_jobs.trainer.architectures.word_model import WordShape  # noqa: PLC0415 - as above
    from training_jobs.trainer.export import export_model, load_weights  # noqa: PLC0415 - as above
    from training_jobs.trainer.recipes import typed_values  # noqa: PLC0415 - as above

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    outputs = len(manifest["labels"]) + bool(manifest.get("has_other_output"))
    shape = WordShape(outputs, manifest["window_seconds"], manifest["band_limit_hz"], seed=1)
    recipe = manifest["recipe"]
    model = build(recipe["name"], typed_values(recipe["name"], recipe["values"]), shape)
    if (folder / "weights.h5").is_file():
        load_weights(model.network, folder / "weights.h5")
    else:
        export_model(model.serving(), model.network, folder, seed=1)
    serving, samples = model.serving(), clip()[np.newaxis]
    timings = [
        timed("keras model.predict", lambda: serving.predict(samples, verbose=0), clips=clips),
        timed("keras model(x)", lambda: serving(samples, training=False), clips=clips),
    ]
    sys.stdout.write(json.dumps([asdict(timing) for timing in timings]))


def keras_timings(folder: Path, *, clips: int) -> list[Timing]:
    """Run the Keras side in a child process."""
    command = [sys.executable, __file__, "--keras-side", str(folder), "--clips", str(clips)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"}
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return [Timing(**row) for row in json.loads(answer.stdout.splitlines()[-1])]


# --- the bundle and LiteRT -------------------------------------------------------------------------------------------


def unfinished_bundle(folder: Path) -> None:
    """Write a manifest that the child completes with an untrained model."""
    manifest = {
        "kind": "words",
        "name": "bench",
        "recipe": {"name": "conv", "values": {}},
        "labels": LABELS,
        "sample_rate_hz": RATE_HZ,
        "band_limit_hz": 7600,
        "window_seconds": 1.0,
        "calibration": {"temperature": 1.0, "threshold": 0.0},
        "made": uuid.uuid4().hex,
    }
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def finished_bundle(folder: Path, out: Path) -> Any:
    """Make a proper bundle of a folder with manifest.json, model.tflite and weights.h5."""
    from recognition.engine.bundle import write_bundle  # noqa: PLC0415 - after the path is set

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return write_bundle(out, manifest=manifest, files={n: folder / n for n in ("model.tflite", "weights.h5")})


def litert_timings(bundle: Path, sha256: str, *, clips: int) -> list[Timing]:
    """Time the graph alone, and all the site does to a decoded recording."""
    from recognition.engine.audio import decode  # noqa: PLC0415 - after the path is set
    from recognition.engine.recognizer import load_recognizer  # noqa: PLC0415 - as above

    recognizer: Any = load_recognizer(bundle, sha256)
    samples, recording = clip(), wav(clip())
    return [
        timed("LiteRT, the model alone", lambda: recognizer.probabilities(samples), clips=clips),
        timed("LiteRT, with finding the words", lambda: recognizer.transcribe(samples), clips=clips),
        timed("the same, from a WAV file", lambda: recognizer.transcribe(decode(recording).samples), clips=clips),
    ]


def wav(samples: NDArray[np.float32]) -> bytes:
    """Return a 16 bit WAV file."""
    file = io.BytesIO()
    sf.write(file, samples, RATE_HZ, subtype="PCM_16", format="WAV")
    return file.getvalue()


# --- the site over HTTP ----------------------------------------------------------------------------------------------


@contextmanager
def site() -> Iterator[tuple[int, int]]:
    """Run broker and uvicorn on the bench's own data folder; give the port and the web process' id."""
    from django.conf import settings  # noqa: PLC0415 - after Django's set-up

    from speechsite.broker import server_command  # noqa: PLC0415 - as above

    broker_folder = settings.DATA_DIR / "redis"
    broker_folder.mkdir(parents=True)
    settings.REDIS_SOCKET.parent.mkdir(parents=True, exist_ok=True)
    port = 8930
    uvicorn = [sys.executable, "-m", "uvicorn", "speechsite.asgi:application", "--port", str(port)]
    with (
        subprocess.Popen(
            server_command(socket=settings.REDIS_SOCKET, folder=broker_folder), stdout=subprocess.DEVNULL
        ) as broker,
        subprocess.Popen([*uvicorn, "--log-level", "warning"], cwd=ROOT) as web,
    ):
        try:
            _wait_for(port)
            yield port, web.pid
        finally:
            web.terminate()
            broker.terminate()


def _wait_for(port: int) -> None:
    pause, end = threading.Event(), time.monotonic() + 30
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        pause.wait(0.1)
    raise TimeoutError("the site did not answer within 30 s")


def model_and_token(info: Any) -> str:
    """Register the bundle for a user of the bench; return a bearer token."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django's set-up
    from django.core.management import call_command  # noqa: PLC0415 - as above

    from recognition.services.models import model_version_register  # noqa: PLC0415 - as above
    from speechsite.accounts.services.tokens import token_create  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("bench")
    manifest = json.loads((info.path / "manifest.json").read_text(encoding="utf-8"))
    model_version_register(
        owner=owner,
        recognizer_name="bench",
        kind="words",
        bundle_folder=info.path,
        bundle_sha256=info.sha256,
        size_bytes=info.size_bytes,
        manifest=manifest,
        metrics={},
        lineage={},
    )
    return token_create(user=owner, name="bench")[1]


def http_timing(port: int, token: str, *, clips: int, clients: int) -> Timing:
    """Time POST /api/v1/transcriptions/ with a WAV, from one or several clients at once."""
    timings: list[Timing] = []

    def one_client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        timings.append(timed("", lambda: _post(connection, token), clips=clips // clients))
        connection.close()

    threads = [threading.Thread(target=one_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    name = f"HTTP POST to uvicorn, {clients} client{'s' if clients > 1 else ''}"
    medians, tails = [timing.median_ms for timing in timings], [timing.p95_ms for timing in timings]
    return Timing(name, clips, float(np.median(medians)), max(tails))


def _post(connection: http.client.HTTPConnection, token: str) -> None:
    boundary = "bench-boundary"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nbench\r\n--{boundary}\r\n'
    file = 'Content-Disposition: form-data; name="audio"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    body = head.encode() + file.encode() + wav(clip()) + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    connection.request("POST", "/api/v1/transcriptions/", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"expected 200, received {answer.status}: {text[:300]!r}")


def resident_megabytes(pid: int) -> float:
    """Return how much memory a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


# --- the run ---------------------------------------------------------------------------------------------------------


def measure(given: Path | None, *, clips: int) -> dict[str, Any]:
    """Measure everything in one run."""
    with tempfile.TemporaryDirectory(prefix="speechsite-bench-") as data:
        set_up_django(Path(data))
        folder = given or Path(data) / "model"
        if given is None:
            unfinished_bundle(folder)
        timings = keras_timings(folder, clips=clips)
        info = finished_bundle(folder, Path(data) / "bundle")
        timings += litert_timings(info.path, info.sha256, clips=clips)
        token = model_and_token(info)
        with site() as (port, pid):
            before = resident_megabytes(pid)
            timings += [http_timing(port, token, clips=clips, clients=clients) for clients in (1, 2)]
            memory = {"web_started_mb": round(before, 1), "web_after_mb": round(resident_megabytes(pid), 1)}
    return {"timings": [asdict(timing) for timing in timings], **memory}


def set_up_django(data: Path) -> None:
    sys.path.insert(0, str(ROOT))
    own = {"SPEECHSITE_DATA_DIR": str(data), "SPEECHSITE_API_RATE": "1000000/min", "SPEECHSITE_LOG_LEVEL": "WARNING"}
    os.environ.update(own, DJANGO_SETTINGS_MODULE="speechsite.settings")
    import django  # noqa: PLC0415 - after its environment is set

    django.setup()


def table(found: dict[str, Any]) -> str:
    """Write the timings as a table; the ratio is to model.predict."""
    slowest = found["timings"][0]["median_ms"]
    lines = [f"{'one second of speech':<34}{'median':>11}{'95 %':>11}{'model.predict is':>20}"]
    for row in found["timings"]:
        ratio = slowest / row["median_ms"]
        told = f"{ratio:.0f} times slower" if ratio > 1.5 else f"{ratio:.2f} times"
        lines.append(f"{row['name']:<34}{row['median_ms']:>8.2f} ms{row['p95_ms']:>8.2f} ms{told:>20}")
    memory = f"The web process held {found['web_started_mb']} MB before and {found['web_after_mb']} MB after."
    return "\n".join([*lines, memory])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="folder of a bundle, unzipped")
    parser.add_argument("--clips", type=int, default=300, help="how often each is done (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--keras-side", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keras_side:
        keras_side(options.keras_side, clips=options.clips)
        return
    found = measure(options.bundle, clips=options.clips)
    sys.stdout.write((json.dumps(found) if options.json else table(found)) + "\n")


if __name__ == "__main__":
    main()
