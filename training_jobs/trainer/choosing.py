"""What is chosen on the validation clips when a network of sentences has been trained: units, decoding, confidence."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from recognition.engine.confidence import fit_confidence
from recognition.engine.decoding import Decoding, Method, beam_search, greedy
from recognition.engine.error_rates import OK, ErrorCounts, align, align_words, character_errors, count_errors
from recognition.engine.lexicon import Lexicon
from training_jobs.trainer.sentence_corpus import VALIDATION
from training_jobs.trainer.sentence_training import spread_over_lengths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from recognition.engine.alphabet import Alphabet
    from recognition.engine.decoding import Decoded
    from recognition.engine.language_model import LanguageModel
    from training_jobs.trainer.sentence_corpus import SentenceCorpus
    from training_jobs.trainer.sentence_training import Listened

MOST_CLIPS = 200  # more tell units and weights apart no better, and take longer
MOST_SECONDS = 60.0  # for the search over weights; what was found by then is taken
METHODS: tuple[Method, ...] = ("greedy", "beam", "lexicon")
FIRST_GUESS = Decoding("lexicon", alpha=0.4, beta=1.5)
ALPHAS = (0.0, 0.2, 0.4, 0.6, 0.9)
BETAS = (0.0, 1.5, 3.0)
CALMER = 1.5  # a temperature, for the lexicon alone: an open beam grows too wide with it


@dataclass(frozen=True)
class Choice:
    """`head` is the alphabet chosen, `decoding` how its output is read; `tried` and `candidates` are for the record."""

    head: int
    decoding: Decoding
    slope: float
    offset: float
    clips: int
    candidates: list[dict[str, Any]] = field(default_factory=list)
    tried: list[dict[str, Any]] = field(default_factory=list)


def clips_to_choose_by(corpus: SentenceCorpus) -> NDArray[np.int64]:
    """Return validation clips, from short to long: what a network makes of all of a large corpus fills the memory."""
    return spread_over_lengths(corpus.rows(VALIDATION), corpus, MOST_CLIPS)


def chosen(
    heard: Listened, corpus: SentenceCorpus, alphabets: Sequence[Alphabet], language_model: LanguageModel
) -> Choice:
    """Choose on what the network made of `clips_to_choose_by`; without any, what is usual.

    First the units, each alphabet read greedily and with lexicon and language model; then method and weights for the
    best alphabet; then the line from a word's score to its confidence.
    """
    said = [corpus.text(row) for row in heard.rows]
    trials = [
        Trial(alphabet, log_probs, said, language_model)
        for alphabet, log_probs in zip(alphabets, heard.log_probs, strict=False)
    ]
    if not any(said):
        slope, offset = fit_confidence([], [])
        return Choice(len(alphabets) - 1 if len(alphabets) < 3 else 1, Decoding("beam"), slope, offset, 0)  # noqa: PLR2004
    candidates = [trial.candidate() for trial in trials]
    head = min(range(len(candidates)), key=lambda index: (candidates[index]["wer"], index))
    decoding, tried = trials[head].best_decoding()
    slope, offset = trials[head].confidence_line(decoding)
    return Choice(head, decoding, slope, offset, len(said), candidates, tried)


def tried_decodings() -> Iterator[Decoding]:
    """Yield the ways of decoding that are tried, the likelier ones first."""
    weights = list(product(ALPHAS, BETAS))
    for method in METHODS[1:]:
        yield from (Decoding(method, alpha=alpha, beta=beta) for alpha, beta in weights)
    yield from (Decoding("lexicon", alpha=alpha, beta=beta, temperature=CALMER) for alpha, beta in weights)


class Trial:
    """The validation clips as one alphabet wrote them: log-probabilities, shape (outputs, units + 1) each."""

    def __init__(
        self,
        alphabet: Alphabet,
        log_probs: Sequence[NDArray[np.float32]],
        said: Sequence[str],
        language_model: LanguageModel,
    ) -> None:
        self.alphabet, self.log_probs, self.said = alphabet, log_probs, said
        self.language_model = language_model
        self.lexicon = Lexicon(language_model.words, alphabet)

    def candidate(self) -> dict[str, Any]:
        """Return how well the alphabet does, greedily and at the first guess of weights."""
        greedy, guided = self.score(Decoding("greedy")), self.score(FIRST_GUESS)
        better = min(greedy, guided, key=lambda score: score["wer"])
        return {
            "style": self.alphabet.style,
            "units": len(self.alphabet.units),
            "greedy_wer": greedy["wer"],
            "lexicon_wer": guided["wer"],
            "wer": better["wer"],
        }

    def best_decoding(self) -> tuple[Decoding, list[dict[str, Any]]]:
        """Search over methods and weights; return the best and the best of each method."""
        ends_at = time.monotonic() + MOST_SECONDS
        scores = [self.score(Decoding("greedy"))]
        for decoding in tried_decodings():
            if time.monotonic() > ends_at:
                break
            scores.append(self.score(decoding))
        by_method = [
            min((score for score in scores if score["decoding"]["method"] == method), key=_rank, default=None)
            for method in METHODS
        ]
        tried = [score for score in by_method if score is not None]
        return Decoding(**min(tried, key=_rank)["decoding"]), tried

    def score(self, decoding: Decoding) -> dict[str, Any]:
        """Return word and character error rate of one way of decoding."""
        pairs = list(zip(self.said, (decoded.text for decoded in self.decoded(decoding)), strict=True))
        words = sum((count_errors(align_words(said, heard)) for said, heard in pairs), ErrorCounts())
        return {
            "decoding": decoding.as_dict(),
            "wer": round(words.rate, 5),
            "cer": round(character_errors(pairs).rate, 5),
        }

    def decoded(self, decoding: Decoding) -> list[Decoded]:
        """Read every clip."""
        return [self.read(scores, decoding) for scores in self.log_probs]

    def read(self, log_probs: NDArray[np.float32], decoding: Decoding) -> Decoded:
        """Read one clip."""
        if decoding.method == "greedy":
            return greedy(log_probs, self.alphabet)
        return beam_search(
            log_probs,
            self.alphabet,
            lexicon=self.lexicon if decoding.method == "lexicon" else None,
            language_model=self.language_model,
            beam=decoding.beam,
            alpha=decoding.alpha,
            beta=decoding.beta,
            temperature=decoding.temperature,
        )

    def confidence_line(self, decoding: Decoding) -> tuple[float, float]:
        """Fit the line from a word's score to the odds that it is right."""
        scores: list[float] = []
        right: list[bool] = []
        for said, decoded in zip(self.said, self.decoded(decoding), strict=True):
            steps = align(said.split(), [word.text for word in decoded.words])
            scores.extend(word.score for word in decoded.words)
            right.extend(step[0] == OK for step in steps if step[2])
        return fit_confidence(scores, right)


def _rank(score: dict[str, Any]) -> tuple[float, float]:
    return score["wer"], score["cer"]
