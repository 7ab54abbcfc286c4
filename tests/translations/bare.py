"""Find texts that people see and nobody marked for translation: `python -m tests.translations.bare [PATH ...]`."""

from __future__ import annotations

import ast
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING

from django.template.base import Lexer, TokenType

from speechsite.lib.catalogues import PACKAGES, PYTHON_WORDS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUE = "\ue000"
"""Stands where a template or an f-string puts a value."""
WORD = re.compile(r"[^\W\d_]{2,}")
# Names and units that are the same in every language.
SAME_EVERYWHERE = frozenset({
    "speechsite", "api", "csv", "tsv", "json", "zip", "tar", "gz", "txt", "wav", "flac", "mp3", "srt", "vtt",
    "docx", "md", "html", "wer", "cer", "ctc", "mel", "mfcc", "hz", "khz", "db", "dbfs", "ms", "min", "kb",
    "mb", "gb", "cpu", "gpu", "keras", "tensorflow", "tensorboard", "litert", "openai", "esc", "tab", "enter",
    "ctrl", "alt", "shift", "snr", "id", "url", "ok",
})  # fmt: skip
TEXT_ATTRIBUTES = frozenset({"aria-label", "aria-description", "title", "placeholder", "alt", "label"})
UNSPOKEN_ELEMENTS = frozenset({"script", "style", "code", "kbd", "pre"})
CLASS_BLOCK = re.compile(r"\{% block \w+_class %\}[\w -]*\{% endblock %\}")
VOID = frozenset({"input", "link", "meta", "br", "hr", "img", "use", "path", "source", "col", "circle", "rect", "line"})
SENTENCE = re.compile(r"(?:^|[\s(“\"'])[A-Z]?[^\W\d_]+(?:[ ,;:]+[^\W\d_]+){2,}")
SHOWN = re.compile(rf"^[^\W\d_a-z]|[.!?:]$|, |{VALUE}")
LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
PROGRAMMERS = frozenset(
    {"ValueError", "TypeError", "RuntimeError", "KeyError", "AssertionError", "NotImplementedError"}
)
NOT_SHOWN = (
    "/management/", "/commands/", "/migrations/", "/api/", "/admin.py", "/schema.py", "/sample", "/exports_elan.py",
    "/admin/", "/apps.py", "speechsite/serve/",
    "speechsite/settings.py", "speechsite/env.py", "speechsite/secret.py", "speechsite/database.py",
    "speechsite/lib/assets.py", "speechsite/lib/catalogues.py", "exporters/card.py",
)  # fmt: skip
# From which argument on a failure tells what only staff read.
DETAILS = {
    "ArchiveError": 2, "MemberError": 2, "EngineError": 2, "corrupt": 1, "_corrupt": 0, "broken": 0, "undecodable": 0,
}  # fmt: skip
# Titles of layouts that are the names of a program or a corpus. (What a layout's `grammar` shows are its files.)
NAMES = frozenset({
    "Azure Custom Speech", "Hugging Face AudioFolder", "Free Spoken Digit Dataset", "Speech training recorder",
})  # fmt: skip
NOT_SHOWN_KEYWORDS = frozenset(
    {"description", "summary", "verbose_name", "verbose_name_plural", "help", "prog", "db_comment", "detail"}
)
SCRIPT_PIECE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'(?P<text>(?:[^'\\\n]|\\.)*)'|`(?P<filled>(?:[^`\\]|\\.)*)`|"(?:[^"\\\n]|\\.)*\"""",
    re.DOTALL,
)
SCRIPT_MARKED = re.compile(r"gettext\(\s*(?:'(?:[^'\\]|\\.)*',\s*)?$")
SCRIPT_TEXT = re.compile(
    r"^[A-Z][a-z]+[ ,.]+[\w}]+|[a-z]{2,}[.!?]$|[a-z]{2,}, [a-z]{2,}|[a-z]{2,} [a-z]{2,} [a-z]{2,}|\},? [a-z]{2,}"
)
SCRIPT_CODE = re.compile(r"[<>#\[\]=]|^\.|^[a-z-]+( [a-z-]*-[a-z-]*)+$|^[a-z]+(, [a-z]+)+$")
# Where even a single word is for people, unless it is compared or what a function is asked for.
SCRIPT_SHOWN = re.compile(
    r"(?:\.(?:textContent|innerText|title|placeholder|ariaLabel) = |\b(?:title|text|textContent|innerText): "
    r"|'(?:aria-(?:label|description|valuetext|roledescription)|title|placeholder|alt)', )"
    r"(?:'[^'\n]*'|\([^()\n]*\)|[^;,\n'()])*$"
)
SCRIPT_NOT_SHOWN = re.compile(r"(?:[=!]==|\bclassName(?: =|:)) $")


def bare_in_template(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of each text of a template that stands there in plain English."""
    pieces, silent = [], 0
    for token in Lexer(CLASS_BLOCK.sub("", source)).tokenize():
        lines = "\n" * token.split_contents()[0].count("\n") if token.token_type == TokenType.BLOCK else ""
        name = token.split_contents()[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if name in {"blocktranslate", "blocktrans", "comment"}:
            silent += 1
        elif name in {"endblocktranslate", "endblocktrans", "endcomment"}:
            silent -= 1
        elif token.token_type == TokenType.VAR:
            pieces.append(VALUE)
        elif token.token_type == TokenType.TEXT:
            pieces.append("\n" * token.contents.count("\n") if silent else token.contents)
        pieces.append(lines)
    reader = _Reader()
    reader.feed("".join(pieces))
    reader.close()
    yield from reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_silent = (
            tag in UNSPOKEN_ELEMENTS or values.get("translate") == "no" or bool(self._open and self._open[-1][1])
        )
        for name, value in attrs:
            words = bool(
                value and name.startswith("data-") and " " in value and WORD.search(value) and "{" not in value
            )
            if value and (name in TEXT_ATTRIBUTES or words) and not is_silent:
                self._look(value)
        if tag not in VOID:
            self._open.append((tag, is_silent))

    def handle_endtag(self, tag: str) -> None:
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position][0] == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self._look(data)

    def _look(self, text: str) -> None:
        if any(word.lower() not in SAME_EVERYWHERE for word in WORD.findall(text.replace(VALUE, " "))):
            self.found.append((self.getpos()[0], " ".join(text.replace(VALUE, "…").split())))


def bare_in_python(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of each sentence of a Python file that is neither marked nor for programmers."""
    tree = ast.parse(source)
    passed_over: set[ast.AST] = set()
    for node in ast.walk(tree):
        passed_over.update(_silent_below(node))
    for node in ast.walk(tree):
        if node in passed_over:
            continue
        if isinstance(node, ast.JoinedStr):
            passed_over.update(node.values)
        text = _literal(node)
        if SENTENCE.search(text) and SHOWN.search(text) and not (text in NAMES or text.isupper()):
            yield getattr(node, "lineno", 0), text.replace(VALUE, "…")
        elif isinstance(node, ast.ClassDef):
            yield from _bare_choices(node)


def _silent_below(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what need not be marked: docstrings, marked texts, logs, keys, failures that only programmers see."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if isinstance(node, ast.Subscript):
        yield from ast.walk(node.slice)
    if isinstance(node, ast.keyword) and node.arg in NOT_SHOWN_KEYWORDS:
        yield from ast.walk(node.value)
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "grammar":
        yield node.value
    for line, following in pairwise(_block(node)):
        if isinstance(line, ast.Assign) and isinstance(following, ast.Raise) and _called(following.exc) in PROGRAMMERS:
            yield from ast.walk(line)
    if isinstance(node, ast.Call):
        silent = node.args[_silent_from(node) :]
        yield from (part for below in silent for part in ast.walk(below))
        yield from _help_of_a_column(node)


def _silent_from(node: ast.Call) -> int:
    """Return from which argument on a call's texts need not be marked."""
    name = _called(node)
    is_log = name in LOGS and isinstance(node.func, ast.Attribute)
    is_silent = is_log or name in {*PYTHON_WORDS, *PROGRAMMERS, "compile", "cast", "execute", "filter_annotation"}
    return 0 if is_silent else DETAILS.get(name, len(node.args))


def _block(node: ast.AST) -> list[ast.stmt]:
    body = getattr(node, "body", [])
    return body if isinstance(body, list) else []


def _called(node: ast.AST | None) -> str:
    """Return the name of what is called, without the module it is in."""
    called = node.func if isinstance(node, ast.Call) else None
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _help_of_a_column(node: ast.Call) -> Iterator[ast.AST]:
    """Yield what a column of a table or a field of the API is for; the same words of a form's field are shown."""
    if getattr(getattr(node.func, "value", None), "id", "") in {"models", "serializers"}:
        yield from (part for word in node.keywords if word.arg == "help_text" for part in ast.walk(word.value))


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return ""


def _bare_choices(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    if not any(getattr(base, "attr", getattr(base, "id", "")) == "TextChoices" for base in node.bases):
        return
    for line in node.body:
        if (
            isinstance(line, ast.Assign)
            and isinstance(line.value, ast.Tuple)
            and not isinstance(line.value.elts[1], ast.Call)
        ):
            yield line.lineno, f"choice {ast.unparse(line.value.elts[1])}"
        elif isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
            yield line.lineno, f"choice without a text of its own: {line.value.value}"


def bare_in_script(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of each text of a script that is not an argument of `gettext` or `ngettext`."""
    for found in SCRIPT_PIECE.finditer(source):
        text, before = found["text"] or found["filled"], source[: found.start()]
        if text is None or SCRIPT_MARKED.search(before) or SCRIPT_NOT_SHOWN.search(before):
            continue
        words = re.sub(r"\$\{.*?\}", "}", text)
        is_shown = WORD.search(words) and SCRIPT_SHOWN.search(before)
        # What is marked inside of `${...}` is not found by those who look for marked texts.
        if "gettext(" in text or ((is_shown or SCRIPT_TEXT.search(words)) and not SCRIPT_CODE.search(words)):
            yield before.count("\n") + 1, text


def bare_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what is bare in one file."""
    source = path.read_text()
    find = {".html": bare_in_template, ".py": bare_in_python, ".js": bare_in_script}[path.suffix]
    yield from find(source)


def shown_files() -> Iterator[Path]:
    """Yield the files whose texts people see; the style guide is for those who make pages."""
    yield from (path for path in sorted((ROOT / "templates").rglob("*.html")) if "styleguide" not in path.as_posix())
    yield from sorted((ROOT / "static" / "js").rglob("*.js"))
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not any(part in path.relative_to(ROOT).as_posix() for part in NOT_SHOWN):
                yield path


if __name__ == "__main__":
    wanted = [(ROOT / name).as_posix() for name in sys.argv[1:]]
    for file in shown_files():
        if not wanted or file.as_posix().startswith(tuple(wanted)):
            for line, text in bare_texts(file):
                print(f"{file.relative_to(ROOT)}:{line}: {text}")
