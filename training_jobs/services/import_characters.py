"""The characters of an upload's texts, counted so that the counts under any writing rules follow from them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import regex

from recognition.engine.errors import EngineError
from recognition.engine.writing import WritingRules, graphemes, written, written_or_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RARE_BELOW: Final = 5
MOST_CHARACTERS: Final = 6_000
TICK_TEXTS: Final = 256
APOSTROPHE: Final = "'"
EVERYTHING: Final = WritingRules(case="keep", punctuation="keep", digits="keep", vowel_marks="keep")
WORDS_ALONE: Final = WritingRules(case="keep", punctuation="drop", digits="keep", vowel_marks="keep")
_DIGIT: Final = regex.compile(r"\p{Decimal_Number}")


def characters_counted(texts: Iterable[str], *, tick: Callable[[], None]) -> dict[str, Any]:
    """Count the characters of texts, of all of them and of those without digits; see `characters_under`."""
    every: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    inner = {"all": 0, "without_digits": 0}
    with_digits = 0
    for number, text in enumerate(texts):
        has_digits = bool(_DIGIT.search(text))
        with_digits += has_digits
        found = graphemes(written_or_empty(text, EVERYTHING))
        inside = written_or_empty(text, WORDS_ALONE).count(APOSTROPHE)
        every.update(found)
        inner["all"] += inside
        if not has_digits:
            plain.update(found)
            inner["without_digits"] += inside
        if number % TICK_TEXTS == 0:
            tick()
    return {
        "all": every.most_common(MOST_CHARACTERS),
        "without_digits": plain.most_common(MOST_CHARACTERS) if with_digits else [],
        "inner_apostrophes": inner,
        "texts_with_digits": with_digits,
    }


def characters_under(counted: dict[str, Any], rules: WritingRules) -> list[dict[str, Any]]:
    """Return the characters that are left under some rules, in the order of their code points, with their counts."""
    if not counted:
        return []
    chosen = "without_digits" if rules.digits == "refuse" and counted["texts_with_digits"] else "all"
    left: Counter[str] = Counter()
    for character, count in counted[chosen]:
        kept = " " if character == " " else _kept(character, rules)
        if kept and not (kept == APOSTROPHE and rules.punctuation == "drop"):
            left[kept] += count
    if rules.punctuation == "drop" and counted["inner_apostrophes"][chosen]:
        left[APOSTROPHE] = counted["inner_apostrophes"][chosen]
    return [
        {"character": character, "count": left[character], "is_rare": left[character] < RARE_BELOW}
        for character in sorted(left)
    ]


def _kept(character: str, rules: WritingRules) -> str:
    """Return what becomes of one character; a letter beside it keeps the engine from calling it empty."""
    return written_or_empty(f"a {character} a", rules).removeprefix("a").removesuffix("a").strip()


def texts_left_out(texts: Iterable[str], rules: WritingRules) -> int:
    """Return how many texts the rules refuse."""
    return sum(_is_refused(text, rules) for text in texts)


def _is_refused(text: str, rules: WritingRules) -> bool:
    try:
        written(text, rules)
    except EngineError:
        return True
    return False
