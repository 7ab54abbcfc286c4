"""Run the tests in two phases: `python -m tests.phases 'MARKER EXPRESSION' [pytest options]`."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Most tests wait for a browser or another process more than they compute.
AT_ONCE = "3"


def main(chosen: str, options: list[str]) -> int:
    """Run what can run side by side, then the journeys, which train and kill workers, one by one."""
    side_by_side = run(["-n", AT_ONCE, "--dist", "worksteal", "-m", f"({chosen}) and not journey", *options])
    one_by_one = run(["-m", f"({chosen}) and journey", *options])
    empty = [pytest.ExitCode.NO_TESTS_COLLECTED] * 2
    if [side_by_side, one_by_one] == empty:
        return int(pytest.ExitCode.NO_TESTS_COLLECTED)
    return next((code for code in (side_by_side, one_by_one) if code not in {0, empty[0]}), 0)


def run(options: list[str]) -> int:
    """Run pytest in a process of its own; return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
