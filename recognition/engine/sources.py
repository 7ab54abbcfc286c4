"""Reading the sound out of a container: PyAV for all but NIST SPHERE, which soundfile reads.

FFmpeg can be talked into opening other files (playlists, `concat:` names, reference tracks). Here it is given an open
file object, one demuxer by name, no protocol and a list of audio codecs, so there is nothing else it could open.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import av
import numpy as np
import soundfile

from recognition.engine.containers import SPHERE, WAV, Container, declares_duration
from recognition.engine.errors import EngineError
from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_CODEC_NAMES = (
    "pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_u8 pcm_s8 pcm_u16le pcm_u16be "
    "pcm_f32le pcm_f32be pcm_f64le pcm_f64be pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt gsm gsm_ms "
    "flac alac wavpack mp3float mp3 mp2float mp2 mp1float aac aac_fixed aac_latm opus libopus vorbis libvorbis "
    "amrnb amrwb libopencore_amrnb libopencore_amrwb"
)
_CODECS = frozenset(_CODEC_NAMES.split())
# The header of a WAV says all there is to know; guessing from the sound as well takes most of the time of a short clip.
_PROBING = {WAV: {"probesize": "1024"}}
_NO_PROTOCOL = "none"
_SAMPLE_RATES_HZ = range(4_000, 768_001)
_BROKEN_PACKETS_AT_START = 5
_SPHERE_BLOCK_SAMPLES = 1 << 17
_BROKEN = (av.FFmpegError, ValueError, OSError)

Chunk = tuple[int, "NDArray[np.float32]"]


@dataclass
class Source:
    """An opened file. `chunks` gives (sample rate in Hz, mono samples of shape (n,)) until the end or the break.

    `declared_seconds` is None where the container gives no length, or none to rely on.
    """

    container: Container
    codec: str
    sample_rate_hz: int
    channels: int
    declared_seconds: float | None
    chunks: Iterator[Chunk]
    close: Any
    is_broken: bool = False


def open_source(file: BinaryIO, container: Container, head: bytes) -> Source:
    """Open `file` (at its beginning) as `container`. Raises EngineError audio_undecodable or audio_no_stream."""
    if container is SPHERE:
        return _open_sphere(file, head)
    return _open_with_libav(file, container, head)


def undecodable(detail: str) -> EngineError:
    """Build the refusal of a file that is not, or not whole enough to be, one of the audio formats read here."""
    return EngineError(
        "audio_undecodable",
        said("This file could not be read as audio. Save it as WAV, FLAC, MP3, M4A, OGG or WebM and add it again."),
        detail,
    )


@contextmanager
def _as_undecodable() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise undecodable(repr(error)) from error


def _open_with_libav(file: BinaryIO, container: Container, head: bytes) -> Source:
    options = {
        "format_whitelist": container.demuxer,
        "protocol_whitelist": _NO_PROTOCOL,
        "codec_whitelist": _CODEC_NAMES.replace(" ", ","),
        **_PROBING.get(container, {}),
    }
    with _as_undecodable():
        opened = av.open(file, mode="r", format=container.demuxer, options=options, metadata_errors="replace")
    try:
        return _source_of(opened, container, head)
    except EngineError:
        opened.close()
        raise


def _source_of(opened: Any, container: Container, head: bytes) -> Source:
    if not opened.streams.audio:
        raise EngineError(
            "audio_no_stream",
            said("This file holds no sound, only pictures or data. Add a file with a recording in it."),
        )
    stream = opened.streams.audio[0]
    context = stream.codec_context
    # The list given to FFmpeg holds while it probes; the decoder itself is chosen by PyAV, which does not pass it on.
    if context is None or context.name not in _CODECS:
        raise undecodable(f"a codec that is not accepted: {context and context.name}")
    _check_rate(context.sample_rate)
    declared = _declared_seconds(opened, stream) if declares_duration(container, head) else None
    channels = context.layout.nb_channels
    source = Source(container, context.name, context.sample_rate, channels, declared, iter(()), opened.close)
    source.chunks = _libav_chunks(opened, stream, source)
    return source


def _check_rate(rate_hz: int) -> None:
    if rate_hz not in _SAMPLE_RATES_HZ:
        raise undecodable(f"a sample rate of {rate_hz} Hz")


def _declared_seconds(opened: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return opened.duration / av.time_base if opened.duration else None


def _libav_chunks(opened: Any, stream: Any, source: Source) -> Iterator[Chunk]:
    """Decode up to the end, or to the first break behind decoded sound (then `source.is_broken` is set)."""
    has_sound, broken_at_start = False, 0
    packets = opened.demux(stream)
    while True:
        try:
            frames = next(packets).decode()
        except StopIteration:
            return
        except _BROKEN:
            # An MP3 cut out of a stream begins with frames that want a part that is not there: leave those out.
            broken_at_start += 1
            if has_sound or broken_at_start > _BROKEN_PACKETS_AT_START:
                source.is_broken = True
                return
            continue
        for frame in frames:
            has_sound = True
            _check_rate(frame.sample_rate)
            yield frame.sample_rate, _mono(frame)


def _mono(frame: Any) -> NDArray[np.float32]:
    """Average the channels of one frame of any sample format into float32 of shape (samples,), -1..1."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    # Damaged float files hold any number. One too large becomes infinite, and the whole is refused for that later.
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = _to_unit_range(samples)
        mono: NDArray[np.float32] = scaled[0] if len(scaled) == 1 else scaled.mean(axis=0, dtype=np.float32)
    return mono


def _to_unit_range(samples: NDArray[Any]) -> NDArray[np.float32]:
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128.0) / 128.0
    if np.issubdtype(samples.dtype, np.signedinteger):
        return samples.astype(np.float32) / -float(np.iinfo(samples.dtype).min)
    return samples.astype(np.float32, copy=False)


def _open_sphere(file: BinaryIO, head: bytes) -> Source:
    with _as_undecodable():
        opened = soundfile.SoundFile(file)
    _check_rate(opened.samplerate)
    declared = _sphere_samples(head) / opened.samplerate
    source = Source(
        SPHERE, opened.subtype.lower(), opened.samplerate, opened.channels, declared, iter(()), opened.close
    )
    source.chunks = _sphere_chunks(opened)
    return source


def _sphere_samples(head: bytes) -> int:
    """Read `sample_count -i N` from the text header: libsndfile itself gives what the file really holds."""
    for line in head[:1024].decode("ascii", errors="replace").splitlines():
        words = line.split()
        if words[:1] == ["sample_count"] and words[-1].isdigit():
            return int(words[-1])
    return 0


def _sphere_chunks(opened: Any) -> Iterator[Chunk]:
    with _as_undecodable():
        for block in opened.blocks(_SPHERE_BLOCK_SAMPLES, dtype="float32", always_2d=True):
            yield opened.samplerate, block.mean(axis=1, dtype=np.float32)
