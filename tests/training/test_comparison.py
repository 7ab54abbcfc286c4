from __future__ import annotations

import pytest
from django.utils import translation

from training_jobs.services.comparison import Pair, compared


def pairs(fixed: int, broken: int, right: int, *, speakers: int = 0) -> list[Pair]:
    """Return pairs of single words; the speakers take turns."""
    errors = [(0, 1)] * fixed + [(1, 0)] * broken + [(0, 0)] * right
    return [
        Pair(f"s{number % speakers}" if speakers else "", now, 1, before, 1)
        for number, (now, before) in enumerate(errors)
    ]


def test_many_fixed_clips_are_a_difference_with_a_plain_sentence() -> None:
    found = compared(pairs(30, 4, 166), name="v3", against="v2", noun="clips")
    assert (found.verdict, found.better_clips, found.worse_clips, found.clips) == ("better", 30, 4, 200)
    assert found.difference == pytest.approx(-0.13)
    assert found.interval[0] < -0.13 < found.interval[1] < 0
    assert found.sentence.startswith(
        "v3 is better than v2 on the same 200 clips: 13.0 points fewer clips wrong (95\u00a0%"
    )
    back = compared(pairs(4, 30, 166), name="v3", against="v2", noun="words")
    assert back.verdict == "worse"
    assert "13.0 points more words wrong" in back.sentence


def test_three_lucky_clips_are_no_difference_even_where_every_speaker_has_one() -> None:
    found = compared(pairs(3, 0, 97, speakers=3), name="v3", against="v2", noun="clips")
    assert found.verdict == "no_difference"
    assert found.sentence == (
        "Between v2 and v3 no difference is shown on the same 100 clips: v3 may be up to 7.0 points better or 0.0 "
        "points worse."
    )


def test_one_speaker_who_gained_is_a_gain_but_no_proof_for_others() -> None:
    gained = [Pair("ada", 0, 1, 1, 1)] * 40
    others = [Pair(name, 1, 1, 1, 1) for name in ("ben", "cleo", "dev") for _ in range(40)]
    found = compared([*gained, *others], name="v3", against="v2", noun="clips")
    assert (found.verdict, found.verdict_elsewhere, found.speakers) == ("better", "no_difference", 4)
    assert found.sentence.endswith("For other voices than these that is not shown: it rests on some of them.")
    assert found.per_speaker[0] == {"speaker": "ada", "clips": 40, "difference": -1.0, "wrong": 0.0}
    alone = compared(gained, name="v3", against="v2", noun="clips")
    assert (alone.verdict, alone.verdict_elsewhere, alone.speaker_interval) == ("better", "unknown", None)
    assert alone.sentence.endswith("All clips are of one voice; nothing follows for others.")


def test_a_gain_of_every_speaker_holds_for_others_too() -> None:
    found = compared(pairs(60, 0, 60, speakers=5), name="v3", against="v2", noun="words")
    assert (found.verdict, found.verdict_elsewhere) == ("better", "better")
    assert "It holds for other voices, too (drawing speakers anew: 50.0 to 50.0)." in found.sentence


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected at least one clip"):
        compared([], name="v3", against="v2", noun="clips")


def test_the_difference_is_said_in_the_language_of_whoever_asked() -> None:
    with translation.override("de"):
        found = compared(pairs(30, 4, 166), name="v3", against="v2", noun="clips")
    assert found.sentence.startswith(
        "v3 ist auf denselben 200 Clips besser als v2: 13,0 Punkte weniger falsche Clips (95-%-Intervall "
    )
