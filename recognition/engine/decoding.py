"""From the output of a CTC model to a text with words, times and scores."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from recognition.engine.alphabet import SPACE, Alphabet
from recognition.engine.bundle import corrupt, number_in
from recognition.engine.error_rates import DELETION, INSERTION, align
from recognition.engine.errors import EngineError
from recognition.engine.forced_alignment import forced_alignment
from recognition.engine.language import said
from recognition.engine.lexicon import Hotwords, Lexicon
from recognition.engine.prefix_search import (
    HOTWORD_BONUS,
    STATE_MARGIN,
    TOKEN_FLOOR,
    Limits,
    PrefixSearch,
    Weighing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognition.engine.hearing import Alternatives
    from recognition.engine.language_model import LanguageModel

__all__ = [
    "BEAM",
    "GREEDY",
    "LEXICON",
    "Decoded",
    "DecodedWord",
    "Decoding",
    "Lexicon",
    "aligned",
    "beam_search",
    "decoding_of",
    "forced_alignment",
    "greedy",
    "rivals",
    "with_alternatives",
]

DEADLINE_SECONDS = 10.0

Method = Literal["greedy", "beam", "lexicon"]
GREEDY: Method = "greedy"
BEAM: Method = "beam"
LEXICON: Method = "lexicon"

_WIDEST_BEAM = 512
_OTHERS = 9
_ALTERNATIVES = 5
_FAR_BELOW = 60.0
_LEAST_SHARE = 1e-4
_RIVALS_BEAM = 8
_LEAST_RIVAL = 0.01


@dataclass(frozen=True)
class Decoding:
    """How a model's output is read.

    "greedy": the likeliest unit of each frame. "beam": any sequence of units, words weighed by the language model.
    "lexicon": words of the language model only. A word's weight is alpha * ln P(word | words before) + beta.
    """

    method: Method = GREEDY
    beam: int = 16
    alpha: float = 0.5
    beta: float = 1.0
    temperature: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """Give what the manifest keeps."""
        return asdict(self)


def decoding_of(values: Any) -> Decoding:
    """Read what `Decoding.as_dict` gave. Raises EngineError bundle_corrupt."""
    method: Any = values.get("method") if isinstance(values, dict) else None
    if method not in get_args(Method):
        raise corrupt(said("The manifest of this model bundle gives no known way of decoding."), repr(method))
    beam = number_in(values, "beam")
    if beam != int(beam) or beam > _WIDEST_BEAM:
        message = said("The beam in this model bundle must be a whole number up to {most}.", most=_WIDEST_BEAM)
        raise corrupt(message, repr(beam))
    return Decoding(
        method=method,
        beam=int(beam),
        alpha=number_in(values, "alpha", zero_allowed=True),
        beta=number_in(values, "beta", zero_allowed=True, negative_allowed=True),
        temperature=number_in(values, "temperature"),
    )


@dataclass(frozen=True)
class DecodedWord:
    """A word, the frames in which it is said (both included), and how sure it is: `score` is 0 at best.

    See `word_score`; what a search found has the share of `with_alternatives` in it too.
    """

    text: str
    first_frame: int
    last_frame: int
    score: float
    alternatives: Alternatives = ()


@dataclass(frozen=True)
class Decoded:
    """A text with its words in order. `score` is its log-probability, with the weight of its words where there is one.

    `others` are the next best texts with theirs, best first.
    """

    text: str
    words: tuple[DecodedWord, ...]
    score: float
    others: tuple[tuple[str, float], ...] = ()


def checked(log_probs: NDArray[np.float32], alphabet: Alphabet) -> NDArray[np.float32]:
    """Give log-probabilities that can be decoded. Raises EngineError log_probabilities_invalid for any that cannot."""
    expected = len(alphabet.units) + 1
    if log_probs.ndim != 2 or log_probs.shape[1] != expected:  # noqa: PLR2004 - frames and units
        raise EngineError(
            "log_probabilities_invalid",
            said(
                "Expected one row for each frame with {expected} log-probabilities. Received shape {shape}.",
                expected=expected,
                shape=log_probs.shape,
            ),
        )
    if not np.isfinite(log_probs).all():
        raise EngineError(
            "log_probabilities_invalid", said("The model gave log-probabilities that are infinite or not a number.")
        )
    return log_probs


def tempered(log_probs: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Divide log-probabilities by a temperature and normalise them again: above 1 the model is less sure of itself."""
    if temperature == 1.0:
        return log_probs
    scaled = log_probs.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)), np.float32)


def greedy(log_probs: NDArray[np.float32], alphabet: Alphabet) -> Decoded:
    """Take the likeliest unit of each frame, repeats once, blanks out. `log_probs` has shape (frames, units + 1)."""
    best = checked(log_probs, alphabet).argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(starts[1:], len(best)) - 1
    is_unit = best[starts] != alphabet.blank
    spans = list(zip(starts[is_unit].tolist(), ends[is_unit].tolist(), strict=True))
    numbers = best[starts[is_unit]].tolist()
    words = words_of(log_probs, alphabet, numbers, spans)
    score = float(log_probs.max(axis=1).sum(dtype=np.float64))
    return Decoded(" ".join(word.text for word in words), words, score)


def beam_search(
    log_probs: NDArray[np.float32],
    alphabet: Alphabet,
    *,
    lexicon: Lexicon | None = None,
    language_model: LanguageModel | None = None,
    hotwords: Sequence[str] = (),
    beam: int = 16,
    alpha: float = 0.5,
    beta: float = 0.0,
    temperature: float = 1.0,
    hotword_bonus: float = HOTWORD_BONUS,
    margin: float = STATE_MARGIN,
    floor: float = TOKEN_FLOOR,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Decoded:
    """Find the most probable text (CTC prefix beam search). `log_probs` has shape (frames, units + 1).

    Without a lexicon any sequence of units may come out; with one only its words, and the hotwords. A word that ends
    counts alpha * ln P + beta (`language_model`; without one beta alone), the end of the sentence alpha * ln P; a word
    of `hotwords` counts `hotword_bonus` more, and a part of it while it is being spelled. Hotwords are words or phrases
    written by the rules; those with unknown characters are passed over.

    Units below `floor` are not looked at; without a lexicon, what is `margin` below the best of its frame is given up.
    After half of `deadline_seconds` the beam is narrowed, after all of it the search goes straight on to the end.
    """
    calm = tempered(checked(log_probs, alphabet), temperature)
    weighing = Weighing(language_model, alpha, beta, Hotwords(hotwords, alphabet), hotword_bonus)
    search = PrefixSearch(alphabet, lexicon, weighing, Limits(beam, margin, floor, deadline_seconds))
    found = search.run(calm)
    words = aligned(log_probs, alphabet, found[0].numbers)
    return Decoded(
        text=found[0].text,
        words=with_alternatives(words, [(other.text, other.score) for other in found]),
        score=found[0].score,
        others=tuple((other.text, other.score) for other in found[1 : _OTHERS + 1]),
    )


def with_alternatives(words: Sequence[DecodedWord], texts: Sequence[tuple[str, float]]) -> tuple[DecodedWord, ...]:
    """Give each word of the first text what the others have in its place, with its share of all texts' probability.

    The logarithm of a word's own share is added to its score: the surer the sound and the fewer the rivals, the higher.
    """
    best = texts[0][1]
    shares = [math.exp(max(score - best, -_FAR_BELOW)) for _, score in texts]
    total = sum(shares)
    places: list[dict[str, float]] = [{} for _ in words]
    for (text, _), share in zip(texts, shares, strict=True):
        at = 0
        for operation, _, heard in align([word.text for word in words], text.split()):
            if operation == INSERTION:
                continue
            if operation != DELETION:
                places[at][heard] = places[at].get(heard, 0.0) + share / total
            at += 1
    return tuple(
        replace(
            word,
            score=word.score + math.log(max(place[word.text], _LEAST_SHARE)),
            alternatives=tuple(sorted(place.items(), key=lambda item: -item[1])[:_ALTERNATIVES]),
        )
        for word, place in zip(words, places, strict=True)
    )


def rivals(log_probs: NDArray[np.float32], alphabet: Alphabet, word: DecodedWord) -> Alternatives:
    """Give what may have been said in the place of one word, best first with its share: a search of its frames.

    For words of the greedy way, which knows no second best. Nothing where nothing else is likely.
    """
    frames = log_probs[max(0, word.first_frame - 1) : word.last_frame + 2]
    found = PrefixSearch(alphabet, None, Weighing(), Limits(beam=_RIVALS_BEAM)).run(frames)
    likely = [(each.text, math.exp(max(each.score - found[0].score, -_FAR_BELOW))) for each in found if each.text]
    total = sum(share for _, share in likely)
    shares = tuple((text, share / total) for text, share in likely[:_ALTERNATIVES] if share / total >= _LEAST_RIVAL)
    return shares if len(shares) > 1 else ()


def aligned(log_probs: NDArray[np.float32], alphabet: Alphabet, numbers: Sequence[int]) -> tuple[DecodedWord, ...]:
    """Give the words of a sequence of units with the frames of their best path (forced alignment)."""
    return words_of(log_probs, alphabet, numbers, forced_alignment(log_probs, numbers, blank=alphabet.blank))


def words_of(
    log_probs: NDArray[np.float32],
    alphabet: Alphabet,
    numbers: Sequence[int],
    spans: Sequence[tuple[int, int]],
) -> tuple[DecodedWord, ...]:
    """Put units with their frames together to words."""
    groups: list[list[int]] = [[]]
    for index, number in enumerate(numbers):
        unit = alphabet.units[number]
        if unit == SPACE:
            groups.append([])
        elif unit.startswith(SPACE):
            groups.extend(([index], []))
        else:
            groups[-1].append(index)
    return tuple(
        DecodedWord(
            text=alphabet.decode(numbers[index] for index in group),
            first_frame=spans[group[0]][0],
            last_frame=spans[group[-1]][1],
            score=word_score(log_probs, [numbers[index] for index in group], [spans[index] for index in group]),
        )
        for group in groups
        if group
    )


def word_score(log_probs: NDArray[np.float32], numbers: Sequence[int], spans: Sequence[tuple[int, int]]) -> float:
    """Give how sure a word is: the mean over its units of the highest log-probability in the unit's frames."""
    best = [
        float(log_probs[first : last + 1, number].max()) for number, (first, last) in zip(numbers, spans, strict=True)
    ]
    return sum(best) / len(best)
