"""A transcription as an ELAN annotation document, EAF 3.0: the transcript, and in it a tier of words.

https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf
"""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognition.services.exports_document import SpokenDocument

SEGMENTS, WORDS = "transcript", "words"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation, ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}
Span = tuple[int, int, str]


def as_eaf(document: SpokenDocument) -> bytes:
    """Write XML in UTF-8. Words are alignable and lie inside their segment, with gaps between them (Included_In)."""
    ET.register_namespace("xsi", _XSI)
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "",
            "DATE": document.created_at.isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            f"{{{_XSI}}}noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    segments = [(segment.start_ms, segment.end_ms, segment.text) for segment in document.segments]
    words = [(word.start_ms, word.end_ms, word.text) for word in document.words]
    _add_header(root, document, last_annotation=len(segments) + len(words))
    slots = _add_slots(root, [*segments, *words])
    language = {"LANG_REF": document.language} if document.language else {}
    of_segments = {"TIER_ID": SEGMENTS, "LINGUISTIC_TYPE_REF": SEGMENTS, **language}
    of_words = {"TIER_ID": WORDS, "PARENT_REF": SEGMENTS, "LINGUISTIC_TYPE_REF": WORDS, **language}
    _add_tier(ET.SubElement(root, "TIER", of_segments), segments, slots, first=1)
    _add_tier(ET.SubElement(root, "TIER", of_words), words, slots[len(segments) :], first=len(segments) + 1)
    _add_types(root, document.language)
    ET.indent(root, space="    ")
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _add_header(root: ET.Element, document: SpokenDocument, *, last_annotation: int) -> None:
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    name = quote(document.media_name)
    kind = mimetypes.guess_type(document.media_name)[0] or "unknown"
    media = {"MEDIA_URL": f"file:///{name}", "RELATIVE_MEDIA_URL": f"./{name}"}
    ET.SubElement(header, "MEDIA_DESCRIPTOR", {**media, "MIME_TYPE": "audio/x-wav" if "wav" in kind else kind})
    ET.SubElement(header, "PROPERTY", {"NAME": "model"}).text = document.model
    ET.SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"}).text = str(last_annotation)


def _add_slots(root: ET.Element, spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Write the moments in order of time; return the names of start and end of each span."""
    order = ET.SubElement(root, "TIME_ORDER")
    moments = [
        (milliseconds, place, which) for place, span in enumerate(spans) for which, milliseconds in enumerate(span[:2])
    ]
    names = [["", ""] for _ in spans]
    for number, (milliseconds, place, which) in enumerate(sorted(moments), start=1):
        names[place][which] = f"ts{number}"
        ET.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": str(milliseconds)})
    return [(start, end) for start, end in names]


def _add_tier(tier: ET.Element, spans: Sequence[Span], slots: Sequence[tuple[str, str]], *, first: int) -> None:
    for number, ((_, _, text), (start, end)) in enumerate(zip(spans, slots, strict=False), start=first):
        references = {"ANNOTATION_ID": f"a{number}", "TIME_SLOT_REF1": start, "TIME_SLOT_REF2": end}
        annotation = ET.SubElement(ET.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION", references)
        ET.SubElement(annotation, "ANNOTATION_VALUE").text = text


def _add_types(root: ET.Element, language: str) -> None:
    plain = {"GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "true"}
    ET.SubElement(root, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": SEGMENTS, **plain})
    ET.SubElement(root, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": WORDS, "CONSTRAINTS": "Included_In", **plain})
    if language:
        ET.SubElement(root, "LANGUAGE", {"LANG_ID": language, "LANG_LABEL": language})
    for stereotype, description in _CONSTRAINTS.items():
        ET.SubElement(root, "CONSTRAINT", {"STEREOTYPE": stereotype, "DESCRIPTION": description})
