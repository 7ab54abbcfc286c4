"""The site's own export: everything it knew about each clip, so that nothing is lost between two sites."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.exporters.card import HEAD, MANIFEST
from training_jobs.exporters.site_bundle import FORMAT, VERSION
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import SPLITS, About, Match, Problem, Recorded, Row, not_an_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

HEAD_BYTES: Final = 1024**2
SURE: Final = 1.0
KINDS: Final = frozenset({"words", "sentences"})
ORIGINS: Final = frozenset({"upload", "recording", "correction"})
SLOWEST_HZ, FASTEST_HZ = 1_000, 768_000
LONGEST_SECONDS: Final = 1e9


class SiteBundle:
    """`dataset.json` and `manifest.jsonl` with file, text, speaker, split, origin and what it was recorded with."""

    name = "site_bundle"
    title = to_be_said("Site bundle")
    grammar = "dataset.json; manifest.jsonl: file, text, speaker, split; audio/a.flac"

    def recognise(self, source: Source) -> Match | None:
        heads = _heads(source)
        if not heads:
            return None
        head = _loaded(source, heads[0])
        reason = said(
            "{file} says that this is “{dataset!s}”, exported by this site or another.",
            file=heads[0],
            dataset=head.get("name", ""),
        )
        return Match(SURE, reason)

    def about(self, source: Source) -> About:
        heads = _heads(source)
        head = _loaded(source, heads[0]) if heads else {}
        kind, prompts, rules = _text(head, "kind"), head.get("prompts"), head.get("text_rules")
        return About(
            kind=kind if kind in KINDS else "",
            language=_text(head, "language"),
            prompts=tuple(one for one in prompts if isinstance(one, str)) if isinstance(prompts, list) else (),
            text_rules={key: _text(rules, key) for key in rules} if isinstance(rules, dict) else {},
        )

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for head in _heads(source):
            yield from _newer(source, head)
            manifest = PurePosixPath(head).with_name(MANIFEST).as_posix()
            for item in lines_of(source, manifest):
                entry = item if isinstance(item, Problem) else _entry(manifest, *item)
                yield from [entry] if isinstance(entry, Problem) else ledger.judge(entry)
        yield from ledger.rest()


def _entry(manifest: str, line: int, raw: str) -> Row | Problem:
    item = _object(raw)
    if item is None:
        return not_an_object(manifest, line=line)
    split = SPLITS.get(_text(item, "split").lower(), "")
    file, text, speaker = (_text(item, key) for key in ("file", "text", "speaker"))
    return Row(file, text, speaker, split, manifest, line, recorded=_recorded(item))


def _recorded(item: dict[str, Any]) -> Recorded:
    rate = item.get("source_sample_rate_hz")
    origin = _text(item, "origin")
    is_rate = isinstance(rate, int) and SLOWEST_HZ <= rate <= FASTEST_HZ
    return Recorded(
        origin=origin if origin in ORIGINS else "",
        sample_rate_hz=rate if is_rate else None,
        name=_text(item, "source_name"),
        start_seconds=_seconds(item.get("source_start_seconds")),
        end_seconds=_seconds(item.get("source_end_seconds")),
    )


def _newer(source: Source, head: str) -> Iterator[Problem]:
    version = _loaded(source, head).get("version")
    if version != VERSION:
        message = said(
            "Is of version {version!s}, and this site knows version {known}. What it knows of it is read.",
            version=version,
            known=VERSION,
        )
        yield Problem(head, "bundle_version", message, is_clip_lost=False)


def _heads(source: Source) -> list[str]:
    named = [name for name in source.names if PurePosixPath(name).name == HEAD]
    return [name for name in named if _loaded(source, name).get("format") == FORMAT]


def _loaded(source: Source, name: str) -> dict[str, Any]:
    try:
        return _object(source.read(name, limit=HEAD_BYTES)) or {}
    except MemberError:
        return {}


def _object(raw: str | bytes) -> dict[str, Any] | None:
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= LONGEST_SECONDS else None
