from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.trainer.synthesised_sentences import corpus_of
from training_jobs.trainer import clock as clock_module
from training_jobs.trainer.clock import FIRST_STEPS, Clock
from training_jobs.trainer.recipes import CtcConvValues
from training_jobs.trainer.sentence_corpus import TRAIN, BatchPlan

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.training
SECONDS_PER_FRAME = 1e-4
COMPILING_SECONDS, LISTENING_SECONDS, AFTER_SECONDS = 30.0, 12.0, 20.0


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time of the clock, to be set by hand."""
    time = [100.0]
    monkeypatch.setattr(clock_module, "time", SimpleNamespace(perf_counter=lambda: time[0]))
    return time


def plan_of(clips: int, **changes: Any) -> BatchPlan:
    values = replace(CtcConvValues(epochs=20, minimum_steps=1, join_probability=0.0), **changes)
    corpus = corpus_of(clips)
    return BatchPlan(corpus, corpus.rows(TRAIN), values, seed=1)


def clock_of(plan: BatchPlan, *, first_epoch: int = 1, seconds: float = 0.0) -> Clock:
    epochs = range(first_epoch, plan.values.epochs + 1)
    work = [[plan.work(batch) for batch in plan.epoch(number)] for number in epochs]
    return Clock(work, first_epoch=first_epoch, seconds=seconds, after_seconds=AFTER_SECONDS)


def seconds_of(plan: BatchPlan, epochs: Iterable[int]) -> float:
    return sum(SECONDS_PER_FRAME * plan.work(batch) for number in epochs for batch in plan.epoch(number))


def test_what_tensorflow_compiles_is_not_counted_in_the_time_left(now: list[float]) -> None:
    plan = plan_of(90, curriculum_share=0.0)
    clock, left = clock_of(plan), []
    for epoch in range(1, 4):
        for number, batch in enumerate(plan.epoch(epoch)):
            now[0] += COMPILING_SECONDS if epoch == 1 and number < FIRST_STEPS else SECONDS_PER_FRAME * plan.work(batch)
            clock.tick()
        now[0] += COMPILING_SECONDS if epoch == 1 else 0.0
        left.append(clock.reading(epoch)["eta_seconds"])
    rests = [seconds_of(plan, range(after + 1, 21)) for after in (1, 2, 3)]
    assert left == pytest.approx([AFTER_SECONDS + rest for rest in rests], abs=0.5)


def test_from_the_second_epoch_on_the_first_is_not_counted(now: list[float]) -> None:
    plan = plan_of(90, curriculum_share=0.5)
    clock = clock_of(plan)
    for epoch in (1, 2):
        for batch in plan.epoch(epoch):
            now[0] += SECONDS_PER_FRAME * plan.work(batch)
            clock.tick()
        now[0] += LISTENING_SECONDS if epoch == 1 else 0.0
        reading = clock.reading(epoch)
    rest = seconds_of(plan, range(3, 21))
    assert reading["eta_seconds"] == pytest.approx(AFTER_SECONDS + rest, abs=0.1)
    assert reading["seconds"] is not None
    assert reading["seconds"] > LISTENING_SECONDS


def test_an_epoch_of_short_clips_is_not_taken_for_the_rule(now: list[float]) -> None:
    plan = plan_of(300, curriculum_share=0.5)
    clock = clock_of(plan)
    for batch in plan.epoch(1):
        now[0] += SECONDS_PER_FRAME * plan.work(batch)
        clock.tick()
    rest = seconds_of(plan, range(2, 21))
    assert clock.reading(1)["eta_seconds"] == pytest.approx(AFTER_SECONDS + rest, rel=0.01)


def test_after_an_epoch_of_few_updates_the_time_left_is_not_yet_known(now: list[float]) -> None:
    plan = plan_of(10, batch_clips=10)
    clock, left = clock_of(plan), []
    for epoch in (1, 2):
        for batch in plan.epoch(epoch):
            now[0] += COMPILING_SECONDS if epoch == 1 else SECONDS_PER_FRAME * plan.work(batch)
            clock.tick()
        left.append(clock.reading(epoch)["eta_seconds"])
    rest = seconds_of(plan, range(3, 21))
    assert left[0] is None
    assert left[1] == pytest.approx(AFTER_SECONDS + rest, abs=0.1)
    assert clock.reading(20)["eta_seconds"] == AFTER_SECONDS


def test_an_interrupted_run_counts_on_from_its_seconds_and_reckons_its_rest(now: list[float]) -> None:
    plan = plan_of(90, curriculum_share=0.0)
    clock = clock_of(plan, first_epoch=18, seconds=500.0)
    for batch in plan.epoch(18):
        now[0] += SECONDS_PER_FRAME * plan.work(batch)
        clock.tick()
    reading = clock.reading(18)
    assert reading["seconds"] == pytest.approx(500.0 + seconds_of(plan, [18]), abs=0.1)
    assert reading["eta_seconds"] == pytest.approx(AFTER_SECONDS + seconds_of(plan, [19, 20]), abs=0.1)
