"""How long words take to appear on the page while somebody speaks: Chromium on /transcribe/ with a fake microphone.

    python -m bench.live_page [--bundle FOLDER --speech ARCHIVE] [--clips 24] [--json]

`bench.live` asks the same of the server alone. Here a browser plays a WAV file as its microphone, once: clips with
pauses, spoken in tap mode. bench/live_page.js, put into the page, notes the sound as the page is given it, what the
server says, and what stands in the page. All of it by one clock, the page's `performance.now()`.

`begin`: from the first sample of speech until the page is told that somebody speaks (its meter moves before, by the
sound itself); `words`: until the first word is shown; `after`: the same from the last sample on, negative where the
word is shown before it ends; `final`: from the last sample until the final words are shown. What is shown belongs to
the clip that began last. Milliseconds, median and 95 %.

The error is below 10 ms: the browser hands sound to pages in pieces of 10 ms, whose last sample counts as spoken when
the piece is there at the soonest (a way that stays the same within 0.2 ms); where each clip lies is found by comparing
loudness, millisecond by millisecond. A browser that has to wait for a core plays the rest later: `moved` is by how much
in all, and the one clip in which that happens may be wrong by as much. The screen follows the page with its next
picture, 16 ms later at most.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import sync_playwright

from bench.latency import RATE_HZ, ROOT, set_up_django, site
from bench.live import (
    busy_cores,
    cells_of,
    found_on_this_machine,
    machine_line,
    parser_of,
    script_of,
    speak,
    speech_in,
    spread_of,
    tokens_for,
    trained_bundle,
)
from tests.browser.chromium import microphone_page
from tests.browser.newcomer import A_MINUTE, PASSWORD, log_in

if TYPE_CHECKING:
    import argparse

    from numpy.typing import NDArray
    from playwright.sync_api import Page, Playwright

    from bench.live import Clip, Script

SPEAKER = "speaker0"
SAMPLES_PER_MS = RATE_HZ // 1000
SEARCH_MS = 100
MEASURED = ("begin", "words", "after", "final")
WATCH = ROOT / "bench" / "live_page.js"
SECONDS_HEARD = "seconds => bench.sound.length && bench.sound.at(-1)[0] - bench.sound[0][0] > 1000 * seconds"


# --- where the clips lie in the sound --------------------------------------------------------------------------------


def loudness(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest amplitude of each millisecond."""
    whole = len(sound) // SAMPLES_PER_MS * SAMPLES_PER_MS
    loudest: NDArray[np.float32] = np.abs(sound[:whole]).reshape(-1, SAMPLES_PER_MS).max(axis=1)
    return loudest


def heard_loudness(pieces: list[tuple[float, float, list[float]]]) -> tuple[float, NDArray[np.float32]]:
    """Put the pieces one behind the other; return when the first began by the page's clock, and their loudness."""
    first = pieces[0][0]
    levels = np.zeros(round(pieces[-1][0] - first) + len(pieces[-1][2]), np.float32)
    for start, _, piece in pieces:
        at = round(start - first)
        levels[at : at + len(piece)] = piece
    soonest = min(arrival - start - len(piece) for start, arrival, piece in pieces)
    return first + soonest, levels


def place_of(part: NDArray[np.float32], heard: NDArray[np.float32]) -> int:
    """Return at which millisecond of what was heard a part begins: where both are loud together."""
    return int(np.argmax(np.correlate(heard, part, "full"))) - len(part) + 1


def clip_starts(script: Script, heard: NDArray[np.float32]) -> tuple[list[int], int]:
    """Return at which millisecond of what was heard each clip begins; how far they were moved against each other."""
    said = loudness(script.sound)
    offset = place_of(said, heard)
    starts, moves = [], []
    for clip in script.clips:
        first, last = clip.first // SAMPLES_PER_MS, clip.last // SAMPLES_PER_MS
        around = max(0, first + offset - SEARCH_MS)
        found = around + place_of(said[first:last], heard[around : last + offset + SEARCH_MS])
        starts.append(found)
        moves.append(found - first - offset)
    return starts, max(moves) - min(moves)


# --- speaking and noting ---------------------------------------------------------------------------------------------


def speak_to(page: Page, script: Script) -> dict[str, Any]:
    """Say a script on the transcribe page, in tap mode; return what the page noted."""
    page.add_init_script(path=WATCH)
    log_in(page, SPEAKER, PASSWORD)
    page.goto("/transcribe/")
    page.get_by_role("button", name="Hold to speak").wait_for()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("t")
    page.keyboard.press("Space")
    seconds = len(script.sound) / RATE_HZ
    page.wait_for_function(SECONDS_HEARD, arg=seconds, timeout=1000 * seconds + A_MINUTE)
    page.keyboard.press("Space")
    page.get_by_text("Ready. Tap the button and speak.").wait_for(timeout=A_MINUTE)
    noted: dict[str, Any] = page.evaluate("bench")
    return noted


def take_down(script: Script, noted: dict[str, Any]) -> int:
    """Write into each clip how long its words took; return how far they were moved, in ms."""
    began, heard = heard_loudness(noted["sound"])
    starts, moved = clip_starts(script, heard)
    for clip, start, until in zip(script.clips, starts, [*starts[1:], np.inf], strict=True):
        _note(clip, [(what, when - began - start) for what, when in noted["notes"] if start <= when - began < until])
    return moved


def _note(clip: Clip, notes: list[tuple[str, float]]) -> None:
    said: dict[str, list[float]] = {"begin": [], "words": [], "final": []}
    for what, after_first in notes:
        said[what].append(after_first)
    # A word may be final before any of it was shown.
    clip.begin_ms = min(said["begin"], default=None)
    clip.words_ms = min(said["words"] + said["final"], default=None)
    if said["final"]:
        clip.final_ms = max(said["final"]) - length_ms(clip)


def length_ms(clip: Clip) -> float:
    """Return how long a clip is spoken."""
    return (clip.last - clip.first) / SAMPLES_PER_MS


def values_of(what: str, clips: list[Clip]) -> list[float]:
    """Return what was measured of those clips that have it."""
    if what == "after":
        return [clip.words_ms - length_ms(clip) for clip in clips if clip.words_ms is not None]
    return [value for clip in clips if (value := getattr(clip, f"{what}_ms")) is not None]


# --- the run ---------------------------------------------------------------------------------------------------------


def round_of(client: Playwright, port: int, script: Script, *, name: str) -> dict[str, Any]:
    """Speak a script in a browser of its own; return what was measured."""
    from recognition.engine.audio import wav_bytes  # noqa: PLC0415 - after the path is set

    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        wav.write(wav_bytes(script.sound))
        wav.flush()
        with microphone_page(client, f"http://127.0.0.1:{port}", Path(wav.name), is_once=True) as page:
            moved = take_down(script, speak_to(page, script))
    row: dict[str, Any] = {"machine": name, "clips": len(script.clips), "moved_ms": moved}
    for what in MEASURED:
        row |= spread_of(what, values_of(what, script.clips))
    return row


def prepared(options: argparse.Namespace) -> str:
    """Make the account that speaks, with the model and a password; return its token."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django's set-up
    from django.core.management import call_command  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    token = tokens_for(options.bundle or trained_bundle(), clients=1)[0]
    speaker = User.objects.get(username=SPEAKER)
    speaker.set_password(PASSWORD)
    speaker.save()
    return token


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything in one run."""
    with tempfile.TemporaryDirectory(prefix="speechsite-live-") as data:
        set_up_django(Path(data))
        (Path(data) / "tmp").mkdir()
        token = prepared(options)
        speech = speech_in(options.speech, most=max(20, 3 * options.clips))
        rows = []
        with site() as (port, _), sync_playwright() as client:
            speak(port, token, script_of(speech, clips=1, seed=0))  # loads the model
            for name, beside in (("as it is", nullcontext()), ("busy", busy_cores())):
                script = script_of(speech, clips=options.clips, seed=1)
                with beside:
                    rows.append(round_of(client, port, script, name=name))
        return found_on_this_machine(rows)


def table(found: dict[str, Any]) -> str:
    """Write the rows as a table."""
    lines = [f"{'machine':<10}{'clips':>6}{''.join(f'{what:>19}' for what in MEASURED)}{'moved':>9}"]
    for row in found["rows"]:
        cells = cells_of(row, MEASURED, width=19)
        missed = row["clips"] - row["final_count"]
        note = f"  {missed} without words" if missed else ""
        lines.append(f"{row['machine']:<10}{row['clips']:>6}{cells}{row['moved_ms']:>6} ms{note}")
    return "\n".join([*lines, machine_line(found)])


def main() -> None:
    """Measure and print."""
    options = parser_of(__doc__, clips=24).parse_args()
    found = measure(options)
    sys.stdout.write((json.dumps(found) if options.json else table(found)) + "\n")


if __name__ == "__main__":
    main()
