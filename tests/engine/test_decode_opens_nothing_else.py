"""FFmpeg's playlists make the decoder open other files. An upload must never reach one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import pytest

from recognition.engine import audio
from recognition.engine.errors import EngineError
from tests.engine.sounds import sound_file, tone

if TYPE_CHECKING:
    from pathlib import Path

PLAYLISTS = {
    "playlist.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{secret}'\n",
    "list.txt": "file '{secret}'\n",
    "clip.wav": "concat:{secret}|{secret}",
    "manifest.mpd": '<?xml version="1.0"?><MPD><BaseURL>file://{secret}</BaseURL></MPD>',
    "description.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "secret.wav"
    path.write_bytes(sound_file(tone(1.0), "wav 16 bit", rate_hz=16_000))
    return path


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_is_refused_from_memory_and_from_disk(name: str, secret: Path, tmp_path: Path) -> None:
    content = PLAYLISTS[name].format(secret=secret).encode()
    upload = tmp_path / name
    upload.write_bytes(content)
    for source in (content, upload):
        with pytest.raises(EngineError) as caught:
            audio.decode(source, name=name)
        assert caught.value.code == "audio_undecodable"


@pytest.mark.parametrize(
    "magic", [b"RIFF\x00\x00\x00\x00WAVE", b"fLaC", b"OggS", b"\xff\xfb\x90\x00", b"\0\0\0\x08ftyp"]
)
def test_a_playlist_behind_the_first_bytes_of_audio_is_refused(magic: bytes, secret: Path) -> None:
    with pytest.raises(EngineError):
        audio.decode(magic + b"\n#EXTM3U\n#EXTINF:1,\n" + str(secret).encode() + b"\n#EXT-X-ENDLIST\n")


def test_a_path_that_reads_like_a_protocol_is_only_a_path(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / "concat:secret.wav"
    odd.write_bytes(sound_file(tone(0.25), "wav 16 bit", rate_hz=16_000))
    (tmp_path / "secret.wav").write_bytes(secret.read_bytes())
    assert audio.decode(odd.relative_to(tmp_path)).duration_seconds == pytest.approx(0.25)


def test_without_our_guard_the_playlist_would_have_worked(secret: Path, tmp_path: Path) -> None:
    """The attack is real: plain PyAV reads the other file. If this fails, the tests above prove nothing."""
    upload = tmp_path / "list.ffconcat"
    upload.write_text(f"ffconcat version 1.0\nfile '{secret}'\n", encoding="utf-8")
    with av.open(str(upload), options={"safe": "0"}) as opened:
        assert sum(frame.samples for frame in opened.decode(audio=0)) == 16_000
