"""Take ELAN's XML apart as a stream, with the line of each annotation."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, ErrorHandler

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.rows import Problem
from training_jobs.readers.spans import UNNAMED

if TYPE_CHECKING:
    from xml.sax.xmlreader import AttributesImpl, Locator

ROOT = "ANNOTATION_DOCUMENT"
TIED, REFERRING = "ALIGNABLE_ANNOTATION", "REF_ANNOTATION"


@dataclass
class Media:
    """One MEDIA_DESCRIPTOR. `origin` is where in the recording the time 0 of the annotations lies, in milliseconds."""

    urls: tuple[str, ...]
    is_sound: bool
    origin: str


@dataclass
class Note:
    """One annotation: tied to two time slots, or to another annotation, whose times it shares."""

    name: str
    line: int
    slots: tuple[str, str] | None
    parent: str
    text: str = ""


@dataclass
class TierNotes:
    """One TIER with its annotations in the order of the file."""

    name: str
    kind: str
    speaker: str
    parent: str
    notes: list[Note] = field(default_factory=list)


@dataclass
class Document:
    """What one file holds. `slots` maps each time slot to its value as written, "" where it has none."""

    units: str = "milliseconds"
    media: list[Media] = field(default_factory=list)
    slots: dict[str, str] = field(default_factory=dict)
    tiers: list[TierNotes] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_elan: bool = False


def document_of(file: str, content: bytes) -> Document:
    """Return the document; one that breaks off keeps what is before the break, and a problem with its line.

    Raises MemberError xml_refused where it declares a document type or entities (ELAN never does, and entities can
    unfold without end or read files of the machine), file_unreadable where it is no ELAN file.
    """
    handler = _Handler()
    try:
        defusedxml.sax.parse(io.BytesIO(content), handler, ErrorHandler(), forbid_dtd=True)
    except DefusedXmlException as failure:
        message = said("Declares a document type or entities, which no ELAN file does. Save it in ELAN again.")
        raise MemberError("xml_refused", message, str(failure)) from failure
    except SAXParseException as failure:
        line = failure.getLineNumber() or 1
        message = said("Breaks off or is no proper XML in line {line:,}. What is before is kept.", line=line)
        handler.document.problems.append(Problem(file, "xml_broken", message, line=line))
    except (SAXException, ValueError, LookupError) as failure:
        message = said("Is not XML that can be read: its encoding is unknown or wrong. Save it in ELAN again.")
        raise MemberError("file_unreadable", message, str(failure)) from failure
    if not handler.document.is_elan:
        message = said("Is no ELAN file: its outermost element is not {element}.", element=ROOT)
        raise MemberError("file_unreadable", message)
    return handler.document


class _Handler(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self._depth = 0
        self._note: Note | None = None
        self._text: list[str] | None = None
        self._where: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802  # the name SAX calls
        self._where = locator

    def startElement(self, name: str, attrs: AttributesImpl[str]) -> None:  # noqa: N802  # the name SAX calls
        self._depth += 1
        if self._depth == 1:
            self.document.is_elan = name == ROOT
            return
        if name in {TIED, REFERRING}:
            self._begin_note(name, attrs)
        elif name == "ANNOTATION_VALUE":
            self._text = []
        elif name == "TIER":
            self.document.tiers.append(_tier(attrs))
        elif name == "TIME_SLOT":
            self.document.slots[attrs.get("TIME_SLOT_ID", "")] = attrs.get("TIME_VALUE", "").strip()
        elif name == "MEDIA_DESCRIPTOR":
            self.document.media.append(_media(attrs))
        elif name == "HEADER":
            self.document.units = attrs.get("TIME_UNITS", "") or self.document.units

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802  # the name SAX calls
        self._depth -= 1
        if name == "ANNOTATION_VALUE":
            if self._note is not None:
                self._note.text = "".join(self._text or [])
            self._text = None
        elif name in {TIED, REFERRING} and self._note is not None:
            # Only whole annotations count: of a file that breaks off, half a text would be a wrong one.
            if self.document.tiers:
                self.document.tiers[-1].notes.append(self._note)
            self._note = None

    def _begin_note(self, name: str, attrs: AttributesImpl[str]) -> None:
        line = (self._where.getLineNumber() if self._where else None) or 0
        slots = (attrs.get("TIME_SLOT_REF1", ""), attrs.get("TIME_SLOT_REF2", "")) if name == TIED else None
        parent = attrs.get("ANNOTATION_REF", "") if name == REFERRING else ""
        self._note = Note(attrs.get("ANNOTATION_ID", ""), line, slots, parent)


def _tier(attrs: AttributesImpl[str]) -> TierNotes:
    return TierNotes(
        name=attrs.get("TIER_ID", "").strip() or UNNAMED,
        kind=attrs.get("LINGUISTIC_TYPE_REF", "").strip(),
        speaker=attrs.get("PARTICIPANT", "").strip(),
        parent=attrs.get("PARENT_REF", "").strip(),
    )


def _media(attrs: AttributesImpl[str]) -> Media:
    urls = tuple(filter(None, (attrs.get("RELATIVE_MEDIA_URL", ""), attrs.get("MEDIA_URL", ""))))
    return Media(urls, attrs.get("MIME_TYPE", "").startswith("audio"), attrs.get("TIME_ORIGIN", ""))
