from __future__ import annotations

import itertools
import math
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.alphabet import Alphabet, characters_alphabet, spelled_letters_alphabet
from recognition.engine.decoding import Decoding, beam_search, decoding_of, greedy
from recognition.engine.errors import EngineError
from recognition.engine.forced_alignment import forced_alignment
from recognition.engine.language_model import END, START, train_language_model
from recognition.engine.lexicon import Lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from recognition.engine.language_model import LanguageModel

LETTERS = Alphabet("characters", (*"abcdefghijklmnopqrstuvwxyz", " "))
TINY = [
    Alphabet("characters", ("a", "b", " ")),
    Alphabet("spelled_letters", ("a", " ", " a ")),
    Alphabet("spelled_letters", ("a", "b", " b ")),
    Alphabet("frequent_words", (" a ", " b ", " ")),
]
WIDE = {"beam": 5_000, "margin": math.inf, "floor": -math.inf, "deadline_seconds": 600.0}


def random_log_probs(frames: int, units: int, seed: int, *, sharpness: float = 1.5) -> NDArray[np.float32]:
    logits = np.random.default_rng(seed).normal(size=(frames, units + 1)) * sharpness
    return (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)


def spoken(text: str, alphabet: Alphabet = LETTERS, *, sure: float = 0.95, blanks: int = 1) -> NDArray[np.float32]:
    """Give what a model that hears `text` puts out: each unit for two frames, blanks between."""
    path: list[int] = []
    for number in alphabet.encode(text):
        path += [alphabet.blank] * blanks + [number] * 2
    path += [alphabet.blank] * blanks
    shares = np.full((len(path), len(alphabet.units) + 1), (1 - sure) / len(alphabet.units))
    shares[np.arange(len(path)), path] = sure
    return np.log(shares).astype(np.float32)


def heard_as(log_probs: NDArray[np.float32], at: int, shares: dict[str, float], alphabet: Alphabet = LETTERS) -> None:
    """Make the unit at `at` of what `spoken` gave ambiguous: it is heard for one frame only."""
    rest = (1 - sum(shares.values())) / (log_probs.shape[1] - len(shares))
    row = np.full(log_probs.shape[1], rest)
    for unit, share in shares.items():
        row[alphabet.numbers[unit]] = share
    log_probs[3 * at + 1] = np.log(row)
    log_probs[3 * at + 2] = log_probs[3 * at]


def collapsed(path: Sequence[int], alphabet: Alphabet) -> list[int]:
    return [number for number, _ in itertools.groupby(path) if number != alphabet.blank]


def by_enumeration(
    log_probs: NDArray[np.float32], alphabet: Alphabet, weigh: Callable[[str], float] = lambda _: 0.0
) -> dict[str, float]:
    """Add up all paths that give the same text: {text: ln of its weighed probability}."""
    texts: dict[str, float] = {}
    for path in itertools.product(range(len(alphabet.units) + 1), repeat=len(log_probs)):
        text = alphabet.decode(collapsed(path, alphabet))
        probability = math.exp(sum(float(log_probs[frame, number]) for frame, number in enumerate(path)))
        texts[text] = texts.get(text, 0.0) + probability
    return {text: math.log(total) + weigh(text) for text, total in texts.items()}


def weight_of(model: LanguageModel, alpha: float, beta: float) -> Callable[[str], float]:
    return lambda text: alpha * model.sentence_log_probability(text) + beta * len(text.split())


@given(alphabet=st.sampled_from(TINY), frames=st.integers(1, 5), seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=80)
def test_a_wide_beam_finds_what_enumeration_finds(alphabet: Alphabet, frames: int, seed: int) -> None:
    log_probs = random_log_probs(frames, 3, seed)
    expected = by_enumeration(log_probs, alphabet)
    decoded = beam_search(log_probs, alphabet, **WIDE)
    assert decoded.score == pytest.approx(max(expected.values()), abs=1e-4)
    assert expected[decoded.text] == pytest.approx(decoded.score, abs=1e-4)
    for text, score in decoded.others:
        assert score == pytest.approx(expected[text], abs=1e-4)


@given(
    alphabet=st.sampled_from(TINY),
    seed=st.integers(0, 10_000),
    alpha=st.floats(0.0, 2.0),
    beta=st.floats(-2.0, 2.0),
)
@settings(deadline=None, max_examples=40)
def test_words_are_weighed_by_the_language_model(alphabet: Alphabet, seed: int, alpha: float, beta: float) -> None:
    log_probs = random_log_probs(5, 3, seed)
    model = train_language_model(["a b", "a a", "b", "ab a"])
    expected = by_enumeration(log_probs, alphabet, weight_of(model, alpha, beta))
    decoded = beam_search(log_probs, alphabet, language_model=model, alpha=alpha, beta=beta, **WIDE)
    assert decoded.score == pytest.approx(max(expected.values()), abs=1e-4)
    assert expected[decoded.text] == pytest.approx(decoded.score, abs=1e-4)


@given(
    alphabet=st.sampled_from(TINY[:3]),
    seed=st.integers(0, 10_000),
    words=st.sets(st.sampled_from(["a", "b", "ab", "bb", "aa", "aba"]), min_size=1),
)
@settings(deadline=None, max_examples=60)
def test_a_lexicon_lets_out_only_its_words(alphabet: Alphabet, seed: int, words: set[str]) -> None:
    log_probs = random_log_probs(5, 3, seed)
    decoded = beam_search(log_probs, alphabet, lexicon=Lexicon(sorted(words), alphabet), **WIDE)
    assert set(decoded.text.split()) <= words
    assert all(set(text.split()) <= words for text, _ in decoded.others)


@given(seed=st.integers(0, 10_000), words=st.sets(st.sampled_from(["a", "b", "ab", "bb", "aa", "aba"]), min_size=1))
@settings(deadline=None, max_examples=40)
def test_a_lexicon_finds_the_best_text_of_its_words(seed: int, words: set[str]) -> None:
    alphabet = TINY[0]
    log_probs = random_log_probs(5, 3, seed)
    allowed = {text: score for text, score in by_enumeration(log_probs, alphabet).items() if set(text.split()) <= words}
    decoded = beam_search(log_probs, alphabet, lexicon=Lexicon(sorted(words), alphabet), **WIDE)
    assert decoded.score == pytest.approx(max(allowed.values()), abs=1e-4)


@given(frames=st.integers(1, 40), seed=st.integers(0, 10_000), narrow=st.integers(1, 8))
@settings(deadline=None, max_examples=40)
def test_any_output_is_decoded_with_ordered_times(frames: int, seed: int, narrow: int) -> None:
    log_probs = random_log_probs(frames, 27, seed, sharpness=4.0)
    lexicon = Lexicon(["a", "be", "sea", "deer"], LETTERS)
    for decoded in (
        greedy(log_probs, LETTERS),
        beam_search(log_probs, LETTERS, beam=narrow),
        beam_search(log_probs, LETTERS, lexicon=lexicon, hotwords=["xyz"], beam=narrow),
    ):
        assert decoded.text == " ".join(word.text for word in decoded.words)
        assert all(0 <= word.first_frame <= word.last_frame < frames for word in decoded.words)
        assert all(one.last_frame < other.first_frame for one, other in pairwise(decoded.words))
        assert all(word.score <= 0 and math.isfinite(word.score) for word in decoded.words)
        assert math.isfinite(decoded.score)


@pytest.mark.parametrize("text", ["hello world", "aa aaa", "see all the bees", "a"])
def test_repeated_letters_and_words_come_out(text: str) -> None:
    log_probs = spoken(text)
    assert greedy(log_probs, LETTERS).text == text
    assert beam_search(log_probs, LETTERS).text == text
    assert beam_search(log_probs, LETTERS, lexicon=Lexicon(text.split(), LETTERS)).text == text


def test_words_have_the_frames_in_which_they_are_said() -> None:
    log_probs = spoken("ab cd")  # _aa_bb_  _cc_dd_
    for decoded in (greedy(log_probs, LETTERS), beam_search(log_probs, LETTERS)):
        assert [(word.text, word.first_frame, word.last_frame) for word in decoded.words] == [
            ("ab", 1, 5),
            ("cd", 10, 14),
        ]


def test_nothing_but_blanks_gives_no_words() -> None:
    log_probs = np.full((50, 28), -12.0, np.float32)
    log_probs[:, -1] = -1e-4
    for decoded in (
        greedy(log_probs, LETTERS),
        beam_search(log_probs, LETTERS),
        beam_search(log_probs, LETTERS, lexicon=Lexicon(["a"], LETTERS), hotwords=["bee"]),
        greedy(log_probs[:0], LETTERS),
        beam_search(log_probs[:0], LETTERS),
    ):
        assert (decoded.text, decoded.words) == ("", ())


def test_one_frame_is_enough_for_one_letter() -> None:
    log_probs = spoken("a", blanks=0)[:1]
    assert greedy(log_probs, LETTERS).text == "a"
    decoded = beam_search(log_probs, LETTERS)
    assert [(word.text, word.first_frame, word.last_frame) for word in decoded.words] == [("a", 0, 0)]


def test_whole_words_need_no_space_beside_them() -> None:
    alphabet = spelled_letters_alphabet(["k o b is not kob", "b"])
    text = "k o b is not kob b b"
    log_probs = spoken(text, alphabet)
    assert greedy(log_probs, alphabet).text == text
    assert beam_search(log_probs, alphabet).text == text
    lexicon = Lexicon(["k", "o", "b", "is", "not", "kob"], alphabet)
    assert (len(lexicon), len(lexicon.whole_words)) == (6, 3)
    assert beam_search(log_probs, alphabet, lexicon=lexicon).text == text
    assert "kob" not in beam_search(log_probs, alphabet, lexicon=Lexicon(["k", "o", "b", "is"], alphabet)).text


def test_a_space_too_many_changes_nothing() -> None:
    alphabet = spelled_letters_alphabet(["k is"])
    space, blank = alphabet.numbers[" "], alphabet.blank
    numbers = [space, blank, alphabet.numbers[" k "], space, blank, space, *alphabet.spelled("is"), space]
    shares = np.full((len(numbers), len(alphabet.units) + 1), 0.001)
    shares[np.arange(len(numbers)), numbers] = 0.99
    log_probs = np.log(shares).astype(np.float32)
    assert greedy(log_probs, alphabet).text == "k is"
    decoded = beam_search(log_probs, alphabet)
    assert decoded.text == "k is"
    assert [word.text for word in decoded.words] == ["k", "is"]


def test_the_language_model_decides_what_the_sound_leaves_open() -> None:
    log_probs = spoken("the sun")
    heard_as(log_probs, 5, {"u": 0.49, "o": 0.49})
    son = train_language_model(["the son of the king"] * 3 + ["a sun"])
    sun = train_language_model(["the sun is up"] * 3 + ["a son"])
    for text, model in (("the son", son), ("the sun", sun)):
        lexicon = Lexicon(model.words, LETTERS)
        assert beam_search(log_probs, LETTERS, language_model=model, alpha=1.0).text == text
        assert beam_search(log_probs, LETTERS, language_model=model, alpha=1.0, lexicon=lexicon).text == text


def test_the_other_reading_is_named_as_an_alternative() -> None:
    log_probs = spoken("the sun")
    heard_as(log_probs, 5, {"u": 0.6, "o": 0.39})
    the, sun = beam_search(log_probs, LETTERS).words
    assert [text for text, _ in sun.alternatives][:2] == ["sun", "son"]
    assert sun.alternatives[0][1] == pytest.approx(0.6, abs=0.05)
    assert the.alternatives[0][0] == "the"
    assert the.alternatives[0][1] > 0.9
    assert sun.score < the.score
    assert all(sum(share for _, share in word.alternatives) <= 1.0 + 1e-9 for word in (the, sun))


def test_a_hotword_rescues_a_word() -> None:
    log_probs = spoken("call nguyen")
    heard_as(log_probs, 8, {"i": 0.9, "y": 0.02})
    heard_as(log_probs, 9, {"a": 0.7, "e": 0.2})
    assert beam_search(log_probs, LETTERS).text != "call nguyen"
    assert beam_search(log_probs, LETTERS, hotwords=["nguyen"]).text == "call nguyen"
    model = train_language_model(["call me", "call them", "call again"])
    lexicon = Lexicon(model.words, LETTERS)
    options = {"language_model": model, "lexicon": lexicon, "alpha": 0.5}
    assert "nguyen" not in beam_search(log_probs, LETTERS, **options).text
    assert beam_search(log_probs, LETTERS, hotwords=["nguyen"], **options).text == "call nguyen"
    assert beam_search(log_probs, LETTERS, hotwords=["mister nguyen"], **options).text == "call nguyen"


def test_a_hotword_is_not_heard_where_nothing_like_it_is_said() -> None:
    log_probs = spoken("the weather is fine", sure=0.9)
    assert beam_search(log_probs, LETTERS, hotwords=["nguyen", "whether", "finest"]).text == ("the weather is fine")
    assert beam_search(log_probs, LETTERS, hotwords=["ünknown", ""]).text == "the weather is fine"


def test_a_higher_temperature_lets_the_language_model_say_more() -> None:
    log_probs = spoken("the sun", sure=1 - 1e-9)
    heard_as(log_probs, 5, {"u": 0.989, "o": 0.01})
    model = train_language_model(["the son of the king"] * 3)
    assert beam_search(log_probs, LETTERS, language_model=model, alpha=1.0).text == "the sun"
    assert beam_search(log_probs, LETTERS, language_model=model, alpha=1.0, temperature=3.0).text == "the son"


def test_syllables_of_hangul_are_put_together() -> None:
    alphabet = characters_alphabet(["안녕 하세요"])
    log_probs = spoken("안녕 하세요", alphabet)
    model = train_language_model(["안녕 하세요"])
    assert greedy(log_probs, alphabet).text == "안녕 하세요"
    lexicon = Lexicon(model.words, alphabet)
    decoded = beam_search(log_probs, alphabet, lexicon=lexicon, language_model=model)
    assert [word.text for word in decoded.words] == ["안녕", "하세요"]


def test_writing_without_spaces_is_one_word() -> None:
    alphabet = characters_alphabet(["今天天气很好"])
    assert " " not in alphabet.units
    log_probs = spoken("今天天气很好", alphabet)
    assert greedy(log_probs, alphabet).text == beam_search(log_probs, alphabet).text == "今天天气很好"


def test_a_word_that_breaks_off_is_no_word_of_the_lexicon() -> None:
    lexicon = Lexicon(["hello", "there"], LETTERS)
    assert beam_search(spoken("hello the"), LETTERS, lexicon=lexicon, beam=1).text in {"hello", "hello there"}
    assert beam_search(spoken("the"), LETTERS, lexicon=lexicon, beam=1).text in {"", "there"}


def test_a_lexicon_finds_its_words_again_behind_speech_that_is_none_of_them() -> None:
    lexicon = Lexicon(["hello", "there", "help"], LETTERS)
    for unknown in ("call", "there the", "xyzzy", "helter skelter"):
        text = beam_search(spoken(f"{unknown} there hello", sure=0.99), LETTERS, lexicon=lexicon).text
        assert text.endswith("there hello")


def test_words_that_cannot_be_spelled_are_reported() -> None:
    lexicon = Lexicon(["hello", "héllo", "naïve", "hello"], LETTERS)
    assert lexicon.unspellable == ("héllo", "naïve")
    assert len(lexicon) == 1
    assert len(Lexicon([], LETTERS)) == 0
    assert beam_search(spoken("hello"), LETTERS, lexicon=Lexicon([], LETTERS)).text == ""


def test_a_hundred_thousand_words_are_taken_in_seconds() -> None:
    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    drawn = letters[generator.integers(0, 26, (100_000, 12))]
    words = ["".join(row[: 3 + number % 10]) for number, row in enumerate(drawn)]
    began = time.process_time()
    lexicon = Lexicon(words, LETTERS)
    assert time.process_time() - began < 6.0
    text = " ".join(words[:6])
    began = time.process_time()
    assert beam_search(spoken(text, sure=0.8), LETTERS, lexicon=lexicon).text == text
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("lexicon", [None, Lexicon(["a", "be", "sea"], LETTERS)], ids=["open", "lexicon"])
def test_a_minute_of_flat_output_never_runs_away(lexicon: Lexicon | None) -> None:
    flat = np.full((3_000, 28), -math.log(28), np.float32)
    began = time.process_time()
    beam_search(flat, LETTERS, lexicon=lexicon, beam=64, deadline_seconds=0.5)
    assert time.process_time() - began < 6.0
    noisy = random_log_probs(3_000, 27, 5, sharpness=0.3)
    began = time.process_time()
    decoded = beam_search(noisy, LETTERS, lexicon=lexicon, beam=64, deadline_seconds=0.5, hotwords=["abba"])
    assert time.process_time() - began < 6.0
    assert all(one.last_frame < other.first_frame for one, other in pairwise(decoded.words))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_log_probabilities_that_are_none_are_refused(bad: float) -> None:
    log_probs = spoken("a")
    log_probs[1, 3] = bad
    for decode in (greedy, beam_search):
        with pytest.raises(EngineError) as caught:
            decode(log_probs, LETTERS)
        assert caught.value.code == "log_probabilities_invalid"


@pytest.mark.parametrize("shape", [(5, 27), (5, 29), (28,), (1, 5, 28)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match="Expected one row"):
        greedy(np.zeros(shape, np.float32), LETTERS)


def path_score(log_probs: NDArray[np.float32], path: Sequence[int]) -> float:
    return float(sum(log_probs[frame, number] for frame, number in enumerate(path)))


@given(
    numbers=st.lists(st.integers(0, 1), min_size=1, max_size=3), frames=st.integers(1, 6), seed=st.integers(0, 9_999)
)
@settings(deadline=None, max_examples=80)
def test_the_alignment_is_the_best_path_there_is(numbers: list[int], frames: int, seed: int) -> None:
    alphabet = Alphabet("characters", ("a", "b"))
    log_probs = random_log_probs(frames, 2, seed)
    paths = [path for path in itertools.product(range(3), repeat=frames) if collapsed(path, alphabet) == numbers]
    if not paths:
        with pytest.raises(EngineError) as caught:
            forced_alignment(log_probs, numbers, blank=2)
        assert caught.value.code == "alignment_impossible"
        return
    spans = forced_alignment(log_probs, numbers, blank=2)
    path = [2] * frames
    for number, (first, last) in zip(numbers, spans, strict=True):
        path[first : last + 1] = [number] * (last - first + 1)
    assert collapsed(path, alphabet) == numbers
    assert path_score(log_probs, path) == pytest.approx(max(path_score(log_probs, other) for other in paths), abs=1e-4)


def test_nothing_to_align_has_no_spans() -> None:
    assert forced_alignment(random_log_probs(3, 2, 0), [], blank=2) == []
    with pytest.raises(EngineError):
        forced_alignment(random_log_probs(3, 2, 0)[:0], [1], blank=2)


def test_decoding_goes_through_the_manifest() -> None:
    decoding = Decoding("lexicon", 12, 0.3, -1.5, 1.5)
    assert decoding_of(decoding.as_dict()) == decoding
    assert decoding_of(Decoding().as_dict()) == Decoding()


def test_the_end_of_the_sentence_counts() -> None:
    model = train_language_model(["stop it", "it is", "it is", "stop it"])
    assert model.log_probability(END, [START, "stop"]) < model.log_probability(END, ["stop", "it"])
    log_probs = spoken("stop it", sure=0.9)
    heard_as(log_probs, 4, {" ": 0.9})
    scores = [beam_search(log_probs, LETTERS, language_model=model, alpha=alpha).score for alpha in (0.0, 1.0)]
    assert scores[0] - scores[1] == pytest.approx(-model.sentence_log_probability("stop it"), abs=0.2)
