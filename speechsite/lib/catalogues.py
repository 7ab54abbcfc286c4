"""The catalogues of the interface's languages: `python -m speechsite.lib.catalogues update` or `... compile`.

`update` reads every text that is marked for translation in Python, templates and scripts and brings `locale/` up to
date; what is new waits there with an empty translation. `compile` makes the .mo files that Django reads; set-up does
it. English is the source. No Django settings are needed here, and no GNU gettext.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
LOCALE: Final = ROOT / "locale"
PAGES: Final = "django"
SCRIPTS: Final = "djangojs"
PACKAGES: Final = ("speechsite", "recognition", "training_jobs")
TEMPLATE_WORDS: Final = {
    "_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
# How many of a function's first arguments are a context, and how many after it are the text.
PYTHON_WORDS: Final = {
    "_": (0, 1), "gettext": (0, 1), "gettext_lazy": (0, 1), "said": (0, 1), "to_be_said": (0, 1),
    "ngettext": (0, 2), "ngettext_lazy": (0, 2), "said_of": (0, 2), "pgettext": (1, 1), "pgettext_lazy": (1, 1),
}  # fmt: skip
TEMPLATE_COMMENT: Final = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
SCRIPT_WORDS: Final = {"gettext": None, "ngettext": (1, 2)}


def languages() -> list[str]:
    """Return the codes of the languages that have a catalogue."""
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


def catalogue_path(language: str, domain: str) -> Path:
    """Return where the translations of a language lie; `domain` is `django` or `djangojs`."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def catalogue(language: str, domain: str) -> Catalog:
    """Read the translations of a language; an empty catalogue when there is none yet."""
    path = catalogue_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def marked_texts(domain: str) -> Catalog:
    """Return every text of the site that is marked for translation, with the files it stands in."""
    found = Catalog(domain=domain)
    for path, text, context in _pages_and_python() if domain == PAGES else _scripts():
        found.add(text, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    return found


def template_texts(source: str) -> list[tuple[str | tuple[str, ...], str | None]]:
    """Return the texts one template marks, each with its context; singular and plural as a tuple."""
    # What is not marked is blanked out by Django; line ends would only be an indentation to the tokenizer.
    # A comment would become one of Python's, and as there are no line ends it would swallow what follows it.
    python = templatize(TEMPLATE_COMMENT.sub("", source)).replace("\n", " ").strip()
    return [(text, context) for _, text, _, context in extract("python", io.BytesIO(python.encode()), TEMPLATE_WORDS)]


def python_texts(source: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Yield the texts one Python file marks, each with its context."""
    for node in ast.walk(ast.parse(source)):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if not isinstance(node, ast.Call) or name not in PYTHON_WORDS:
            continue
        contexts, texts = PYTHON_WORDS[name]
        words = [word.value for word in node.args[: contexts + texts] if isinstance(word, ast.Constant)]
        if len(words) == contexts + texts:
            text = tuple(words[contexts:]) if texts > 1 else words[contexts]
            yield text, words[0] if contexts else None


def update() -> None:
    """Bring every catalogue up to date with the texts of the site."""
    for domain in (PAGES, SCRIPTS):
        marked = marked_texts(domain)
        for language in languages():
            translations = catalogue(language, domain)
            began = translations.creation_date
            translations.update(marked, no_fuzzy_matching=True)
            translations.creation_date = began  # what did not change shall not look as if it had
            translations.obsolete.clear()
            with catalogue_path(language, domain).open("wb") as file:
                write_po(file, translations, width=110, sort_output=True, no_location=True, omit_header=False)


def compile_all() -> None:
    """Make the .mo file of every catalogue."""
    for language in languages():
        for domain in (PAGES, SCRIPTS):
            with catalogue_path(language, domain).with_suffix(".mo").open("wb") as file:
                write_mo(file, catalogue(language, domain))


def _pages_and_python() -> Iterator[tuple[Path, str | tuple[str, ...], str | None]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for text, context in template_texts(path.read_text()):
            yield path, text, context
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for text, context in python_texts(path.read_text()):
                yield path, text, context


def _scripts() -> Iterator[tuple[Path, str | tuple[str, ...], str | None]]:
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        with path.open("rb") as file:
            for _, text, _, context in extract("javascript", file, SCRIPT_WORDS):
                yield path, text, context


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
