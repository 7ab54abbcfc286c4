from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.test import APIClient

from speechsite.broker import server_command
from tests.deadline import wait_for
from tests.live import site, web_process, worker

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["site", "web_process", "worker"]
PASSWORD = "a long enough secret"
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def broker() -> Iterator[None]:
    """Run the real embedded broker for the whole session, unless REDIS_URL names another one."""
    if "REDIS_URL" in os.environ:
        yield
        return
    folder = settings.DATA_DIR / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    settings.REDIS_SOCKET.parent.mkdir(parents=True, exist_ok=True)
    command = server_command(socket=settings.REDIS_SOCKET, folder=folder)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        wait_for(_broker_answers, what="the broker's answer")
        yield
        server.terminate()


def _broker_answers() -> bool:
    client = Redis(unix_socket_path=str(settings.REDIS_SOCKET))
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


@pytest.fixture(autouse=True)
def empty_cache(broker: None) -> None:
    """Forget rate limits of the test before."""
    cache.clear()


@pytest.fixture(autouse=True)
def no_language_left() -> Iterator[None]:
    """Leave no language behind: the pages of a test activate one, and the next test may show none."""
    yield
    translation.deactivate()


@pytest.fixture
def owner(db: None) -> User:
    """Return the person things belong to."""
    return User.objects.create_user("owner", password=PASSWORD)


@pytest.fixture
def member(db: None) -> User:
    """Return somebody else with an account, and things of their own."""
    return User.objects.create_user("member", password=PASSWORD)


@pytest.fixture
def stranger(db: None) -> User:
    """Return somebody with an account who should see nothing of the owner's."""
    return User.objects.create_user("stranger", password=PASSWORD)


@pytest.fixture
def owner_client(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    client = Client()
    client.force_login(stranger)
    return client


@pytest.fixture
def owner_api(owner: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(owner)
    return client


@pytest.fixture
def stranger_api(stranger: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(stranger)
    return client


@pytest.fixture(scope="session")
def corpora(request: pytest.FixtureRequest) -> Path:
    """Return the folder of real corpora (fsdd/, an4/, noise/).

    They are not part of the repository. Where they are absent the test is left out, and the closing
    summary says so in a line of its own.
    """
    folder = Path(os.environ.get("SPEECHSITE_CORPORA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        request.session.config.stash[CORPORA_ABSENT] = str(folder)
        pytest.skip(f"REAL CORPORA ABSENT: {folder} is not there; set SPEECHSITE_CORPORA")
    return folder


CORPORA_ABSENT = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="run only the tests that use the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what does not touch the database, where a run on another database asks for that."""
    if not config.getoption("--database-only"):
        return
    chosen = [item for item in items if uses_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def uses_database(item: pytest.Item) -> bool:
    """Say whether a test asks for the database by marker or by fixture."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint({"db", "transactional_db"})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly when tests on real corpora were left out."""
    folder = config.stash.get(CORPORA_ABSENT, None)
    if folder:
        terminalreporter.write_line(
            f"NOT TESTED ON REAL SPEECH: no corpora at {folder}. Set SPEECHSITE_CORPORA to run those tests.", red=True
        )
