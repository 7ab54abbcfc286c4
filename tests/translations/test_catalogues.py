from __future__ import annotations

import re

import pytest

from speechsite.lib.catalogues import PAGES, SCRIPTS, catalogue, languages, marked_texts, python_texts, template_texts

PLACE = re.compile(r"%\(\w+\)s|\{\w*[^{}]*\}")
EVERY = [(language, domain) for language in languages() for domain in (PAGES, SCRIPTS)]


def places(text: str) -> list[str]:
    """Return where values stand in a text, in any order."""
    return sorted(set(PLACE.findall(text)))


def test_there_is_a_second_language() -> None:
    assert "de" in languages()


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_every_text_is_translated_and_nothing_else(language: str, domain: str) -> None:
    marked = {(message.id, message.context) for message in marked_texts(domain) if message.id}
    translated = {
        (message.id, message.context): message.string for message in catalogue(language, domain) if message.id
    }
    assert marked - translated.keys() == set(), "run bin/translations"
    assert translated.keys() - marked == set(), "run bin/translations"
    parts = {key: [text] if isinstance(text, str) else list(text) for key, text in translated.items()}
    assert [key for key, texts in parts.items() if not all(texts)] == [], "fill in the empty translations in locale/"


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_a_translation_names_the_same_values(language: str, domain: str) -> None:
    wrong = []
    for message in catalogue(language, domain):
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        translations = [message.string] if isinstance(message.string, str) else list(message.string)
        # What the plural names may be left out where there is one: "one clip" needs no number.
        allowed, needed = set(places(texts[-1])) | set(places(texts[0])), set(places(texts[0])) & set(places(texts[-1]))
        for translation in translations if message.id and all(translations) else []:
            named = set(places(translation))
            if not named <= allowed or not needed - {"{count}"} <= named | {"%(count)s"}:
                wrong.append((message.id, translation))
    assert wrong == []


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_no_translation_is_a_guess(language: str, domain: str) -> None:
    assert [message.id for message in catalogue(language, domain) if message.id and message.fuzzy] == []


def test_texts_are_found_wherever_they_are_marked() -> None:
    page = """{% load i18n %}{% comment %}What it is.{% endcomment %}{% translate "Datasets" %}
        {% blocktranslate count n=1 trimmed %}one clip{% plural %}{{ n }} clips{% endblocktranslate %}"""
    assert template_texts(page) == [("Datasets", None), (("one clip", "%(n)s clips"), None)]
    source = 'f"{_(\'points\')}"; pgettext("station", "Use"); ngettext("a", "b", 2); said("The "\n "end.", x=1)'
    assert sorted(map(str, python_texts(source))) == sorted(
        map(str, [("points", None), ("Use", "station"), (("a", "b"), None), ("The end.", None)])
    )
