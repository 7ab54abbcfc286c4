from __future__ import annotations

import pytest

from training_jobs.services.evaluation import Figures, Heard, evaluation_figures


def heard(said: str, label: str, *, speaker: str = "", answer: str = "word", confidence: float = 0.9) -> Heard:
    return Heard(None, said, speaker, label, answer, confidence)


def figures(results: list[Heard], *, trained: tuple[str, ...] = ()) -> Figures:
    found = evaluation_figures(results, trained_speakers=trained, split="test")
    assert found
    return found


def test_accuracy_is_the_share_of_clips_heard_as_they_were_said() -> None:
    found = figures([heard("one", "one"), heard("one", "two"), heard("two", "two"), heard("two", "two")])
    assert (found.metrics["accuracy"], found.metrics["correct"], found.metrics["clips"]) == (0.75, 3, 4)
    assert found.evaluation["confusion"] == {"one": {"one": 1, "two": 1}, "two": {"two": 2}}
    assert [(row["label"], row["accuracy"]) for row in found.evaluation["per_label"]] == [("one", 0.5), ("two", 1.0)]


def test_a_rejected_clip_counts_for_its_best_label_and_against_acceptance() -> None:
    found = figures([heard("one", "one"), heard("one", "one", answer="none_of_these", confidence=0.2)])
    assert found.metrics["accuracy"] == 1.0
    assert found.metrics["accepted"] == 0.5
    assert found.metrics["accuracy_accepted"] == 1.0


def test_silence_is_never_right() -> None:
    found = figures([heard("one", "", answer="silence", confidence=0.0), heard("two", "two")])
    assert found.metrics["accuracy"] == 0.5
    assert found.evaluation["confusion"]["one"] == {"": 1}
    assert found.evaluation["labels"] == ["one", "two"]


def test_the_baseline_is_the_most_frequent_answer() -> None:
    found = figures([heard("one", "one")] * 3 + [heard("two", "two")])
    assert (found.metrics["baseline"], found.metrics["baseline_label"]) == (0.75, "one")


def test_few_clips_without_speakers_get_wilsons_interval() -> None:
    found = figures([heard("one", "one")] * 8 + [heard("two", "one")] * 2)
    low, high = found.metrics["interval"]
    assert found.metrics["interval_method"] == "wilson"
    assert (low, high) == pytest.approx((0.490, 0.943), abs=0.001)


def test_three_speakers_are_drawn_anew() -> None:
    good = [heard("one", "one", speaker=name) for name in ("ada", "ben") for _ in range(10)]
    bad = [heard("two", "one", speaker="cleo") for _ in range(10)]
    found = figures(good + bad)
    low, high = found.metrics["interval"]
    assert found.metrics["interval_method"] == "speakers"
    assert low == 0.0
    assert high == 1.0
    assert {row["speaker"]: row["accuracy"] for row in found.evaluation["per_speaker"]} == {
        "ada": 1.0,
        "ben": 1.0,
        "cleo": 0.0,
    }


def test_where_every_speaker_is_heard_perfectly_the_interval_does_not_claim_certainty() -> None:
    found = figures([heard("one", "one", speaker=name) for name in ("ada", "ben", "cleo")])
    low, high = found.metrics["interval"]
    assert found.metrics["interval_method"] == "wilson"
    assert low < 0.5
    assert high == 1.0


@pytest.mark.parametrize(("trained", "unseen"), [(("dev",), True), (("ada", "dev"), False), ((), True)])
def test_it_is_known_whether_the_voices_were_learned_from(trained: tuple[str, ...], unseen: bool) -> None:
    found = figures([heard("one", "one", speaker="ada"), heard("two", "two", speaker="ben")], trained=trained)
    assert found.metrics["unseen_speakers"] is unseen


def test_clips_without_a_name_are_not_called_unseen_voices() -> None:
    found = figures([heard("one", "one")])
    assert found.metrics["unseen_speakers"] is False
    assert found.metrics["speakers"] == 0
    assert found.evaluation["per_speaker"] == []


def test_nothing_heard_gives_no_figures() -> None:
    assert evaluation_figures([], trained_speakers=[], split="test") is None


def test_clips_of_other_words_count_as_turned_away_and_in_nothing_else() -> None:
    words = [heard("one", "one"), heard("two", "one")]
    others = [
        heard("_unknown_", "one", answer="none_of_these", confidence=0.3),
        heard("_unknown_", "", answer="silence", confidence=0.0),
        heard("_unknown_", "two"),
    ]
    found, plain = figures([*words, *others]), figures(words)
    turned_away = found.metrics.pop("others")
    assert turned_away.pop("interval") == pytest.approx([0.208, 0.939], abs=0.001)
    assert turned_away == {"clips": 3, "turned_away": 2, "share": 0.66667}
    assert plain.metrics.pop("others") is None
    assert found == plain
    assert [other.is_right for other in others] == [True, True, False]
    assert evaluation_figures(others, trained_speakers=(), split="test") is None
