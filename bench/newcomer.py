"""How long a newcomer takes from nothing to a word that is understood: an empty clone, `bin/run`, and the pages.

    python -m bench.newcomer [--keep-caches] [--json]

The checkout is cloned at its HEAD into a folder without environments, packages and data; uv, pip and npm find empty
caches there, unless `--keep-caches` leaves them those of this machine. `bin/run` sets up and serves; its first-account
link is opened in Chromium, whose microphone speaks five words. Then the steps of tests/browser/newcomer.py: an account,
a dataset of five words, eight takes of each, a fast training, one word said on the transcribe page. Seconds of the
wall. A step that does not work ends the bench with a sentence, and with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from bench.latency import ROOT
from tests.browser import newcomer
from tests.browser.chromium import microphone_page
from tests.deadline import wait_for
from tests.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Playwright

SET_UP_SECONDS = 1_800
STOP_SECONDS = 30
LINK = re.compile(r"http://\S+/setup/\S+/")
# What belongs to the environment this bench runs in.
NOT_OF_A_NEWCOMER = ("VIRTUAL_ENV", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL")
CACHES = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache")


class Stages:
    """The seconds of each stage, in their order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; end the bench in words where it does not work."""
        began = time.monotonic()
        try:
            yield
        except (BrowserError, AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as problem:
            sys.exit(f"This stage did not work: {name}. {problem}")
        self.seconds[name] = round(time.monotonic() - began, 1)


class Microphones:
    """Browsers whose microphone says one word, one at a time: the one before is closed."""

    def __init__(self, client: Playwright, site: str, folder: Path) -> None:
        self._client, self._site, self._folder = client, site, folder
        self._open = ExitStack()

    def page_for(self, word: str) -> Page:
        """Open a page in a browser that hears this word over and over."""
        self.close()
        wav = newcomer.spoken(word, self._folder)
        return self._open.enter_context(microphone_page(self._client, self._site, wav))

    def close(self) -> None:
        """Close the browser that is open."""
        self._open.close()


# --- the clone and its server ----------------------------------------------------------------------------------------


def environment(folder: Path, *, keeps_caches: bool) -> dict[str, str]:
    """Return the environment of somebody who has nothing of this site yet."""
    own = {name: value for name, value in os.environ.items() if name not in NOT_OF_A_NEWCOMER}
    own["SPEECHSITE_DATA_DIR"] = str(folder / "data")
    return own if keeps_caches else {**own, **{name: str(folder / "caches" / name) for name in CACHES}}


def clone(folder: Path) -> Path:
    """Clone the checkout at its HEAD: only what is committed."""
    place = folder / "speechsite"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(place)], check=True)  # noqa: S607 - the git of the PATH
    return place


@contextmanager
def served(place: Path, own: dict[str, str], log: Path) -> Iterator[str]:
    """Start `bin/run`; give the link that makes the first account once the site answers."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(place / "bin/run"), "--port", str(free_port())],
            cwd=place,
            env=own,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield first_account_link(server, log)
    finally:
        stop(server)


def first_account_link(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the link is printed."""

    def link() -> str | None:
        printed = log.read_text(encoding="utf-8")
        if server.poll() is not None:
            raise RuntimeError(f"bin/run ended with {server.returncode}:\n{printed}")
        found = LINK.search(printed)
        return found and found[0]

    return str(wait_for(link, seconds=SET_UP_SECONDS, what="the link that makes the first account", every=0.1))


def stop(server: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C on the server; it ends its own children."""
    server.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
        return
    server.kill()
    server.wait()


# --- the way ---------------------------------------------------------------------------------------------------------


def go(link: str, microphones: Microphones, stages: Stages) -> None:
    """Go from the first-account link to a word that is understood."""
    with stages.stage("account, naming five words"):
        page = microphones.page_for(newcomer.WORDS[0])
        newcomer.make_the_first_account(page, link)
        dataset = newcomer.name_the_words(page)
    with stages.stage("recording, 8 takes of each"):
        page = newcomer.record_the_words(page, dataset, microphones.page_for)
    with stages.stage("training, fast"):
        newcomer.train(page, dataset)
    with stages.stage("first word understood"):
        newcomer.try_it_aloud(page, seconds=3)
        page.locator("[data-heard] .w", has_text=newcomer.WORDS[-1]).first.wait_for()
        microphones.close()


def measure(*, keeps_caches: bool) -> dict[str, Any]:
    """Measure the whole way once."""
    stages = Stages()
    with tempfile.TemporaryDirectory(prefix="speechsite-newcomer-") as name, ExitStack() as opened:
        folder = Path(name)
        with stages.stage("set-up until the page answers"):
            own = environment(folder, keeps_caches=keeps_caches)
            link = opened.enter_context(served(clone(folder), own, folder / "run.log"))
        microphones = Microphones(opened.enter_context(sync_playwright()), link.partition("/setup/")[0], folder)
        opened.callback(microphones.close)
        go(link, microphones, stages)
        load = [round(value, 1) for value in os.getloadavg()]
    total = round(sum(stages.seconds.values()), 1)
    return {"seconds": stages.seconds, "total": total, "cores": os.cpu_count(), "load": load}


def table(found: dict[str, Any]) -> str:
    """Write the stages as a table."""
    rows = [*found["seconds"].items(), ("total", found["total"])]
    lines = [f"{'stage':<34}{'seconds':>9}", *(f"{name:<34}{seconds:>9.1f}" for name, seconds in rows)]
    load = ", ".join(str(value) for value in found["load"])
    return "\n".join([*lines, f"{found['cores']} cores; load at the end (1, 5, 15 min): {load}."])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep-caches", action="store_true", help="packages may come from the caches of this machine")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    found = measure(keeps_caches=options.keep_caches)
    sys.stdout.write((json.dumps(found) if options.json else table(found)) + "\n")


if __name__ == "__main__":
    main()
