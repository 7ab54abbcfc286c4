"""A model version as a folder: what it is, what runs it, and a checksum for every file.

    manifest.json    format version, labels, window, calibration, metrics, lineage, sha256 of every other file
    model.tflite     raw samples in, log-probabilities out
    weights.h5       for training on from here; never read for hearing
    model_card.md    the same for people

A folder appears whole or not at all, and nothing in it is used before its checksum has been compared. No pickle and no
Keras configuration is ever read from one. The bundle's own sha256 is that of its manifest, which names all the others.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from recognition.engine.errors import EngineError
from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUNDLE_FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
MODEL_NAME = "model.tflite"

MAX_ZIPPED_FILES = 16
MAX_ZIPPED_BYTES = 512 << 20

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_MANIFEST_BYTES = 16 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PIECE_BYTES = 1 << 20
_ENCRYPTED = 0x1
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError)


@dataclass(frozen=True)
class BundleInfo:
    """Where a bundle lies, the sha256 of its manifest and the bytes of all its files."""

    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Bundle(BundleInfo):
    """A bundle whose checksums have been compared."""

    manifest: dict[str, Any]

    @property
    def model_path(self) -> Path:
        return self.path / MODEL_NAME


def write_bundle(folder: Path, *, manifest: Mapping[str, Any], files: Mapping[str, Path]) -> BundleInfo:
    """Copy `files` ({name in the bundle: where it lies now}) and the manifest into `folder`, which must not exist.

    `format_version` and `files` of the manifest are filled in here. The folder is made beside its place and renamed.
    Raises ValueError for a name with a path in it or without model.tflite, FileExistsError where the folder is there.
    """
    _check_names(files)
    with _folder_made_whole(folder) as partial:
        for name, path in files.items():
            shutil.copyfile(path, partial / name)
        written = {**manifest, "format_version": BUNDLE_FORMAT_VERSION, "files": _checksums(partial, files)}
        text = json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False)
        (partial / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")
    loaded = load_bundle(folder)
    return BundleInfo(loaded.path, loaded.sha256, loaded.size_bytes)


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle after comparing every checksum in it.

    Raises EngineError bundle_corrupt (a file missing or changed, a manifest that is none) or bundle_unsupported (made
    by a later version of this site).
    """
    content = _manifest_bytes(folder)
    manifest = _parsed(content)
    _check_format(manifest)
    size = len(content)
    for name, sha256 in _listed_files(manifest).items():
        size += _checked_size(folder / name, sha256)
    return Bundle(folder, hashlib.sha256(content).hexdigest(), size, manifest)


def zip_bundle(folder: Path, out: Path) -> None:
    """Pack a bundle whose checksums hold; the same bundle gives the same bytes. Raises EngineError bundle_corrupt."""
    bundle = load_bundle(folder)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [MANIFEST_NAME, *sorted(bundle.manifest["files"])]:
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, (folder / name).read_bytes())


def unzip_bundle(archive: Path, folder: Path, *, max_bytes: int = MAX_ZIPPED_BYTES) -> None:
    """Unpack a zipped bundle into `folder`, which must not exist yet; it appears only if every checksum holds.

    Raises EngineError bundle_corrupt (no zip, encrypted, paths, links, too many files, checksums), bundle_too_large
    (counted while unpacking, whatever the headers claim) or bundle_unsupported.
    """
    with _folder_made_whole(folder) as partial:
        try:
            with zipfile.ZipFile(archive) as opened:
                _unpack(opened, partial, max_bytes)
        except _UNREADABLE as error:
            raise corrupt(said("This file is not a zip that can be read."), repr(error)) from error
        load_bundle(partial)


@contextmanager
def _folder_made_whole(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder`; it takes that name when the block ends well and vanishes when not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield partial
        if folder.exists():
            raise FileExistsError(folder)
        partial.chmod(0o755)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_plain_name(name: str) -> bool:
    """Say whether a file name is safe inside a bundle: no folder, nothing hidden, no odd characters."""
    return bool(_PLAIN_NAME.fullmatch(name))


def corrupt(sentence: str, detail: str = "") -> EngineError:
    """Build the refusal of a bundle; the sentence is in the active language."""
    message = said("{sentence} Export the model again where it came from.", sentence=sentence)
    return EngineError("bundle_corrupt", message, detail)


def number_in(values: Any, name: str, *, zero_allowed: bool = False, negative_allowed: bool = False) -> float:
    """Read a positive (or zero, or negative) finite number of a manifest. Raises EngineError bundle_corrupt."""
    value = values.get(name) if isinstance(values, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _no_usable(name, value)
    if not (value > 0 or (zero_allowed and value == 0) or (negative_allowed and value < 0)):
        raise _no_usable(name, value)
    return float(value)


def _no_usable(name: str, value: Any) -> EngineError:
    return corrupt(said("The manifest of this model bundle gives no usable {name}.", name=name), repr(value))


def _check_names(files: Mapping[str, Path]) -> None:
    odd = [name for name in files if not _is_plain_name(name) or name == MANIFEST_NAME]
    if odd or MODEL_NAME not in files:
        message = f"Expected plain names and {MODEL_NAME} among them. Received {sorted(files)}."
        raise ValueError(message)


def _checksums(folder: Path, names: Mapping[str, Path]) -> dict[str, str]:
    return {name: _sha256_of(folder / name) for name in sorted(names)}


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest_bytes(folder: Path) -> bytes:
    path = folder / MANIFEST_NAME
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _MAX_MANIFEST_BYTES:
        raise corrupt(said("This is not a model bundle: it has no manifest."), str(path))
    return path.read_bytes()


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise corrupt(said("The manifest of this model bundle cannot be read."), repr(error)) from error
    if not isinstance(manifest, dict):
        raise corrupt(said("The manifest of this model bundle cannot be read."), f"a {type(manifest).__name__}")
    return manifest


def _check_format(manifest: dict[str, Any]) -> None:
    version = manifest.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise corrupt(said("The manifest of this model bundle gives no format version."), repr(version))
    if version > BUNDLE_FORMAT_VERSION:
        raise EngineError(
            "bundle_unsupported",
            said(
                "This model bundle has format {version}; this site reads up to format {newest}. "
                "Bring the site up to date, then import it again.",
                version=version,
                newest=BUNDLE_FORMAT_VERSION,
            ),
        )


def _listed_files(manifest: dict[str, Any]) -> dict[str, str]:
    files = manifest.get("files")
    if not isinstance(files, dict) or MODEL_NAME not in files:
        raise corrupt(said("The manifest of this model bundle does not list its files."))
    for name, sha256 in files.items():
        if not _is_plain_name(name) or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise corrupt(
                said("The manifest of this model bundle lists a file in a way that is not accepted."), repr(name)
            )
    return files


def _checked_size(path: Path, sha256: str) -> int:
    if not path.is_file() or path.is_symlink():
        raise corrupt(said("The file {name} is missing from this model bundle.", name=path.name))
    if _sha256_of(path) != sha256:
        raise corrupt(said("The file {name} in this model bundle is not the one it was made with.", name=path.name))
    return path.stat().st_size


def _unpack(archive: zipfile.ZipFile, folder: Path, max_bytes: int) -> None:
    entries = archive.infolist()
    _check_entries(entries)
    left = max_bytes
    for entry in entries:
        with archive.open(entry) as packed, (folder / entry.filename).open("xb") as unpacked:
            left -= _copied(packed, unpacked, left)


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ZIPPED_FILES:
        message = said(
            "This zip holds {count} files; a model bundle has at most {most}.",
            count=len(entries),
            most=MAX_ZIPPED_FILES,
        )
        raise corrupt(message)
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) < len(names):
        raise corrupt(said("This zip holds the same file twice."))
    for entry in entries:
        mode = entry.external_attr >> 16
        is_odd = stat.S_IFMT(mode) not in {0, stat.S_IFREG} or entry.flag_bits & _ENCRYPTED
        if is_odd or not _is_plain_name(entry.filename):
            raise corrupt(said("This zip holds a folder, a link or an encrypted file; a model bundle is plain files."))


def _copied(packed: IO[bytes], unpacked: IO[bytes], limit: int) -> int:
    copied = 0
    while piece := packed.read(_PIECE_BYTES):
        copied += len(piece)
        if copied > limit:
            raise EngineError(
                "bundle_too_large", said("This model bundle unpacks to more than is accepted. It was not kept.")
            )
        unpacked.write(piece)
    return copied
