from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import processes
from tests.conftest import REPOSITORY
from tests.deadline import wait_for
from tests.live import web_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts `manage.py serve` on a data folder of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(port: int, data_dir: Path = tmp_path / "data") -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=REPOSITORY,
            env={**inherited, "SPEECHSITE_DATA_DIR": str(data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()


def processes_using(folder: Path) -> list[int]:
    """Return the processes that were started for this data folder."""
    wanted = f"SPEECHSITE_DATA_DIR={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The broker writes its title over its environment, but the title names its socket.
                told = (entry / "environ").read_bytes().split(b"\0")
                if wanted in told or bytes(folder) in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_an_empty_site_prints_its_address_and_a_setup_link_and_ctrl_c_ends_every_process(
    serve: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    port = processes.free_port()
    server = serve(port)
    assert server.stdout is not None
    greeting, setup = server.stdout.readline(), server.stdout.readline()
    assert f"http://127.0.0.1:{port}/" in greeting
    link = re.search(r"http\S+/setup/\S+", setup)
    assert link, setup
    with urllib.request.urlopen(link.group()) as page:  # noqa: S310 - our own address
        assert page.status == 200
    # broker, web, two workers with their children, beat, and the command itself
    wait_for(lambda: len(processes_using(tmp_path / "data")) >= 9, seconds=60, what="the whole process tree")
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
    assert processes_using(tmp_path / "data") == []


def test_killing_the_command_outright_leaves_no_orphan(
    serve: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    port = processes.free_port()
    server = serve(port)
    wait_for(lambda: web_answers(f"http://127.0.0.1:{port}"), seconds=60, what="the site's answer")
    server.kill()
    server.wait(10)
    wait_for(lambda: not processes_using(tmp_path / "data"), seconds=30, what="the end of every process")


def test_a_crashed_web_process_is_started_again(serve: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    port = processes.free_port()
    serve(port)
    wait_for(lambda: web_answers(f"http://127.0.0.1:{port}"), seconds=60, what="the site's answer")
    web = [pid for pid in processes_using(tmp_path / "data") if b"uvicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    for pid in web:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not web_answers(f"http://127.0.0.1:{port}"), what="the end of the old web process")
    wait_for(lambda: web_answers(f"http://127.0.0.1:{port}"), seconds=60, what="the new web process")


def test_a_busy_port_is_a_sentence(serve: Callable[..., subprocess.Popen[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        server = serve(port)
        output, _ = server.communicate(timeout=60)
    assert server.returncode == 1
    assert f"Nothing can listen on 127.0.0.1 port {port}" in output
    assert "Traceback" not in output


def test_an_unwritable_data_folder_is_a_sentence(serve: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    server = serve(processes.free_port(), tmp_path / "file" / "data")
    output, _ = server.communicate(timeout=60)
    assert server.returncode == 1
    assert "SPEECHSITE_DATA_DIR" in output
    assert "Traceback" not in output


def test_a_second_server_on_the_same_data_folder_is_a_sentence(serve: Callable[..., subprocess.Popen[str]]) -> None:
    port = processes.free_port()
    serve(port)
    wait_for(lambda: web_answers(f"http://127.0.0.1:{port}"), seconds=60, what="the site's answer")
    second = serve(processes.free_port())
    output, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "already serves the data folder" in output
