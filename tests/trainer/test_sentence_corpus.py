from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.alphabet import characters_alphabet, spelled_letters_alphabet
from tests.trainer.synthesised_sentences import corpus_of, write_job
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.recipes import CtcConvValues
from training_jobs.trainer.sentence_corpus import (
    SPEAKER,
    TRAIN,
    BatchPlan,
    load_sentence_corpus,
    outputs_needed,
    too_short,
    training_batches,
)
from training_jobs.trainer.sentence_training import spread_over_lengths

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.training


def plan_of(clips: int = 60, **values: float) -> BatchPlan:
    corpus = corpus_of(clips)
    settings = CtcConvValues(**{"epochs": 10, "minimum_steps": 1, **values})  # type: ignore[arg-type]
    return BatchPlan(corpus, corpus.rows(TRAIN), settings, seed=3)


def test_an_epoch_sees_every_clip_once() -> None:
    plan = plan_of(curriculum_share=0.0)
    for epoch in (1, 5):
        rows = sorted(row for batch in plan.epoch(epoch) for clip in batch for row in clip)
        assert rows == list(range(60))


def test_the_same_seed_and_epoch_give_the_same_batches() -> None:
    assert plan_of().epoch(7) == plan_of().epoch(7)
    assert plan_of().epoch(7) != plan_of().epoch(8)


def test_the_steps_of_the_schedule_are_those_that_are_made() -> None:
    plan = plan_of()
    assert plan.steps() == sum(len(plan.epoch(epoch)) for epoch in range(1, 11))


def test_the_first_epochs_see_the_short_clips() -> None:
    corpus = corpus_of(60)
    plan = plan_of(curriculum_share=0.4)
    sizes = [sum(len(batch) for batch in plan.epoch(epoch)) for epoch in range(1, 5)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 18
    first = {row for batch in plan.epoch(1) for clip in batch for row in clip}
    longest = max(corpus.frames[row] for row in first)
    assert longest <= min(corpus.frames[row] for row in set(range(60)) - first)


def test_only_clips_of_one_speaker_are_joined() -> None:
    corpus = corpus_of(60)
    joined = [clip for batch in plan_of(curriculum_share=0.0, join_probability=1.0).epoch(2) for clip in batch]
    pairs = [clip for clip in joined if len(clip) == 2]
    assert len(pairs) > 10
    for one, other in pairs:
        assert corpus.clips[one, SPEAKER] == corpus.clips[other, SPEAKER]


def test_clips_of_nobody_known_are_never_joined() -> None:
    corpus = corpus_of(30)
    corpus.clips[:, SPEAKER] = -1
    plan = BatchPlan(corpus, corpus.rows(TRAIN), CtcConvValues(epochs=3, minimum_steps=1, join_probability=1.0), seed=1)
    assert all(len(clip) == 1 for batch in plan.epoch(3) for clip in batch)


def test_texts_without_a_space_between_words_are_never_joined() -> None:
    corpus = corpus_of(0, texts=["abe", "bad", "cab"] * 6)
    plan = BatchPlan(corpus, corpus.rows(TRAIN), CtcConvValues(epochs=3, minimum_steps=1, join_probability=1.0), seed=1)
    alphabets = [characters_alphabet(corpus.texts)]
    labels = [batch[-1] for batch in training_batches(corpus, plan, alphabets, epoch=3)]
    assert sum(len(batch) for batch in labels) == len(corpus.clips)


def test_a_small_dataset_is_gone_through_several_times_an_epoch() -> None:
    plan = plan_of(clips=20, minimum_steps=100)
    assert sum(len(clip) for batch in plan.epoch(10) for clip in batch) > 20
    assert plan.steps() >= 60


def test_no_batch_is_longer_than_its_budget_but_for_a_single_clip() -> None:
    plan = plan_of(batch_clips=4)
    for batch in plan.epoch(9):
        longest = max(sum(plan.frames[row] for row in clip) for clip in batch)
        assert len(batch) == 1 or longest * len(batch) <= plan.budget


def test_batches_carry_the_true_lengths_and_the_units_of_each_alphabet() -> None:
    corpus = corpus_of(12)
    values = CtcConvValues(epochs=1, minimum_steps=1, join_probability=0.0, pause_probability=0.0)
    plan = BatchPlan(corpus, corpus.rows(TRAIN), values, seed=1)
    alphabets = [characters_alphabet(corpus.texts), spelled_letters_alphabet(corpus.texts)]
    planned = [clip[0] for batch in plan.epoch(1) for clip in batch]
    seen = 0
    for samples, lengths, *labels in training_batches(corpus, plan, alphabets, epoch=1):
        for place, length in enumerate(lengths):
            row = planned[seen]
            np.testing.assert_array_equal(samples[place, :length], corpus.samples(row))
            assert not samples[place, length:].any()
            for alphabet, head in zip(alphabets, labels, strict=True):
                units = [unit for unit in head[place].tolist() if unit >= 0]
                assert alphabet.decode(units) == corpus.text(row)
            seen += 1
    assert seen == len(planned)


def test_ctc_needs_one_more_output_for_a_double_letter() -> None:
    assert outputs_needed([1, 2, 3]) == 3
    assert outputs_needed([1, 1, 2, 2]) == 6
    assert outputs_needed([]) == 0


def test_a_clip_too_short_for_its_text_is_told() -> None:
    corpus = corpus_of(0, texts=["abe", "abe bad cab dea ace"])
    corpus.clips[1, 1] = corpus.clips[0, 1]
    alphabet = characters_alphabet(corpus.texts)
    assert too_short(corpus, np.array([0, 1]), alphabet, stride=4).tolist() == [False, True]


def test_a_folder_without_training_clips_is_refused(tmp_path: Path) -> None:
    corpus = corpus_of(3, validation=3)
    with pytest.raises(TrainerError) as refused:
        load_sentence_corpus(write_job(tmp_path, corpus))
    assert refused.value.code == "too_few_clips"


def test_of_many_clips_some_of_every_length_are_listened_to() -> None:
    corpus = corpus_of(60)
    chosen = spread_over_lengths(corpus.rows(TRAIN), corpus, 7)
    assert len(set(chosen.tolist())) == 7
    assert corpus.frames[chosen[0]] == corpus.frames.min()
    assert corpus.frames[chosen[-1]] == corpus.frames.max()
    assert len(spread_over_lengths(corpus.rows(TRAIN), corpus, 100)) == 60
    assert len(spread_over_lengths(corpus.rows(1), corpus, 7)) == 0
