from __future__ import annotations

import io
import resource
import struct
import zlib
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine import audio
from recognition.engine.errors import EngineError
from tests.engine.sounds import FORMATS, sound_file, tone

if TYPE_CHECKING:
    from pathlib import Path

WAV = sound_file(tone(0.5), "wav 16 bit", rate_hz=16_000)
SMALL_FILES = {form: sound_file(tone(0.4, rate_hz=48_000), form) for form in FORMATS}


def refusal(source: Path | bytes, *, name: str = "", limits: audio.AudioLimits = audio.DEFAULT_LIMITS) -> EngineError:
    with pytest.raises(EngineError) as caught:
        audio.decode(source, name=name, limits=limits)
    assert caught.value.message.endswith(".")
    return caught.value


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def silent_film() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as film:
        stream = film.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for _ in range(3):
            film.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        film.mux(stream.encode(None))
    return out.getvalue()


def test_a_picture_named_wav_is_refused() -> None:
    assert refusal(png(), name="sound.wav").code == "audio_undecodable"


def test_a_film_without_sound_is_refused_as_such() -> None:
    assert refusal(silent_film(), name="film.webm").code == "audio_no_stream"


@pytest.mark.parametrize("content", [b"hello\n" * 50, b"\x00" * 5_000, b"RIFF\x00\x00\x00\x00WAVE", b"fLaC", b"\xff"])
def test_what_is_no_audio_is_refused(content: bytes) -> None:
    assert refusal(content, name="sound.mp3").code == "audio_undecodable"


def test_a_codec_nobody_records_speech_with_is_refused() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("ac3", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(1.0, rate_hz=48_000)[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    error = refusal(out.getvalue(), name="film.mka")
    assert (error.code, "ac3" in error.detail) == ("audio_undecodable", True)


@pytest.mark.parametrize(
    ("channels", "rate_hz", "bits"),
    [(0, 16_000, 16), (65_535, 16_000, 16), (1, 1, 16), (1, 1 << 31, 16), (1, 0, 16), (1, 16_000, 64), (1, 16_000, 0)],
)
def test_a_header_that_makes_no_sense_is_refused(channels: int, rate_hz: int, bits: int) -> None:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * block & 0xFFFFFFFF, block & 0xFFFF, bits)
    data = b"\x01\x02" * 50_000
    riff = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    assert refusal(b"RIFF" + struct.pack("<I", len(riff)) + riff).code in {"audio_undecodable", "audio_empty"}


def test_a_file_of_no_bytes_is_empty() -> None:
    assert refusal(b"").code == "audio_empty"


def test_a_header_without_sound_is_empty() -> None:
    assert refusal(audio.wav_bytes(np.zeros(0, np.float32))).code == "audio_empty"


def test_less_than_a_tenth_of_a_second_is_too_short() -> None:
    error = refusal(audio.wav_bytes(tone(0.09)))
    assert error.code == "audio_too_short"
    assert "90 milliseconds" in error.message
    assert audio.decode(audio.wav_bytes(tone(0.1))).duration_seconds == pytest.approx(0.1)


def test_more_bytes_than_allowed_are_refused_unread() -> None:
    assert refusal(WAV, limits=audio.AudioLimits(max_bytes=1_000)).code == "audio_too_large"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(bad: float) -> None:
    said = tone(0.5)
    said[100] = bad
    out = io.BytesIO()
    soundfile.write(out, said, 16_000, format="WAV", subtype="FLOAT")
    assert refusal(out.getvalue()).code == "audio_not_finite"


def test_float_samples_beyond_full_scale_are_clipped() -> None:
    out = io.BytesIO()
    soundfile.write(out, tone(0.5, level=4.0), 16_000, format="WAV", subtype="FLOAT")
    heard = audio.decode(out.getvalue()).samples
    assert (heard.min(), heard.max()) == (-1.0, 1.0)


def test_hours_of_sound_in_a_small_file_are_stopped_while_decoding(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.flac"
    with soundfile.SoundFile(bomb, "w", 8_000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(5 * 60):
            file.write(np.zeros(60 * 8_000, np.int16))
    assert bomb.stat().st_size < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF)
    error = refusal(bomb, limits=audio.AudioLimits(max_seconds=60))
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert error.code == "audio_too_long"
    assert "longer than 1 minute." in error.message
    assert after.ru_utime - before.ru_utime < 1.0
    assert after.ru_maxrss - before.ru_maxrss < 50_000


def test_the_limit_itself_is_allowed() -> None:
    limits = audio.AudioLimits(max_seconds=0.5)
    assert audio.decode(WAV, limits=limits).duration_seconds == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["clip.mp3", "clip.png", "CLIP.FLAC"])
def test_a_lying_extension_is_named_and_the_content_wins(name: str) -> None:
    assert audio.decode(WAV, name=name).warnings == ("lying_extension",)


@pytest.mark.parametrize("name", ["clip.wav", "CLIP.WAV", "clip", "", "7.12", "upload.bin2long"])
def test_a_name_that_promises_nothing_else_is_no_lie(name: str) -> None:
    assert audio.decode(WAV, name=name).warnings == ()


def test_the_name_of_the_path_counts_when_no_other_is_given(tmp_path: Path) -> None:
    path = tmp_path / "clip.ogg"
    path.write_bytes(WAV)
    assert audio.decode(path).warnings == ("lying_extension",)
    assert audio.decode(path, name="clip.wav").warnings == ()


@pytest.mark.parametrize("form", [form for form in FORMATS if FORMATS[form][1] not in {"ipod", "mov", "caf"}])
def test_half_a_file_is_kept_up_to_the_break_with_a_warning(form: str) -> None:
    whole = sound_file(tone(2.0, rate_hz=48_000), form)
    half = audio.decode(whole[: len(whole) // 2], name="x." + FORMATS[form][0])
    assert half.warnings == ("audio_truncated",)
    assert 0.5 < half.duration_seconds < 1.5


def test_half_a_sphere_file_is_kept_with_a_warning() -> None:
    out = io.BytesIO()
    soundfile.write(out, tone(1.0), 16_000, format="NIST", subtype="PCM_16")
    half = audio.decode(out.getvalue()[:17_000], name="x.sph")
    assert half.warnings == ("audio_truncated",)
    assert half.duration_seconds == pytest.approx(0.5, abs=0.01)


def test_a_break_in_the_middle_keeps_what_came_before() -> None:
    whole = bytearray(sound_file(np.random.default_rng(1).uniform(-0.5, 0.5, 96_000), "flac"))
    whole[len(whole) // 2 : len(whole) // 2 + 20_000] = bytes(20_000)
    heard = audio.decode(bytes(whole))
    assert heard.warnings == ("audio_truncated",)
    assert 0.1 <= heard.duration_seconds < 2.0


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(sorted(SMALL_FILES)),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=12),
    kept=st.floats(0.02, 1.0),
)
def test_damage_is_answered_with_sound_or_a_sentence(form: str, flips: list[tuple[float, int]], kept: float) -> None:
    damaged = bytearray(SMALL_FILES[form][: int(len(SMALL_FILES[form]) * kept)])
    for where, mask in flips:
        damaged[int(where * len(damaged))] ^= mask
    try:
        heard = audio.decode(bytes(damaged), limits=audio.AudioLimits(max_seconds=30))
    except EngineError:
        return
    assert np.isfinite(heard.samples).all()
    assert np.abs(heard.samples).max() <= 1.0
