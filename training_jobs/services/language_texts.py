"""Text without sound: word lists and texts a person adds, for the language model that a training makes at its end."""

from __future__ import annotations

import io
import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import regex
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative, remove, write_whole
from speechsite.lib.numbers import bytes_text, thousands_text
from training_jobs.models import LanguageText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from training_jobs.models import Dataset

LONGEST_NAME: Final = 120
MOST_TEXTS: Final = 50
PASTED: Final = gettext_lazy("Pasted text")
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LETTER = regex.compile(r"[\p{L}\p{N}]")
_END_OF_SENTENCE = regex.compile(r"(?<=[.!?…।॥۔؟。！？])\s+")


@dataclass
class _Counts:
    lines: int = 0
    words: int = 0


def language_text_create(*, dataset: Dataset, name: str = "", content: str | Iterable[bytes]) -> LanguageText:
    """Keep a text of a dataset of sentences: `content` is what was pasted, or the lines of a UTF-8 file.

    Lines without a letter or digit are passed over. Raises ServiceError text_of_words, too_many_texts,
    text_too_large (413), text_not_utf8 (names the line), text_empty; nothing is kept then.
    """
    if dataset.kind != Kind.SENTENCES:
        message = _(
            "This dataset holds words, and words need no language model. Add the text to a dataset of sentences."
        )
        raise ServiceError("text_of_words", message)
    if LanguageText.objects.filter(dataset=dataset).count() >= MOST_TEXTS:
        message = _("There are {most} texts, which is the limit. Delete one first.").format(most=MOST_TEXTS)
        raise ServiceError("too_many_texts", message)
    lines = io.BytesIO(content.encode()) if isinstance(content, str) else content
    text = LanguageText(id=uuid.uuid4(), dataset=dataset, name=_checked_name(name))
    path = private_path("texts", text.pk, ".txt")
    counts = _Counts()
    write_whole(path, lambda partial: _write(partial, lines, counts))
    text.file, text.lines, text.words = relative(path), counts.lines, counts.words
    try:
        text.save(force_insert=True)
    except BaseException:
        remove([text.file])
        raise
    return text


def language_text_delete(*, text: LanguageText) -> None:
    """Delete a text; models that learned from it stay as they are."""
    stored = text.file
    with transaction.atomic():
        text.delete()
        transaction.on_commit(lambda: remove([stored]))


def language_text_lines(dataset: Dataset) -> Iterator[str]:
    """Yield the sentences of all texts of a dataset, the oldest text first, as they were written.

    A line of several sentences gives each of them; a list gives its words. No writing rules are applied yet.
    """
    for text in LanguageText.objects.filter(dataset=dataset).order_by("created_at", "id"):
        with text.path.open(encoding="utf-8") as file:
            for line in file:
                yield from (sentence for sentence in _END_OF_SENTENCE.split(line.strip()) if sentence)


def name_of_file(name: str) -> str:
    """Return what a text is called that came as a file: the file's name without its ending."""
    return PurePath(name).stem.replace("_", " ")


def _write(path: Path, lines: Iterable[bytes], counts: _Counts) -> None:
    received = 0
    with path.open("w", encoding="utf-8") as file:
        for number, raw in enumerate(lines, start=1):
            received += len(raw)
            _check_size(received)
            line = _decoded(raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw, number)
            if _LETTER.search(line):
                file.write(f"{line}\n")
                counts.lines += 1
                counts.words += len(line.split())
    if not counts.lines:
        raise ServiceError("text_empty", _("There is no word in this text. Paste one, or choose a file that has some."))


def _check_size(received: int) -> None:
    limit = settings.MAX_TEXT_BYTES
    if received > limit:
        message = _("A text may have {limit} at most. Nothing was kept; add the part that matters most.")
        raise ServiceError("text_too_large", message.format(limit=bytes_text(limit)), status=413)


def _decoded(raw: bytes, number: int) -> str:
    """Give one line as NFC text with its white space folded."""
    try:
        plain = raw.decode("utf-8")
    except UnicodeDecodeError as failure:
        message = _(
            "Line {number} is not UTF-8 text. Nothing was kept; save the file as UTF-8 and add it again."
        ).format(number=thousands_text(number))
        raise ServiceError("text_not_utf8", message, detail=str(failure)) from failure
    if "\x00" in plain:
        message = _("Line {number} holds bytes that are no text. Nothing was kept; choose a plain text file in UTF-8.")
        raise ServiceError("text_not_utf8", message.format(number=thousands_text(number)))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def _checked_name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME] or str(PASTED)
