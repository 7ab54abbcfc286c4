"""Which container a file really is, told from its first bytes.

The name of a file is never believed. Only containers listed here are opened, each with its own demuxer named
explicitly, so that a playlist (HLS, concat, DASH) that would make the decoder open other files is never even probed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

HEAD_BYTES = 4096


@dataclass(frozen=True)
class Container:
    """A container that is accepted.

    `demuxer` is FFmpeg's name for it, "" where soundfile reads it. `declares_duration` says whether the length its
    header gives can be relied on (an MPEG stream without an index only estimates it).
    """

    name: str
    demuxer: str
    extensions: frozenset[str]
    declares_duration: bool = True


def _container(name: str, demuxer: str, extensions: str, *, declares_duration: bool = True) -> Container:
    return Container(name, demuxer, frozenset(extensions.split()), declares_duration)


WAV = _container("wav", "wav", "wav wave rf64 bwf")
W64 = _container("w64", "w64", "w64")
FLAC = _container("flac", "flac", "flac fla")
OGG = _container("ogg", "ogg", "ogg oga ogv opus spx", declares_duration=False)
MATROSKA = _container("webm", "matroska", "webm weba mkv mka")
MP4 = _container("mp4", "mov", "mp4 m4a m4b mov 3gp 3g2 qt")
MP3 = _container("mp3", "mp3", "mp3 mp2 mpga mpeg mpg", declares_duration=False)
AAC = _container("aac", "aac", "aac adts", declares_duration=False)
AIFF = _container("aiff", "aiff", "aiff aif aifc")
AMR = _container("amr", "amr", "amr awb", declares_duration=False)
CAF = _container("caf", "caf", "caf")
AU = _container("au", "au", "au snd")
SPHERE = _container("sphere", "", "sph nist wav wv1 wv2")
CONTAINERS = (WAV, W64, FLAC, OGG, MATROSKA, MP4, MP3, AAC, AIFF, AMR, CAF, AU, SPHERE)
EXTENSIONS = frozenset(extension for container in CONTAINERS for extension in container.extensions)
"""What the names of audio files end in; only for finding them, never for opening."""

_MAGIC: tuple[tuple[int, bytes, Container], ...] = (
    (0, b"fLaC", FLAC),
    (0, b"OggS", OGG),
    (0, b"\x1a\x45\xdf\xa3", MATROSKA),
    (0, b"#!AMR", AMR),
    (0, b"caff", CAF),
    (0, b".snd", AU),
    (0, b"NIST_1A\n", SPHERE),
    (0, b"riff\x2e\x91\xcf\x11", W64),
    *((4, box, MP4) for box in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
)
_PLAUSIBLE_EXTENSION = re.compile(r"(?=.*[a-z])[a-z0-9]{1,5}")
_ID3_HEADER_BYTES = 10
_RIFF_HEADER_BYTES = 12
_CHUNK_HEADER_BYTES = 8
_UNKNOWN_SIZES = frozenset({0, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF})
_OGG_PAGE_BYTES = 65_307
_OGG_LAST_PAGE = 0x04


def sniff(head: bytes) -> Container | None:
    """Tell the container from the first `HEAD_BYTES` of a file, or None when it is not one of ours."""
    head = _behind_id3(head)
    if head[:4] in {b"RIFF", b"RF64", b"RIFX"} and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return AIFF
    for offset, magic, container in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return container
    return _sniff_mpeg(head)


def declares_duration(container: Container, head: bytes) -> bool:
    """Say whether the length in the header can be held against what was decoded (MP3: only with a Xing index)."""
    return container.declares_duration or (container is MP3 and (b"Xing" in head or b"Info" in head))


def extension_lies(container: Container, name: str) -> bool:
    """Say whether the extension of `name` promises another content. No extension promises nothing."""
    extension = PurePath(name).suffix.lower().removeprefix(".")
    return bool(_PLAUSIBLE_EXTENSION.fullmatch(extension)) and extension not in container.extensions


def ogg_ends_early(file: BinaryIO) -> bool:
    """Say whether an Ogg file stops before its last page: only that one is flagged "end of stream" (RFC 3533, 6)."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _OGG_PAGE_BYTES))
    tail = file.read()
    page = tail.rfind(b"OggS")
    return page < 0 or not tail[page + 5 : page + 6] or not tail[page + 5] & _OGG_LAST_PAGE


def wav_ends_early(file: BinaryIO) -> bool:
    """Say whether a RIFF WAVE file is shorter than its data chunk claims. Lengths 0 and 2^32 - 1 mean "not known"."""
    file_bytes = file.seek(0, 2)
    file.seek(_RIFF_HEADER_BYTES)
    while len(header := file.read(_CHUNK_HEADER_BYTES)) == _CHUNK_HEADER_BYTES:
        size = int.from_bytes(header[4:], "little")
        if header[:4] == b"data":
            return size not in _UNKNOWN_SIZES and file.tell() + size > file_bytes
        file.seek(size + size % 2, 1)
    return False


def _behind_id3(head: bytes) -> bytes:
    """Skip an ID3v2 tag: it may stand before MP3, AAC and FLAC alike. A tag longer than `head` is taken for MP3's."""
    if head[:3] != b"ID3" or len(head) < _ID3_HEADER_BYTES:
        return head
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return head[_ID3_HEADER_BYTES + size :] or b"\xff\xfb"


def _sniff_mpeg(head: bytes) -> Container | None:
    """Tell MPEG audio (layer I to III) from ADTS by the two layer bits of the frame header, behind leading zeros."""
    head = head.lstrip(b"\x00")
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - the sync word of ISO 11172-3
        return None
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - layer 0 is ADTS, ISO 13818-7
        return AAC
    has_layer, has_version = head[1] & 0x06 != 0, head[1] & 0x18 != 0x08  # noqa: PLR2004 - ISO 11172-3
    return MP3 if has_layer and has_version else None
