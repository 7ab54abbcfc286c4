from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.trainer import synthesised, synthesised_sentences
from tests.trainer.synthesised import SHAPE, corpus_of
from tests.trainer.test_trainer_process import run
from training_jobs.trainer.architectures import WORD_BUILDERS, build, build_sentences
from training_jobs.trainer.architectures.sentence_model import SentenceShape
from training_jobs.trainer.corpus import features_of
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.export import save_weights
from training_jobs.trainer.job_files import START_WEIGHTS
from training_jobs.trainer.recipes import RECIPES
from training_jobs.trainer.warm_start import WORDS, Head, Start, outputs_of, read_start

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]
KNOWN = ("rising", "falling", "steady")
SENTENCES = RECIPES["ctc-conv"].values


def shaken(network: Any) -> None:
    """Give every weight another value, so that none can be right by chance."""
    random = np.random.default_rng(3)
    network.set_weights([weight + random.normal(0.0, 0.05, weight.shape) for weight in network.get_weights()])


@pytest.mark.parametrize("recipe", sorted(WORD_BUILDERS))
def test_known_words_sound_as_before_and_new_ones_lie_between(recipe: str, tmp_path: Path) -> None:
    values = RECIPES[recipe].values
    earlier = build(recipe, values, SHAPE)
    shaken(earlier.network)
    save_weights(earlier.network, tmp_path / START_WEIGHTS)
    wanted = ("steady", "wobbling", "rising")
    model = build(recipe, values, replace(SHAPE, labels=3, seed=9))
    start = Start("glides@v1", (Head(WORDS, outputs_of(WORDS, KNOWN)),), tmp_path / START_WEIGHTS)
    start.give(
        model.network,
        [Head(WORDS, wanted)],
        earlier=lambda counts: build(recipe, values, replace(SHAPE, labels=counts[0])).network,
    )
    corpus = corpus_of(2)
    rows = np.arange(len(corpus.clips))
    before = earlier.network(features_of(earlier, corpus, rows)).numpy()
    after = model.network(features_of(model, corpus, rows)).numpy()
    np.testing.assert_allclose(after[:, 0], before[:, 2], atol=1e-5)
    np.testing.assert_allclose(after[:, 2], before[:, 0], atol=1e-5)
    np.testing.assert_allclose(after[:, 1], before[:, [2, 0]].mean(axis=1), atol=1e-5)


def test_characters_go_over_by_name_the_blank_stays_the_blank_and_a_new_way_of_writing_begins_with_them(
    tmp_path: Path,
) -> None:
    earlier = build_sentences("ctc-conv", SENTENCES, SentenceShape((3,), 7600.0, seed=1)).network
    shaken(earlier)
    save_weights(earlier, tmp_path / START_WEIGHTS)
    model = build_sentences("ctc-conv", SENTENCES, SentenceShape((3, 4), 7600.0, seed=2)).network
    heads = [
        Head("characters", outputs_of("characters", ["b", "z", " "])),
        Head("spelled_letters", outputs_of("spelled_letters", ["b", "z", " ", " b "])),
    ]
    start = Start("talk@v1", (Head("characters", outputs_of("characters", ["a", "b", " "])),), tmp_path / START_WEIGHTS)
    start.give(
        model,
        heads,
        earlier=lambda counts: (
            build_sentences(
                "ctc-conv", SENTENCES, SentenceShape(tuple(count - 1 for count in counts), 7600.0, seed=1)
            ).network
        ),
    )
    features = np.random.default_rng(5).normal(size=(1, 120, 80)).astype(np.float32)
    before = earlier([features, np.array([120])])
    before = (before[0] if isinstance(before, list) else before).numpy()
    characters, spelled = (head.numpy() for head in model([features, np.array([120])]))
    a, b, space, blank = (before[..., place] for place in range(4))
    np.testing.assert_allclose(characters[..., 0], b, atol=1e-4)
    np.testing.assert_allclose(characters[..., 1], (b + space) / 2, atol=1e-4)
    np.testing.assert_allclose(characters[..., 3], blank, atol=1e-4)
    np.testing.assert_allclose(spelled[..., 2], space, atol=1e-4)
    np.testing.assert_allclose(spelled[..., 4], blank, atol=1e-4)
    assert not np.allclose(a, b)


def test_it_says_what_is_new(tmp_path: Path) -> None:
    start = Start("glides@v1", (Head(WORDS, KNOWN),), tmp_path)
    assert start.sentence([Head(WORDS, ("rising",))]) == (
        "Going on from glides@v1, which knows everything there is to write here."
    )
    more = tuple(f"w{number}" for number in range(7))
    assert start.sentence([Head(WORDS, (*KNOWN, *more))]) == (
        "Going on from glides@v1. New to it: “w0”, “w1”, “w2”, “w3”, “w4” and 2 more."
    )


def test_weights_of_another_size_are_named(tmp_path: Path) -> None:
    earlier = build("conv", replace(RECIPES["conv"].values, width=0.5), SHAPE).network
    save_weights(earlier, tmp_path / START_WEIGHTS)
    model = build("conv", RECIPES["conv"].values, SHAPE).network
    start = Start("glides@v1", (Head(WORDS, KNOWN),), tmp_path / START_WEIGHTS)
    with pytest.raises(TrainerError) as refused:
        start.give(model, [Head(WORDS, KNOWN)], earlier=lambda _: build("conv", RECIPES["conv"].values, SHAPE).network)
    assert refused.value.code == "start_unreadable"
    assert "glides@v1" in refused.value.message


def test_a_request_without_a_start_begins_anew(tmp_path: Path) -> None:
    assert read_start(tmp_path, {"recipe": "conv"}) is None


@pytest.mark.journey
def test_a_run_that_goes_on_knows_from_its_first_epoch_what_the_one_before_learned(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    corpus = corpus_of(14, validation_takes=4)
    synthesised.write_job(first, corpus, values={"epochs": 8, "minimum_steps": 120})
    assert run(first)[0].returncode == 0
    exported = json.loads((first / "out" / "export.json").read_text(encoding="utf-8"))
    start = {"name": "glides@v1", "heads": [{"style": WORDS, "units": list(KNOWN)}]}
    gentle = {"epochs": 1, "minimum_steps": 1, "learning_rate": 1e-4, "warmup_epochs": 0}
    synthesised.write_job(second, corpus, values=gentle, start=start)
    (second / START_WEIGHTS).write_bytes((first / "out" / "weights.h5").read_bytes())
    result, events = run(second)
    assert result.returncode == 0, result.stderr
    told = [event["message"] for event in events if event["event"] == "stage"]
    assert "Going on from glides@v1, which knows everything there is to write here." in told
    (epoch,) = [event for event in events if event["event"] == "epoch"]
    assert exported["history"][-1]["val_accuracy"] > 0.9
    assert epoch["val_accuracy"] >= exported["history"][-1]["val_accuracy"] - 0.1


@pytest.mark.journey
def test_sentences_go_on_with_a_character_they_did_not_have(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    without = [text for text in map(synthesised_sentences.sentence, range(220)) if "d" not in text][:120]
    synthesised_sentences.write_job(first, synthesised_sentences.corpus_of(0, validation=20, texts=without))
    assert run(first)[0].returncode == 0
    exported = json.loads((first / "out" / "export.json").read_text(encoding="utf-8"))
    heads = exported["heads"]
    assert [head["style"] for head in heads] == [candidate["style"] for candidate in exported["candidates"]]
    assert heads[0]["units"] == ["a", "b", "c", "e", " "]
    start = {"name": "tones@v1", "heads": heads}
    corpus = synthesised_sentences.corpus_of(150, validation=30)
    synthesised_sentences.write_job(second, corpus, start=start)
    (second / START_WEIGHTS).write_bytes((first / "out" / "weights.h5").read_bytes())
    result, events = run(second)
    assert result.returncode == 0, result.stderr
    assert "Going on from tones@v1. New to it: “d”." in [event.get("message") for event in events]
    epochs = [event for event in events if event["event"] == "epoch"]
    assert epochs[0]["val_wer"] < 0.9  # anew, hardly anything is written after one epoch
    assert epochs[-1]["val_wer"] < 0.5
