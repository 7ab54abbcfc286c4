"""Run a command against a PostgreSQL server made for it: `python -m tests.postgres COMMAND...`."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SERVER_ACCOUNT = "postgres"


def newest_programs() -> Path:
    """Return the folder with initdb and pg_ctl of the newest PostgreSQL Debian installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        sys.exit("There is no PostgreSQL below /usr/lib/postgresql. Install it: apt-get install postgresql")
    return found[-1].parent


def as_server_account(command: list[str]) -> list[str]:
    """Return the command, run by an account that may run the server: it refuses to run as root."""
    return ["runuser", "-u", SERVER_ACCOUNT, "--", *command] if os.geteuid() == 0 else command


def main(command: list[str]) -> int:
    """Make a cluster, run the command with DATABASE_URL set, remove the cluster; return the command's exit code."""
    programs = newest_programs()
    folder = Path(tempfile.mkdtemp(prefix="speechsite-postgres-"))
    account = SERVER_ACCOUNT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(folder, account)
    cluster = folder / "cluster"
    control = as_server_account([str(programs / "pg_ctl"), "-D", str(cluster), "-w"])
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        initdb = [str(programs / "initdb"), "-D", str(cluster), "-U", "speechsite", "-A", "trust", "-E", "UTF8"]
        run_quietly(as_server_account(initdb))
        run_quietly([*control, "-l", str(folder / "log"), "-o", options, "start"])
        createdb = [str(programs / "createdb"), "-h", str(folder), "-U", "speechsite", "speechsite"]
        run_quietly(as_server_account(createdb))
        address = f"postgres://speechsite@/speechsite?host={folder}"
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def run_quietly(command: list[str]) -> None:
    """Run a command; show its output only where it fails."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
