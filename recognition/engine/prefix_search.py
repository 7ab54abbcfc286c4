"""CTC prefix beam search: the most probable texts, over all the ways in which each may be said.

A. Graves, N. Jaitly, 2014: "Towards end-to-end speech recognition with recurrent neural networks"; A. Hannun and
others, 2014: "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs".

A state of the search is (finished words, spelling of the word begun, last unit). Paths that meet in one state are added
up: what ends in a blank and what ends in the last unit apart, since only after a blank is a repeated unit a new one.
Probabilities are plain numbers, brought back into range now and then: that is quicker than adding logarithms.
"""

from __future__ import annotations

import math
import time
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.alphabet import SPACE, Alphabet
from recognition.engine.language_model import END, START, LanguageModel
from recognition.engine.lexicon import Hotwords, Lexicon, marked, numbers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOTWORD_BONUS = 6.0
TOKEN_FLOOR = -9.0
STATE_MARGIN = 14.0

_NO_UNIT = -1
_SPELLS, _SPACE, _WHOLE_WORD = 0, 1, 2
_LEAST_BLANK = 1e-30
_TOO_SMALL, _TOO_LARGE = 1e-60, 1e60
_MOST_WEIGHT = 200.0
_NARROWED, _RESERVED = 4, 8


@dataclass(frozen=True)
class Weighing:
    """What makes a word more or less welcome: `alpha` * ln P + `beta`, and for a hotword `hotword_bonus` more."""

    language_model: LanguageModel | None = None
    alpha: float = 0.0
    beta: float = 0.0
    hotwords: Hotwords | None = None
    hotword_bonus: float = HOTWORD_BONUS


@dataclass(frozen=True)
class Limits:
    """How far the search looks: at most `beam` states a frame.

    Without a lexicon none more than `margin` (natural log) below the best. Units with a log-probability below `floor`
    are passed over.
    """

    beam: int = 16
    margin: float = STATE_MARGIN
    floor: float = TOKEN_FLOOR
    deadline_seconds: float = 10.0


@dataclass(frozen=True)
class Found:
    """A text, its units as the best of its paths spells them, and the logarithm of its weighed probability."""

    text: str
    numbers: tuple[int, ...]
    score: float


class _History:
    """Finished words. `following` keeps what comes of each next word: the history with it, and the word's factor."""

    __slots__ = ("context", "following", "parent", "spelling", "text")

    def __init__(self, parent: _History | None, text: str, spelling: str, context: tuple[str, ...]) -> None:
        self.parent, self.text, self.spelling, self.context = parent, text, spelling, context
        self.following: dict[str, tuple[_History, float] | None] = {}

    def words(self) -> list[_History]:
        found, at = [], self
        while at.parent is not None:
            found.append(at)
            at = at.parent
        return found[::-1]


_State = tuple[_History, str, int]
_Step = tuple[_State, float] | None


class PrefixSearch:
    """One search over one output of a model. Not to be shared between threads, nor used twice."""

    def __init__(self, alphabet: Alphabet, lexicon: Lexicon | None, weighing: Weighing, limits: Limits) -> None:
        self._units = alphabet.units
        self._blank = alphabet.blank
        self._kinds = [_kind_of(unit) for unit in alphabet.units]
        self._lexicon, self._weighing, self._limits = lexicon, weighing, limits
        self._hotwords = weighing.hotwords or Hotwords((), alphabet)
        model = weighing.language_model
        # Only where nothing but words may come out can a search be caught in a word that does not go on.
        self._margin = 0.0 if lexicon else math.exp(-limits.margin)
        self._reserved = max(1, limits.beam // _RESERVED) if lexicon else 0
        self._near = model.order - 1 if model else 0
        self._marks = [marked([number]) for number in range(len(alphabet.units))]
        self._begins: dict[str, bool] = {}

    def run(self, log_probs: NDArray[np.float32]) -> list[Found]:
        """Give the texts found for log-probabilities of shape (frames, units + 1), the best first; never none."""
        start: _State = (_History(None, "", "", (START,)), "", _NO_UNIT)
        states: dict[_State, list[Any]] = {start: [1.0, 0.0, None]}
        blanks = np.maximum(np.exp(log_probs[:, self._blank].astype(np.float64)), _LEAST_BLANK).tolist()
        tokens = _tokens(log_probs[:, : self._blank], self._limits.floor, self._limits.beam)
        began, scale = time.monotonic(), 0.0
        for blank, units in zip(blanks, tokens, strict=True):
            beam, most = self._width(time.monotonic() - began)
            if units:
                states = self._advanced(states, blank, units[:most])
            else:
                for mass in states.values():
                    mass[0], mass[1] = (mass[0] + mass[1]) * blank, 0.0
            states, lost = _kept(states, beam, self._margin, reserved=self._reserved)
            scale += lost
        return self._texts(states, scale)

    def _width(self, seconds: float) -> tuple[int, int]:
        """Give how many states and units to go on with: fewer when half of the time is over, one when all of it is."""
        beam = self._limits.beam
        if seconds < self._limits.deadline_seconds / 2:
            return beam, beam
        return (max(1, beam // _NARROWED), _NARROWED) if seconds < self._limits.deadline_seconds else (1, 1)

    def _advanced(
        self, states: dict[_State, list[Any]], blank: float, units: list[tuple[int, float]]
    ) -> dict[_State, list[Any]]:
        """Go on by one frame. A state's masses are [ends in a blank, ends in its last unit, steps known from here]."""
        again = dict(units)
        # The best state with a blank behind it is there in any case: what stays this far below it cannot be kept.
        least = blank * self._margin * max([mass[0] + mass[1] for mass in states.values()])
        following: dict[_State, list[Any]] = {}
        for state, (in_blank, in_unit, known) in states.items():
            last, total = state[2], in_blank + in_unit
            steps = {} if known is None else known
            mass = following.setdefault(state, [0.0, 0.0, None])
            mass[0] += total * blank
            mass[1] += in_unit * again.get(last, 0.0)
            mass[2] = steps
            for unit, share in units:
                weight = (in_blank if unit == last else total) * share
                if weight <= least:
                    continue
                if unit not in steps:
                    steps[unit] = self._step(state, unit)
                step = steps[unit]
                if step is not None:
                    reached = following.get(step[0])
                    if reached is None:
                        following[step[0]] = [0.0, weight * step[1], None]
                    else:
                        reached[1] += weight * step[1]
        return following

    def _step(self, state: _State, unit: int) -> _Step:
        """Give the state that a new unit leads to, and the factor of its weight; None where no word goes on like this.

        A space beside another or beside a whole word changes nothing in the text.
        """
        history, spelling, _ = state
        kind = self._kinds[unit]
        if kind == _SPELLS:
            longer = spelling + self._marks[unit]
            begins = self._begins.get(longer)
            if begins is None:
                begins = self._begins[longer] = self._may_begin(longer)
            if not begins:
                return None
            return (history, longer, unit), self._gain(spelling, longer) if self._hotwords else 1.0
        ended = self._ended(history, spelling) if spelling else (history, 1.0)
        if ended is None or kind == _SPACE:
            return ended and ((ended[0], "", unit), ended[1])
        whole = self._with_whole_word(ended[0], unit)
        return whole and ((whole[0], "", unit), ended[1] * whole[1])

    def _ended(self, history: _History, spelling: str) -> tuple[_History, float] | None:
        """Finish the word begun. What its beginning was worth as part of a hotword stays only if it is one."""
        if spelling not in history.following:
            is_hot = spelling in self._hotwords.words
            may_end = is_hot or self._lexicon is None or self._lexicon.look_up(spelling)[1]
            back = 0.0 if is_hot else -self._share(spelling)
            history.following[spelling] = self._followed(history, spelling, back, is_hot=is_hot) if may_end else None
        return history.following[spelling]

    def _with_whole_word(self, history: _History, unit: int) -> tuple[_History, float] | None:
        spelling = marked([unit])
        if spelling not in history.following:
            is_hot = unit in self._hotwords.whole_words
            may_be = is_hot or self._lexicon is None or unit in self._lexicon.whole_words
            bonus = self._weighing.hotword_bonus if is_hot else 0.0
            history.following[spelling] = self._followed(history, spelling, bonus, is_hot=is_hot) if may_be else None
        return history.following[spelling]

    def _followed(self, history: _History, spelling: str, bonus: float, *, is_hot: bool) -> tuple[_History, float]:
        joined = "".join(self._units[number] for number in numbers_of(spelling))
        word = unicodedata.normalize("NFC", joined).strip()
        weight = self._weight(word, history.context, is_hot=is_hot) + self._weighing.beta + bonus
        context = (*history.context, word)[-self._near :] if self._near else ()
        return _History(history, word, spelling, context), self._factor(weight)

    def _weight(self, word: str, context: tuple[str, ...], *, is_hot: bool) -> float:
        model = self._weighing.language_model
        if model is None:
            return 0.0
        if is_hot and word not in model:
            # Somebody expects it: it counts as a usual word, not as one that is unknown.
            return -self._weighing.alpha * math.log(len(model.words) + 1)
        return self._weighing.alpha * model.log_probability(word, context)

    def _share(self, spelling: str) -> float:
        return self._hotwords.shares.get(spelling, 0.0) * self._weighing.hotword_bonus

    def _gain(self, shorter: str, longer: str) -> float:
        return self._factor(self._share(longer) - self._share(shorter))

    def _may_begin(self, spelling: str) -> bool:
        return self._lexicon is None or spelling in self._hotwords.shares or self._lexicon.look_up(spelling)[0]

    @staticmethod
    def _factor(weight: float) -> float:
        return math.exp(min(max(weight, -_MOST_WEIGHT), _MOST_WEIGHT)) if weight else 1.0

    def _texts(self, states: dict[_State, list[Any]], scale: float) -> list[Found]:
        """Finish the words begun, weigh the end of the sentence, add up what gives the same text."""
        finished = []
        for (history, spelling, _), mass in states.items():
            ended = self._ended(history, spelling) if spelling else (history, 1.0)
            if ended is not None:
                finished.append((ended[0], (mass[0] + mass[1]) * ended[1]))
        if not finished:
            # A word that breaks off at the end of the recording and is none of the lexicon's is left out.
            finished = [(history, mass[0] + mass[1]) for (history, _, _), mass in states.items()]
        texts: dict[str, tuple[float, float, _History]] = {}
        for history, mass in finished:
            weighed = mass * self._factor(self._weight(END, history.context, is_hot=False))
            text = " ".join(word.text for word in history.words())
            total, most, best = texts.get(text, (0.0, -1.0, history))
            texts[text] = (total + weighed, max(most, weighed), history if weighed > most else best)
        ordered = sorted(texts.items(), key=lambda item: -item[1][0])
        return [
            Found(text, self._numbers(history), (math.log(total) if total > 0 else -math.inf) + scale)
            for text, (total, _, history) in ordered
        ]

    def _numbers(self, history: _History) -> tuple[int, ...]:
        numbers: list[int] = []
        needs_space = False
        for word in history.words():
            spelled = numbers_of(word.spelling)
            is_whole = self._kinds[spelled[0]] == _WHOLE_WORD
            if needs_space and not is_whole:
                numbers.append(self._kinds.index(_SPACE))
            numbers.extend(spelled)
            needs_space = not is_whole
        return tuple(numbers)


def _kind_of(unit: str) -> int:
    if unit == SPACE:
        return _SPACE
    return _WHOLE_WORD if unit.startswith(SPACE) else _SPELLS


def _tokens(log_probs: NDArray[np.float32], floor: float, most: int) -> list[list[tuple[int, float]]]:
    """Give for each frame the units above `floor` with their probabilities, at most so many, the best first."""
    tokens: list[list[tuple[int, float]]] = [[] for _ in log_probs]
    frames, units = np.nonzero(log_probs > floor)
    shares = np.exp(log_probs[frames, units].astype(np.float64))
    order = np.lexsort((units, -shares, frames))
    for frame, unit, share in zip(frames[order].tolist(), units[order].tolist(), shares[order].tolist(), strict=True):
        if len(tokens[frame]) < most:
            tokens[frame].append((unit, share))
    return tokens


def _kept(
    states: dict[_State, list[Any]], beam: int, margin: float, *, reserved: int
) -> tuple[dict[_State, list[Any]], float]:
    """Keep the best states, and beside them the best `reserved` of those that are between two words.

    They are brought back into range where they left it: (states, ln of what they were divided by).
    """
    most = max([mass[0] + mass[1] for mass in states.values()])
    least = most * margin
    near = [item for item in states.items() if item[1][0] + item[1][1] >= least]
    if len(near) > beam:
        near.sort(key=lambda item: item[1][0] + item[1][1], reverse=True)
        between = [item for item in near[beam:] if not item[0][1]]
        near[beam:] = between[:reserved]
    states = dict(near)
    if _TOO_SMALL < most < _TOO_LARGE or not most:
        return states, 0.0
    for mass in states.values():
        mass[0], mass[1] = mass[0] / most, mass[1] / most
    return states, math.log(most)
