from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from speechsite import env
from speechsite.broker import LONGEST_SOCKET_PATH, socket_path
from speechsite.database import database_from_url
from speechsite.secret import secret_key_from


def test_a_secret_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "key"))
    assert env.text("SOME_KEY") == "from the file"


def test_a_value_given_twice_or_a_missing_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.text("SOME_KEY")
    monkeypatch.setenv("SOME_KEY", "direct")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        env.text("SOME_KEY")


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("yes", True), ("off", False), ("", False)])
def test_flags_are_read(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    assert env.flag("SOME_FLAG", default=not meant) is meant


def test_what_is_no_flag_and_no_number_is_refused_with_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SETTING", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="Received: perhaps"):
        env.flag("SOME_SETTING", default=True)
    with pytest.raises(ImproperlyConfigured, match="Received: perhaps"):
        env.number("SOME_SETTING", 1)


def test_database_addresses() -> None:
    postgres = database_from_url("postgres://ann:se%40cret@db:5433/speech")
    assert (postgres["USER"], postgres["PASSWORD"], postgres["HOST"], postgres["PORT"], postgres["NAME"]) == (
        "ann",
        "se@cret",
        "db",
        "5433",
        "speech",
    )
    assert database_from_url("postgres://ann@db/speech", password="kept apart")["PASSWORD"] == "kept apart"
    assert database_from_url("sqlite:////srv/a%20b.sqlite3")["NAME"] == "/srv/a b.sqlite3"
    with pytest.raises(ImproperlyConfigured, match="Received: mysql"):
        database_from_url("mysql://db/speech")


def test_the_secret_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = secret_key_from("", tmp_path / "data")
    assert secret_key_from("", tmp_path / "data") == first
    assert len(first) >= 50
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o077 == 0
    assert secret_key_from("given", tmp_path / "data") == "given"


def test_a_deep_data_folder_gets_a_short_socket() -> None:
    deep = Path("/srv") / ("long-name" * 20)
    assert len(str(socket_path(deep))) <= LONGEST_SOCKET_PATH
    assert socket_path(deep) == socket_path(deep)
    assert socket_path(Path("/srv/data")) == Path("/srv/data/redis.sock")
