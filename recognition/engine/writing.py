"""How a text is written down for learning and for scoring: one set of rules, chosen from the text, shown, kept."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import regex

from recognition.engine.errors import EngineError
from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHOICES = {
    "case": ("fold", "keep"),
    "punctuation": ("drop", "keep"),
    "digits": ("keep", "refuse"),
    "vowel_marks": ("keep", "drop"),
}
# Texts in which fewer than this share hold digits usually mean them by accident: "12" is said in many ways.
_USUAL_DIGITS_SHARE = 0.05
_USUAL_MARKS_SHARE = 0.5
_TURKIC_CAPITALS = str.maketrans({"I": "ı", "İ": "i"})
_TURKIC = frozenset({"tr", "az", "crh", "tt", "kk-Latn"})
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\uff07": "'", "\u00b4": "'", "`": "'"})
_JOINING = "\u200c\u200d"
_JOINERS = frozenset(_JOINING)
# Signs around or behind a character that choose how it is drawn, mostly as a picture: ❤ with U+FE0F is a red heart.
_VARIATION = regex.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ENCLOSING = "Me"
_TATWEEL = "\u0640"
_VOWEL_MARKS = regex.compile(r"[\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_ARABIC_OR_HEBREW = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
_DIGIT = regex.compile(r"\p{Decimal_Number}")
_WHITE_SPACE = regex.compile(r"\s+")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


@dataclass(frozen=True)
class WritingRules:
    """What is kept of a text. The same rules prepare what a model learns, and both sides when it is scored.

    Always: NFC, apostrophes of all shapes become ', control and format characters go (but the joiners of Persian and
    Indic scripts), white space is folded.
    """

    case: Literal["fold", "keep"] = "fold"  # "fold": small letters, by the language's own rules for i
    punctuation: Literal["drop", "keep"] = "drop"  # "drop": all but letters, marks, digits and inner apostrophes
    digits: Literal["keep", "refuse"] = "keep"  # "refuse": a text with digits is left out, since "12" is said many ways
    vowel_marks: Literal["keep", "drop"] = "keep"  # the optional vowel marks of Arabic and Hebrew, and the tatweel
    language: str = ""  # BCP 47; Turkish and its neighbours have a small letter of their own for I

    def as_dict(self) -> dict[str, str]:
        """Give the rules as the manifest and the rows keep them."""
        return asdict(self)

    def in_words(self) -> str:
        """Say in half a sentence what is done to a text."""
        parts = [
            said("small letters") if self.case == "fold" else said("capitals kept"),
            said("no punctuation") if self.punctuation == "drop" else said("punctuation kept"),
            said("texts with digits left out") if self.digits == "refuse" else said("digits kept"),
        ]
        return ", ".join([*parts, said("no vowel marks")] if self.vowel_marks == "drop" else parts)


def rules_of(values: Mapping[str, Any]) -> WritingRules:
    """Read what `as_dict` gave; unknown keys are passed over, absent ones have the default.

    Raises EngineError rule_unknown for a value that is none of `CHOICES`.
    """
    known = {field.name: values[field.name] for field in fields(WritingRules) if field.name in values}
    for name, value in known.items():
        allowed = CHOICES.get(name)
        if (allowed and value not in allowed) or not isinstance(value, str):
            expected = (
                said("{one} or {other}", one=allowed[0], other=allowed[1]) if allowed else said("a language code")
            )
            message = said(
                "{name} must be {expected}. Received: {value!s:.60}.", name=name, expected=expected, value=value
            )
            raise EngineError("rule_unknown", message)
    return WritingRules(**known)


def _rule_unknown(name: str, value: object) -> EngineError:
    if name in CHOICES:
        one, other = CHOICES[name]
        expected = said("{one} or {other}", one=one, other=other)
    else:
        expected = said("a language code")
    message = said("{name} must be {expected}. Received: {value!s:.60}.", name=name, expected=expected, value=value)
    return EngineError("rule_unknown", message)


def rules_for(texts: Iterable[str], *, language: str = "") -> WritingRules:
    """Choose the rules that suit texts: what most of them do is kept, what few do is the exception."""
    total = digits = pointed = semitic = 0
    for text in texts:
        total += 1
        digits += bool(_DIGIT.search(text))
        semitic += bool(_ARABIC_OR_HEBREW.search(text))
        pointed += bool(_VOWEL_MARKS.search(text))
    are_digits_usual = not digits or digits >= _USUAL_DIGITS_SHARE * total
    are_marks_usual = not semitic or pointed >= _USUAL_MARKS_SHARE * semitic
    return WritingRules(
        digits="keep" if are_digits_usual else "refuse",
        vowel_marks="keep" if are_marks_usual else "drop",
        language=language,
    )


def written(text: str, rules: WritingRules) -> str:
    """Give a transcript as it is learned and scored.

    Raises EngineError text_empty, text_only_symbols (nothing is left of it), text_has_digits (where they are refused).
    """
    if rules.digits == "refuse" and (found := _DIGIT.search(text)):
        raise EngineError(
            "text_has_digits",
            said(
                "The text has the digit “{digit}”, which may be said in several ways. Write it out as it is said.",
                digit=found.group(),
            ),
            text,
        )
    kept = written_or_empty(text, rules)
    if not kept:
        if text.strip():
            message = said("The text has no letter or digit in it. Write what is said in the clip.")
            raise EngineError("text_only_symbols", message, text)
        raise EngineError("text_empty", said("There is no text. Write what is said in the clip."), text)
    return kept


def written_or_empty(text: str, rules: WritingRules) -> str:
    """Give a text by the rules without refusing any: "" where nothing is left. For what a model heard."""
    plain = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    if rules.vowel_marks == "drop":
        plain = _VOWEL_MARKS.sub("", plain).replace(_TATWEEL, "")
    if rules.case == "fold":
        plain = _folded(plain, rules.language)
    spoken = plain.translate(_KEPT[rules.punctuation])
    words = [_trimmed(word, rules) for word in _WHITE_SPACE.split(spoken)]
    folded = " ".join(word for word in words if word)
    return folded if _is_said(folded) else ""


def graphemes(text: str) -> list[str]:
    """Split a text into what a reader takes for single characters (Unicode's extended grapheme clusters, UAX 29)."""
    found: list[str] = regex.findall(r"\X", text)
    return found


def is_right_to_left(text: str) -> bool:
    """Say whether a text's first letter is of a script that runs from right to left (UAX 9, rule P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in _RIGHT_TO_LEFT:
            return True
        if direction == "L":
            return False
    return False


def _folded(text: str, language: str) -> str:
    is_turkic = language in _TURKIC or language.split("-", maxsplit=1)[0] in _TURKIC
    return unicodedata.normalize("NFC", (text.translate(_TURKIC_CAPITALS) if is_turkic else text).lower())


class _Kept(dict[int, str]):
    """What is left of each character, for str.translate; each is looked at once."""

    def __init__(self, *, is_punctuation_kept: bool) -> None:
        self._is_punctuation_kept = is_punctuation_kept

    def __missing__(self, code: int) -> str:
        self[code] = kept = self._kept(chr(code))
        return kept

    def _kept(self, character: str) -> str:
        category = unicodedata.category(character)
        if character.isspace():
            return " "
        if category[0] == "C" and character not in _JOINERS:
            return ""
        if category == _ENCLOSING or _VARIATION.fullmatch(character):
            return ""
        if character in _JOINERS or category[0] in "LMN" or character == "'":
            return character
        return character if self._is_punctuation_kept else " "


_KEPT = {"drop": _Kept(is_punctuation_kept=False), "keep": _Kept(is_punctuation_kept=True)}


def _trimmed(word: str, rules: WritingRules) -> str:
    """Take off a word's ends what only matters inside: joiners, and quotation marks where punctuation goes.

    What then has no letter or digit, as the joiners between the parts of a picture, is no word.
    """
    if rules.punctuation == "keep":
        return word.strip(_JOINING)
    inner = word.strip(f"'{_JOINING}")
    return inner if _is_said(inner) else ""


def _is_said(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LN" for character in text)
