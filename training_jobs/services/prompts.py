"""Words and sentences to record, taken from running text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import regex

from recognition.models.recognizers import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WORDS: Final = 50
MOST_SENTENCES: Final = 500
WORDS_OF_SENTENCE: Final = range(2, 21)  # fewer says little of how people speak, more cannot be read in one breath
# A word: letters with their marks, also joined by apostrophes, hyphens and joiners; numbers are not words.
_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}\u200c\u200d]*(?:['’\-][\p{L}\p{M}\u200c\u200d]+)*")
_SENTENCE_END: Final = regex.compile(r"(?<=[.!?…។।॥۔؟。！？])[\"'”’»)\]]*\s+|(?<=[。！？])|\n+")


def prompts_from_text(text: str, *, kind: str) -> list[str]:
    """Return what may be recorded of a text: its most frequent words, or its sentences of 2 to 20 words, each once.

    Words come most frequent first, lower case unless they stand so nowhere; sentences as they come.
    """
    if kind == Kind.SENTENCES:
        return list(dict.fromkeys(_sentences(text)))[:MOST_SENTENCES]
    return _frequent_words(text)[:MOST_WORDS]


def _frequent_words(text: str) -> list[str]:
    written = Counter(_WORD.findall(text))
    together: Counter[str] = Counter()
    for word, count in written.items():
        together[word.lower() if written[word.lower()] else word] += count
    return [word for word, _ in together.most_common()]


def _sentences(text: str) -> Iterator[str]:
    for line in _SENTENCE_END.split(text):
        sentence = " ".join((line or "").split())
        if len(_WORD.findall(sentence)) in WORDS_OF_SENTENCE:
            yield sentence
