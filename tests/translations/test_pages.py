"""Every page in a language that puts brackets around each of its texts: what stands outside is not translated."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from babel.messages.mofile import read_mo, write_mo
from django.apps import apps
from django.db import models
from django.test import Client
from django.utils.translation import trans_real

from recognition.engine import language
from speechsite.lib.catalogues import PAGES, SCRIPTS, marked_texts
from tests.access.test_every_address import OWN, OWNED, address, belongings
from tests.translations.bare import SAME_EVERYWHERE, TEXT_ATTRIBUTES, UNSPOKEN_ELEMENTS, VOID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

__all__ = ["belongings"]
pytestmark = pytest.mark.django_db
OPEN, CLOSE = "⟦", "⟧"
TEXTS = (models.CharField, models.TextField, models.JSONField)
# Names of programs, formats, corpora and files, and the words that examples of files are written with.
NUMBER_WITH_A_COMMA = re.compile(
    r'(?:data-(?:v|at|lo|hi|start|end|sure-from|doubtful-below)|aria-value\w+)="[-\d]*,\d+"'
)
NAMES = frozenset(
    """
    English LSTM ELAN Praat TextGrid eaf AudioFolder AudioMNIST Azure CTM Speech Commands Common Voice Custom DeepSpeech
    Face Free Hugging LJSpeech LibriSpeech LibriTTS NIST STM Spoken Digit VIVOS recorder README SHA SUMS audio duration
    filename filepath filesize jsonl manifest metadata scp spk transcript utt wavs good morning yes
    """.lower().split()
)
WORD = re.compile(r"[^\W\d_]{3,}")


@pytest.fixture
def brackets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Let German be English in brackets."""
    folder = tmp_path / "locale/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    for domain in (PAGES, SCRIPTS):
        catalogue = marked_texts(domain)
        catalogue.locale = "de"
        for message in catalogue:
            texts = message.id if isinstance(message.id, tuple) else (message.id,)
            marked = tuple(f"{OPEN}{text}{CLOSE}" for text in texts)
            # A date's pattern and a place where words are put into are no words themselves.
            is_spoken = bool(WORD.search(re.sub(r"\{.*?\}|%\(\w+\)s|<[^>]*>", "", texts[0])))
            if message.id and is_spoken:
                message.string = marked if isinstance(message.id, tuple) else marked[0]
        with (folder / f"{domain}.mo").open("wb") as file:
            write_mo(file, catalogue)
    settings.LOCALE_PATHS = [folder.parents[1]]
    monkeypatch.setattr(language, "LOCALE", folder.parents[1])
    monkeypatch.setattr(trans_real, "_translations", {})
    language._catalogue.cache_clear()
    yield
    language._catalogue.cache_clear()


class Outside(HTMLParser):
    """Collects the words of a page that stand in no brackets."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._depth = 0
        self._silent: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_silent = bool(self._silent and self._silent[-1][1])
        is_silent |= tag in UNSPOKEN_ELEMENTS or values.get("translate") == "no"
        if tag not in VOID:
            self._silent.append((tag, is_silent))
        if not is_silent:
            for name in TEXT_ATTRIBUTES & values.keys():
                self._collect(values[name] or "", depth=0)

    def handle_endtag(self, tag: str) -> None:
        while self._silent and self._silent.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._silent and self._silent[-1][1]):
            self._depth = self._collect(data, depth=self._depth)

    def _collect(self, text: str, *, depth: int) -> int:
        for piece in re.split(f"([{OPEN}{CLOSE}])", text):
            depth += (piece == OPEN) - (piece == CLOSE)
            if depth == 0:
                self.words += WORD.findall(piece)
        return depth


def data_words() -> set[str]:
    """Return every word that stands in the database: names, texts, and what is kept in JSON."""
    found: set[str] = set()
    for model in apps.get_models():
        columns = [
            f.name
            for f in model._meta.concrete_fields
            if isinstance(f, (models.CharField, models.TextField, models.JSONField))
        ]
        for row in model._base_manager.values_list(*columns):
            found.update(word.lower() for value in row for word in WORD.findall(str(value)))
    return found


def words_of_django() -> set[str]:
    """Return the words Django itself translates: labels and helps of its forms."""
    catalogues = sorted(Path(django.__file__).parent.rglob("locale/de/LC_MESSAGES/django.mo"))
    texts = [message.string for path in catalogues for message in read_mo(path.open("rb"))]
    return {word.lower() for text in texts for word in WORD.findall(str(text))}


def test_no_page_has_a_text_that_is_not_translated(brackets: None, owner: User, belongings: dict[str, Any]) -> None:
    client = Client(headers={"accept-language": "de"})
    client.force_login(owner)
    known = data_words() | words_of_django() | NAMES | SAME_EVERYWHERE
    bare: dict[str, list[str]] = {}
    seen = 0
    for name in [*OWN, *OWNED]:
        path = address(name, belongings)
        if path.startswith(("/api/", "/v1/", "/admin/", "/language/")):
            continue
        answer = client.get(path)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        page = Outside()
        source = b"".join(answer).decode()
        page.feed(source)
        # What scripts and assistive programs read is a number with a point in every language.
        assert NUMBER_WITH_A_COMMA.findall(source) == [], path
        words = sorted({word for word in page.words if word.lower() not in known})
        if words:
            bare[path] = words
    assert seen > 30
    assert not bare, bare
