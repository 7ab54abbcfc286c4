"""How long decoding one utterance takes (CPU time): greedy, open beam, lexicon, with and without a language model.

    python bench/decoding.py [--utterances 200] [--words 2000] [--json]

The output of the model is made up as real CTC models give it: a unit is sure for one or two frames of 40 ms, now and
then another one or the blank is nearly as likely, and most frames are blank. Words and their order are drawn from a
Zipf distribution; the language model learns other sentences drawn the same way.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recognition.engine.alphabet import Alphabet, characters_alphabet
from recognition.engine.decoding import Decoded, beam_search, greedy
from recognition.engine.error_rates import word_errors
from recognition.engine.language_model import train_language_model
from recognition.engine.lexicon import Lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

FRAME_SECONDS = 0.04
WORDS_AN_UTTERANCE = (3, 14)
DOUBTFUL_SHARE = 0.12


@dataclass(frozen=True)
class Timing:
    """What was measured, in milliseconds per utterance; the mean utterance lasts `mean_seconds`."""

    name: str
    utterances: int
    mean_seconds: float
    median_ms: float
    p95_ms: float
    word_error_rate: float


def sentences(generator: np.random.Generator, words: Sequence[str], count: int) -> list[str]:
    """Draw sentences in which a word is followed by one of a few."""
    drawn = []
    for _ in range(count):
        at = int(generator.zipf(1.3)) % len(words)
        chosen = [words[at]]
        for _ in range(int(generator.integers(*WORDS_AN_UTTERANCE)) - 1):
            at = (at * 7 + int(generator.zipf(1.6))) % len(words)
            chosen.append(words[at])
        drawn.append(" ".join(chosen))
    return drawn


def output(generator: np.random.Generator, text: str, alphabet: Alphabet) -> NDArray[np.float32]:
    """Make up what a CTC model that hears `text` gives, shape (frames, units + 1)."""
    rows = []
    for number in alphabet.encode(text):
        rows += [_row(generator, alphabet, alphabet.blank)] * int(generator.integers(1, 3))
        rows += [_row(generator, alphabet, number)] * int(generator.integers(1, 3))
    rows += [_row(generator, alphabet, alphabet.blank)] * 5
    return np.log(np.array(rows)).astype(np.float32)


def _row(generator: np.random.Generator, alphabet: Alphabet, number: int) -> NDArray[np.float64]:
    shares = np.exp(generator.normal(-14.0, 2.0, len(alphabet.units) + 1))
    shares[number] = 1.0
    if number != alphabet.blank and generator.random() < DOUBTFUL_SHARE:
        shares[generator.integers(0, len(shares))] = generator.uniform(0.2, 1.5)
    return np.asarray(shares / shares.sum())


def timed(
    name: str,
    decode: Callable[[NDArray[np.float32]], Decoded],
    outputs: Sequence[NDArray[np.float32]],
    said: Sequence[str],
) -> Timing:
    """Decode everything and tell how long each took."""
    spent, heard = [], []
    for log_probs in outputs:
        began = time.process_time()
        heard.append(decode(log_probs).text)
        spent.append(1000 * (time.process_time() - began))
    seconds = float(np.mean([len(log_probs) for log_probs in outputs])) * FRAME_SECONDS
    rate = word_errors(zip(said, heard, strict=True)).rate
    return Timing(name, len(spent), seconds, float(np.median(spent)), float(np.percentile(spent, 95)), rate)


def measured(utterances: int, vocabulary: int) -> list[Timing]:
    """Time every way of decoding on the same utterances."""
    generator = np.random.default_rng(0)
    letters = np.array(list("eeeetaaaooiinnsshhrdlucmwfgypbvk"))
    words = sorted({"".join(generator.choice(letters, size)) for size in generator.integers(2, 9, vocabulary)})
    said = sentences(generator, words, utterances)
    alphabet = characters_alphabet([*said, *words])
    outputs = [output(generator, text, alphabet) for text in said]
    model = train_language_model(sentences(generator, words, 20 * utterances), extra=words)
    lexicon = Lexicon(words, alphabet)
    ways: dict[str, Callable[[NDArray[np.float32]], Decoded]] = {
        "greedy": lambda x: greedy(x, alphabet),
        "beam 16, open": lambda x: beam_search(x, alphabet),
        "beam 16, open, language model": lambda x: beam_search(x, alphabet, language_model=model, beta=1.0),
        "beam 16, lexicon": lambda x: beam_search(x, alphabet, lexicon=lexicon, beta=1.0),
        "beam 16, lexicon, language model": lambda x: beam_search(
            x, alphabet, lexicon=lexicon, language_model=model, beta=1.0
        ),
        "beam 16, lexicon, language model, temperature 1.5": lambda x: beam_search(
            x, alphabet, lexicon=lexicon, language_model=model, beta=1.0, temperature=1.5
        ),
    }
    return [timed(name, decode, outputs, said) for name, decode in ways.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=200)
    parser.add_argument("--words", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    timings = measured(options.utterances, options.words)
    if options.json:
        print(json.dumps([asdict(timing) for timing in timings], indent=2))
        return
    print(f"{timings[0].utterances} utterances of {timings[0].mean_seconds:.1f} s on average")
    for timing in timings:
        print(
            f"{timing.name:52} {timing.median_ms:7.2f} ms median {timing.p95_ms:7.2f} ms p95   "
            f"WER {100 * timing.word_error_rate:5.1f} %"
        )


if __name__ == "__main__":
    main()
