"""The report of a dry run for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from recognition.models.recognizers import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN: Final = 12
MINUTE: Final = 60


def report_in_words(report: dict[str, Any]) -> str:
    """Return the report as lines: what it is, how much, who, what was found."""
    return "\n".join([*_head(report), *_content(report), *_findings(report)])


def _head(report: dict[str, Any]) -> Iterator[str]:
    yield f"{report['dataset']}: nothing is kept, this was a dry run."
    yield f"Layout: {report['layout_title']} ({report['confidence']:.0%} sure). {report['reason']}"
    length = f"{report['duration_seconds'] / MINUTE:.1f} min"
    yield f"{report['clips']:,} of {report['rows']:,} entries can become clips of {report['kind']}, {length}."


def _content(report: dict[str, Any]) -> Iterator[str]:
    speakers = report["speakers"]
    if speakers["count"]:
        most = ", ".join(f"{one['speaker']} {one['minutes']:g} min" for one in speakers["most"][:SHOWN])
        yield f"{speakers['count']:,} speakers: {most}{_more(speakers['count'])}"
    for split in report["splits"]:
        yield f"{split['split'] or 'no split'}: {split['clips']:,} clips, {split['hours'] * MINUTE:.1f} min"
    if report["kind"] == Kind.SENTENCES:
        yield from _writing(report["writing"])
    else:
        labels = ", ".join(f"{one['label']} {one['clips']:,}" for one in report["labels"][:SHOWN])
        yield f"{len(report['labels']):,} labels: {labels}{_more(len(report['labels']))}"


def _writing(writing: dict[str, Any]) -> Iterator[str]:
    yield f"Written down with {writing['in_words']}."
    characters = writing["characters"]
    rare = [f"{one['character']} {one['count']}" for one in characters if one["is_rare"]]
    plain = "".join(one["character"] for one in characters if not one["is_rare"])
    yield f"{len(characters):,} characters: {plain}"
    if rare:
        yield f"{len(rare):,} of them rare: {', '.join(rare[:SHOWN])}{_more(len(rare))}"


def _findings(report: dict[str, Any]) -> Iterator[str]:
    for finding in report["findings"]:
        place = f"{finding['file']}, line {finding['line']}" if finding["line"] else finding["file"]
        more = f" and {finding['count'] - 1:,} more" if finding["count"] > 1 else ""
        yield f"  {place}{more}: {finding['message']} {finding['to_do']} ({finding['code']}, {finding['outcome']})"
    if not report["findings"]:
        yield "Nothing is wrong with any file."


def _more(count: int) -> str:
    return f" and {count - SHOWN:,} more" if count > SHOWN else ""
