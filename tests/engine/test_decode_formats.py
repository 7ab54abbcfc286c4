from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from recognition.engine import audio
from tests.engine.sounds import FORMATS, LOSSLESS, sound_file, tone

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def likeness(heard: NDArray[np.float32], said: NDArray[np.float32]) -> float:
    """Give the highest correlation over a shift of up to 100 ms (lossy codecs prime and pad)."""
    n = min(len(heard), len(said)) - 1600
    return max(float(np.corrcoef(heard[shift : shift + n], said[:n])[0, 1]) for shift in range(0, 1600, 2))


@pytest.mark.parametrize("form", FORMATS)
def test_every_accepted_format_gives_the_same_sound(form: str) -> None:
    extension = FORMATS[form][0]
    heard = audio.decode(sound_file(tone(1.0, rate_hz=48_000), form), name=f"clip.{extension}")
    assert heard.samples.dtype == np.float32
    assert heard.samples.ndim == 1
    assert heard.duration_seconds == pytest.approx(1.0, abs=0.07)
    assert heard.source_sample_rate_hz == 48_000
    assert heard.source_channels == 1
    assert heard.warnings == ()
    assert likeness(heard.samples, tone(1.0)) > 0.99


@pytest.mark.parametrize("form", sorted(LOSSLESS))
def test_lossless_formats_at_16_khz_give_back_every_sample(form: str) -> None:
    said = audio.samples_from_int16(audio.samples_to_int16(tone(0.5)))
    heard = audio.decode(sound_file(said, form, rate_hz=16_000)).samples
    np.testing.assert_allclose(heard, said, atol=1e-7)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 96_000])
def test_any_sample_rate_comes_out_as_16_khz(rate_hz: int) -> None:
    heard = audio.decode(sound_file(tone(1.0, rate_hz=rate_hz), "wav 16 bit", rate_hz=rate_hz))
    assert heard.source_sample_rate_hz == rate_hz
    assert len(heard.samples) == pytest.approx(16_000, abs=2)
    np.testing.assert_allclose(heard.samples[800:-800], tone(1.0)[800 : len(heard.samples) - 800], atol=2e-3)


@pytest.mark.parametrize("form", ["wav 16 bit", "flac", "aac", "webm opus", "alac"])
def test_stereo_is_averaged(form: str) -> None:
    left, right = tone(1.0, rate_hz=48_000, hz=300), tone(1.0, rate_hz=48_000, hz=500)
    heard = audio.decode(sound_file(np.stack([left, right]), form))
    assert heard.source_channels == 2
    assert likeness(heard.samples, (tone(1.0, hz=300) + tone(1.0, hz=500)) / 2) > 0.98


def test_blocks_of_a_long_file_are_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(sound_file(tone(25.0, rate_hz=44_100), "wav 16 bit", rate_hz=44_100))
    with audio.decode_blocks(path) as blocks:
        pieces = list(blocks)
        assert blocks.warnings == ()
    assert len(pieces) > 2
    assert max(len(piece) for piece in pieces) < 11 * 16_000
    np.testing.assert_array_equal(np.concatenate(pieces), audio.decode(path).samples)


def test_nist_sphere_is_read() -> None:
    said = audio.samples_from_int16(audio.samples_to_int16(tone(0.5)))
    file = io.BytesIO()
    soundfile.write(file, said, 16_000, format="NIST", subtype="PCM_16")
    heard = audio.decode(file.getvalue(), name="an4.sph")
    assert (heard.container, heard.warnings) == ("sphere", ())
    np.testing.assert_array_equal(heard.samples, said)


def test_ogg_vorbis_is_read() -> None:
    file = io.BytesIO()
    soundfile.write(file, tone(1.0), 16_000, format="OGG", subtype="VORBIS")
    heard = audio.decode(file.getvalue(), name="clip.ogg")
    assert (heard.codec, heard.warnings) == ("vorbis", ())
    assert likeness(heard.samples, tone(1.0)) > 0.99


def test_a_recording_streamed_by_a_browser_is_whole() -> None:
    """MediaRecorder writes WebM in clusters of unknown length, with no duration and no index."""
    live = sound_file(np.stack([tone(1.0, rate_hz=48_000)] * 2), "webm opus", options={"live": "1"})
    heard = audio.decode(live, name="recording.webm")
    assert heard.warnings == ()
    assert heard.duration_seconds == pytest.approx(1.0, abs=0.05)


def test_a_fragmented_mp4_is_read() -> None:
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "200000"}
    heard = audio.decode(sound_file(tone(1.0, rate_hz=48_000), "m4a", options=options), name="recording.mp4")
    assert heard.duration_seconds == pytest.approx(1.0, abs=0.07)


def test_an_mp3_with_a_long_picture_tag_is_read() -> None:
    picture = b"\xff\xd8" * 20_000
    size = bytes([len(picture) >> shift & 0x7F for shift in (21, 14, 7, 0)])
    heard = audio.decode(b"ID3\x04\x00\x00" + size + picture + sound_file(tone(1.0, rate_hz=48_000), "mp3"))
    assert heard.container == "mp3"
    assert heard.duration_seconds == pytest.approx(1.0, abs=0.07)


def test_stored_flac_has_the_hash_of_what_was_stored(tmp_path: Path) -> None:
    said = tone(0.7) + 0.9
    audio.write_flac(tmp_path / "clip.flac", said)
    again = audio.decode(tmp_path / "clip.flac").samples
    assert audio.samples_sha256(again) == audio.samples_sha256(said)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.flac"]
    assert audio.samples_sha256(audio.decode(audio.wav_bytes(again)).samples) == audio.samples_sha256(said)
    assert audio.samples_sha256(again[:-1]) != audio.samples_sha256(said)
