from __future__ import annotations

import gzip
import math
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.arpa import read_arpa
from recognition.engine.errors import EngineError
from recognition.engine.language_model import (
    END,
    START,
    UNKNOWN,
    load_language_model,
    train_language_model,
)

if TYPE_CHECKING:
    from pathlib import Path

sentences = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "dog", "été"]), min_size=1, max_size=6).map(" ".join),
    min_size=1,
    max_size=12,
)
PLACES = ("in the town", "by the sea", "on the hill")
STRUCTURED = [f"the {animal} sleeps {place}" for animal in ("cat", "dog", "cow") for place in PLACES] * 2


class ByDefinition:
    """Interpolated Kneser-Ney from sets and sums, as it is written in the papers."""

    def __init__(self, texts: list[str], order: int) -> None:
        self.order = order
        said = [(START, *text.split(), END) for text in texts]
        self.vocabulary = {word for words in said for word in words[1:]} | {UNKNOWN}
        self.counts: list[Counter[tuple[str, ...]]] = []
        for length in range(1, order + 1):
            here = Counter(words[i : i + length] for words in said for i in range(len(words) - length + 1))
            if length < order:
                before = defaultdict(set)
                for words in said:
                    for i in range(len(words) - length):
                        before[words[i + 1 : i + 1 + length]].add(words[i])
                here = Counter({g: len(before[g]) if g[0] != START else count for g, count in here.items()})
            here.pop((START,), None)
            self.counts.append(here)
        self.discounts = [self._discount(counts) for counts in self.counts]

    @staticmethod
    def _discount(counts: Counter[tuple[str, ...]]) -> float:
        ones, twos = (sum(count == n for count in counts.values()) for n in (1, 2))
        return min(max(ones / (ones + 2 * twos), 0.1), 0.95) if ones and twos else 0.75

    def probability(self, word: str, context: tuple[str, ...]) -> float:
        context = context[max(0, len(context) - self.order + 1) :]
        below = self.probability(word, context[1:]) if context else 1 / len(self.vocabulary)
        level = len(context)
        behind = {g: count for g, count in self.counts[level].items() if g[:-1] == context}
        total = sum(behind.values())
        if not total:
            return below
        discount = self.discounts[level]
        return max(behind.get((*context, word), 0) - discount, 0) / total + discount * len(behind) / total * below


def contexts_of(texts: list[str], most: int) -> set[tuple[str, ...]]:
    said = [(START, *text.split()) for text in texts]
    return {words[i : i + n] for words in said for n in range(most + 1) for i in range(len(words) - n + 1)}


@given(texts=sentences, order=st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_probabilities_are_those_of_the_definition(texts: list[str], order: int) -> None:
    model, expected = train_language_model(texts, order=order), ByDefinition(texts, order)
    for context in contexts_of(texts, 3):
        for word in expected.vocabulary:
            found = math.exp(model.log_probability(word, context))
            assert found == pytest.approx(expected.probability(word, context), rel=1e-9)


@given(texts=sentences, order=st.integers(1, 4), extra=st.lists(st.sampled_from(["a", "new", "b new c"]), max_size=3))
@settings(deadline=None, max_examples=60)
def test_probabilities_of_all_words_sum_to_one(texts: list[str], order: int, extra: list[str]) -> None:
    model = train_language_model(texts, order=order, extra=extra)
    for context in [*contexts_of(texts, 3), ("never", "seen"), ("dog", "never")]:
        total = sum(math.exp(model.log_probability(word, context)) for word in (*model.words, END, UNKNOWN))
        assert total == pytest.approx(1.0, abs=1e-9)


def test_a_worked_example() -> None:
    """Two sentences, bigrams, by hand.

    Bigrams: <s> a 2, a b 1, a </s> 1, b </s> 1: three once and one twice, D2 = 3 / (3 + 2) = 0.6.
    Places: a 1 (behind <s>), b 1 (behind a), </s> 2 (behind a, b): D1 = 2 / (2 + 2) = 0.5; 4 in all, of 3 kinds,
    so 1.5 / 4 = 0.375 is spread over a, b, </s> and <unk>: 0.09375 each.
    """
    model = train_language_model(["a b", "a"], order=2)
    unigram = {"a": 0.5 / 4 + 0.09375, "b": 0.5 / 4 + 0.09375, END: 1.5 / 4 + 0.09375, UNKNOWN: 0.09375}
    for word, probability in unigram.items():
        assert math.exp(model.log_probability(word, ())) == pytest.approx(probability)
    assert math.exp(model.log_probability("a", [START])) == pytest.approx(1.4 / 2 + 0.6 / 2 * 0.21875)
    assert math.exp(model.log_probability("b", ["a"])) == pytest.approx(0.4 / 2 + 1.2 / 2 * 0.21875)
    assert math.exp(model.log_probability("zebra", ["a"])) == pytest.approx(1.2 / 2 * 0.09375)
    assert model.sentence_log_probability("a") == pytest.approx(
        math.log(1.4 / 2 + 0.6 / 2 * 0.21875) + math.log(0.4 / 2 + 1.2 / 2 * unigram[END])
    )


def test_what_comes_before_helps_where_there_is_order() -> None:
    held_out = ["the dog sleeps on the hill", "the cow sleeps in the town"]
    learned = [text for text in STRUCTURED if text not in held_out]
    perplexities = [train_language_model(learned, order=order).perplexity(held_out) for order in (1, 2, 3)]
    assert perplexities[0] > 2 * perplexities[1]
    assert perplexities[2] <= perplexities[1] * 1.1
    assert train_language_model(learned).perplexity([]) == math.inf


def test_no_word_is_impossible() -> None:
    model = train_language_model(STRUCTURED)
    unknown = model.log_probability("xylophone", ["the"])
    assert -20 < unknown < model.log_probability("cat", ["the"])
    assert unknown == model.log_probability(UNKNOWN, ["the"])
    assert math.isfinite(model.perplexity(["xylophone zither"]))
    assert math.isfinite(train_language_model([]).log_probability("anything", []))


def test_listed_words_become_known_and_added_sentences_count() -> None:
    plain = train_language_model(STRUCTURED)
    model = train_language_model(STRUCTURED, extra=["zebra", "cat", "the horse sleeps in the barn"])
    assert "zebra" in model
    assert "zebra" in model.words
    assert "zebra" not in plain
    assert model.log_probability("zebra", ["the"]) > model.log_probability("xylophone", ["the"])
    assert model.log_probability("horse", [START, "the"]) > model.log_probability("zebra", [START, "the"])
    assert model.log_probability("cat", [START, "the"]) == pytest.approx(
        plain.log_probability("cat", [START, "the"]), abs=0.4
    )


def test_words_that_look_like_marks_are_taken_for_unknown_ones() -> None:
    model = train_language_model(["a <s> b </s> <unk>"])
    assert set(model.words) == {"a", "b"}
    total = sum(math.exp(model.log_probability(word, ["a"])) for word in ("a", "b", END, UNKNOWN))
    assert total == pytest.approx(1.0)


@pytest.mark.parametrize("order", [0, 6])
def test_an_order_that_is_none_is_refused(order: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        train_language_model(["a"], order=order)


def test_a_text_too_large_gets_a_lower_order() -> None:
    assert train_language_model(STRUCTURED, order=4).order == 4
    assert train_language_model(STRUCTURED, order=4, max_ngrams=60).order < 4
    assert train_language_model(STRUCTURED, order=4, max_ngrams=1).order == 1


@given(texts=sentences, order=st.integers(1, 5))
@settings(deadline=None, max_examples=30)
def test_a_written_model_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], order: int
) -> None:
    path = tmp_path_factory.mktemp("lm") / "language_model.arpa.gz"
    model = train_language_model(texts, order=order)
    model.write(path)
    loaded = load_language_model(path)
    assert (loaded.words, loaded.order, loaded.ngrams) == (model.words, model.order, model.ngrams)
    for context in [*contexts_of(texts, order), ("nothing",)]:
        for word in (*model.words, END, "nothing"):
            expected = model.log_probability(word, context)
            assert loaded.log_probability(word, context) == pytest.approx(expected, abs=2e-6)


def test_the_file_is_plain_arpa_and_always_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train_language_model(["a b", "a"], order=2).write(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    lines = gzip.decompress((tmp_path / "one").read_bytes()).decode().split("\n")
    assert lines[:5] == ["\\data\\", "ngram 1=5", "ngram 2=4", "", "\\1-grams:"]
    assert f"-99.0000000\t<s>\t{math.log10(0.6 / 2):.7f}" in lines
    assert f"{math.log10(0.4 / 2 + 1.2 / 2 * 0.21875):.7f}\ta b" in lines
    assert lines[-2:] == ["\\end\\", ""]


def arpa(*lines: str) -> str:
    return "\n".join(lines) + "\n"


UNIGRAMS = ("\\1-grams:", "-1\t<unk>", "-99\t<s>\t-0.3", "-0.5\t</s>", "-0.5\ta\t-0.2", "")
GOOD = arpa("\\data\\", "ngram 1=4", "ngram 2=1", "", *UNIGRAMS, "\\2-grams:", "-0.1\t<s> a", "", "\\end\\")


def test_a_file_of_another_tool_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lm.gz"
    path.write_bytes(gzip.compress(("\n" + GOOD).encode()))
    model = load_language_model(path)
    assert model.log_probability("a", [START]) == pytest.approx(-0.1 * math.log(10))
    assert model.log_probability("b", [START]) == pytest.approx((-0.3 - 1) * math.log(10))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no arpa at all\n",
        GOOD.replace("\\end\\\n", ""),
        GOOD.replace("ngram 1=4", "ngram 1=5"),
        GOOD.replace("ngram 1=4", "ngram 1=3"),
        GOOD.replace("ngram 2=1", "ngram 2=0"),
        GOOD.replace("ngram 2=1", "ngram 3=1"),
        GOOD.replace("ngram 1=4", "ngram 1=999999999"),
        GOOD.replace("ngram 1=4", "ngram 1=-4"),
        GOOD.replace("-0.1\t<s> a", "-0.1\t<s> zebra"),
        GOOD.replace("-0.1\t<s> a", "-0.1\t<s> a a"),
        GOOD.replace("-0.1\t<s> a", "0.1\t<s> a"),
        GOOD.replace("-0.1\t<s> a", "nan\t<s> a"),
        GOOD.replace("-0.1\t<s> a", "-inf\t<s> a"),
        GOOD.replace("-0.1\t<s> a", "-0.1 <s> a"),
        GOOD.replace("-0.1\t<s> a", "-0.1\t<s>  a"),
        GOOD.replace("a\t-0.2", "a\tinf"),
        GOOD.replace("-1\t<unk>", "-1\tb"),
        GOOD.replace("-0.5\ta", "-0.5\t</s>"),
        GOOD.replace("-0.5\ta", "-0.5\t" + "a" * 10_000),
        arpa("\\data\\", *(f"ngram {n}=1" for n in range(1, 8)), ""),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lm.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(EngineError) as caught:
        load_language_model(path)
    assert caught.value.code == "language_model_corrupt"


@pytest.mark.parametrize(
    "content", [b"", b"plain text", gzip.compress(GOOD.encode(), mtime=0)[:-20], b"\x1f\x8b" + b"\0" * 99]
)
def test_what_is_no_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lm.gz"
    path.write_bytes(content)
    with pytest.raises(EngineError) as caught:
        load_language_model(path)
    assert caught.value.code == "language_model_corrupt"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lm.gz"
    path.write_bytes(gzip.compress(GOOD.encode().replace(b"\ta\t", b"\t\xff\xfe\t")))
    with pytest.raises(EngineError) as caught:
        load_language_model(path)
    assert caught.value.code == "language_model_corrupt"


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lm.gz"
    with gzip.open(path, "wb") as packed:
        for _ in range(64):
            packed.write(b"\n" * (1 << 20))
    began = time.process_time()
    with pytest.raises(EngineError):
        read_arpa(path, max_bytes=1 << 20)
    assert time.process_time() - began < 5.0


def test_a_large_text_is_learned_quickly(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    words = [f"w{number}" for number in range(5_000)]
    ranks = np.minimum(generator.zipf(1.3, size=(20_000, 10)), 5_000) - 1
    texts = [" ".join(words[rank] for rank in row) for row in ranks]
    began = time.process_time()
    model = train_language_model(texts)
    model.write(tmp_path / "lm.gz")
    loaded = load_language_model(tmp_path / "lm.gz")
    assert time.process_time() - began < 20.0
    assert loaded.perplexity(texts[:200]) == pytest.approx(model.perplexity(texts[:200]), rel=1e-5)
    began = time.process_time()
    model.perplexity(texts[:1_000])
    assert time.process_time() - began < 2.0


def test_a_text_without_spaces_gives_a_model_that_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "language_model.arpa.gz"
    train_language_model(["a b c", "x" * 800 + " b", "word " + "\u6211" * 1500 + " c"], order=5).write(path)
    model = load_language_model(path)
    assert "x" * 800 in model
    assert sorted(model.words) == sorted(["a", "b", "c", "word", "x" * 800])


def test_reading_a_large_model_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognition.engine.arpa._TICK_NGRAMS", 4)
    path = tmp_path / "language_model.arpa.gz"
    ticks: list[int] = []
    train_language_model(STRUCTURED).write(path)
    load_language_model(path, tick=lambda: ticks.append(1))
    assert len(ticks) > 3
