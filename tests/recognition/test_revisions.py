"""Edits of segments, and revisions of two people at once: nobody's words are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recognition.engine.errors import EngineError
from recognition.models import Correction, Transcription
from recognition.services import segment_edits as edits
from recognition.services.corrections import correction_create
from recognition.services.exports import transcription_export
from recognition.services.revisions import (
    Saved,
    history_of,
    revision_restore,
    revision_save,
    revision_undo,
    segments_of,
    transcript_approve,
)
from recognition.services.splices import all_applied, changes
from speechsite.lib.errors import ServiceError
from tests.recognition.spoken import HARBOUR, kept, segment

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db
THREE = (*HARBOUR, segment(("inbound", 6.0, 6.6, 0.5), ("east", 6.7, 7.1, 0.4)))


def words_of(row: Transcription) -> list[list[str]]:
    row.refresh_from_db()
    return [[word["word"] for word in part["words"]] for part in segments_of(row)]


def write(row: Transcription, by: User, at: int, text: str, *, began_from: int | None = None) -> Saved:
    return revision_save(
        transcription=row,
        by=by,
        began_from=began_from,
        edit=lambda base: edits.line_rewritten(base, at, text, duration=row.duration_seconds),
    )


def kinds(row: Transcription) -> list[str]:
    return list(row.corrections.order_by("number").values_list("kind", flat=True))


# One line at a time


def test_words_that_stay_keep_their_times_and_their_confidence() -> None:
    [line] = edits.line_rewritten(HARBOUR[:1], 0, "harbor control this truly is", duration=10.0)
    assert line["text"] == "harbor control this truly is"
    first, control, this, truly, last = line["words"]
    assert (first["start"], first["end"], first["confidence"], first["was"]) == (0.6, 1.1, None, "harbour")
    assert control == HARBOUR[0]["words"][1]
    assert this["confidence"] == 0.8
    assert this["end"] == truly["start"]
    assert truly["confidence"] is None
    assert last == HARBOUR[0]["words"][3]


def test_a_line_without_text_goes() -> None:
    assert [part["text"] for part in edits.line_rewritten(THREE, 1, " ", duration=10.0)] == [
        "harbour control this is",
        "inbound east",
    ]


def test_one_word_becomes_two_in_its_time() -> None:
    line = edits.word_rewritten(THREE, 1, 0, "the sea", duration=10.0)[1]
    assert line["text"] == "the sea wolf"
    the, sea, wolf = line["words"]
    assert (the["start"], the["end"], sea["end"]) == (4.2, sea["start"], wolf["start"])
    assert wolf == THREE[1]["words"][1]


def test_the_same_word_again_confirms_it() -> None:
    line = edits.word_rewritten(THREE, 1, 0, "sea", duration=10.0)[1]
    assert (line["words"][0]["confidence"], line["words"][0]["was"], line["words"][0]["was_confidence"]) == (
        None,
        "sea",
        0.55,
    )


def test_a_word_of_signs_alone_is_refused() -> None:
    with pytest.raises(EngineError) as refused:
        edits.word_rewritten(THREE, 1, 0, "?!", duration=10.0)
    assert refused.value.code == "text_only_symbols"


def test_the_last_word_taken_out_takes_the_line_along() -> None:
    one = edits.word_rewritten(THREE, 1, 0, "", duration=10.0)
    assert one[1]["text"] == "wolf"
    assert len(edits.word_rewritten(one, 1, 0, "", duration=10.0)) == 2


def test_a_sound_that_was_none_of_the_words_is_given_one() -> None:
    heard = (segment(("", 1.0, 1.5, 0.4), ("go", 2.0, 2.4, 0.9)),)
    line = edits.word_rewritten(heard, 0, 0, "left", duration=3.0)[0]
    assert line["text"] == "left go"
    assert line["words"][0]["start"] == 1.0


def test_lines_are_cut_and_joined_again() -> None:
    cut = edits.split(THREE, 0, 2)
    assert [(part["text"], part["start"], part["end"]) for part in cut][:2] == [
        ("harbour control", 0.6, 1.7),
        ("this is", 1.72, 2.0),
    ]
    assert edits.joined(cut, 0) == list(THREE)
    for place in (0, 4):
        with pytest.raises(ServiceError, match="between two of its words"):
            edits.split(THREE, 0, place)
    with pytest.raises(ServiceError, match="last line"):
        edits.joined(THREE, 2)


@pytest.mark.parametrize(
    ("at", "edge", "seconds", "expected"),
    [
        (1, "start", -0.1, 4.1),
        (1, "start", -9.0, 2.0),
        (1, "start", 0.1, 4.3),
        (1, "start", 9.0, 4.48),
        (1, "end", 0.5, 5.5),
        (1, "end", 9.0, 6.0),
        (1, "end", -9.0, 4.54),
        (2, "end", 99.0, 10.0),
        (0, "start", -9.0, 0.0),
    ],
)
def test_an_edge_moves_as_far_as_its_neighbours_leave_room(at: int, edge: str, seconds: float, expected: float) -> None:
    line = edits.nudged(THREE, at, edge, seconds, duration=10.0)[at]
    assert line[edge] == pytest.approx(expected)
    assert line["words"][0 if edge == "start" else -1][edge] == pytest.approx(expected)
    assert all(word["end"] > word["start"] for word in line["words"])


def test_expected_errors_are_the_doubts_that_nobody_settled() -> None:
    assert edits.expected_errors(THREE[2:]) == pytest.approx(1.1)
    assert edits.expected_errors(edits.word_rewritten(THREE[2:], 0, 1, "west", duration=10.0)) == pytest.approx(0.5)
    assert edits.expected_errors([segment(("", 0.0, 0.5, 0.3))]) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "new",
    [
        THREE,
        (),
        THREE[1:],
        (*THREE, segment(("out", 8.0, 8.5, 0.9))),
        (THREE[0], segment(("sea", 4.2, 4.5, 0.9)), segment(("wolf", 4.6, 5.0, 0.9)), THREE[2]),
    ],
    ids=["same", "nothing", "first gone", "one more", "cut"],
)
def test_changes_lead_from_one_list_to_the_other(new: tuple[dict[str, Any], ...]) -> None:
    assert all_applied(THREE, changes(THREE, new)) == list(new)


# Revisions


def test_every_save_is_a_revision_with_who_and_when(owner: User, member: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "the sea wolf")
    write(row, member, 2, "inbound from the east")
    row.refresh_from_db()
    assert row.text == "harbour control this is the sea wolf inbound from the east"
    assert row.heard_text == "harbour control this is sea wolf inbound east"
    assert row.revision == 2
    found = list(row.corrections.order_by("number").values_list("number", "by", "kind", "began_from"))
    assert found == [(1, owner.pk, "edited", 0), (2, member.pk, "edited", 1)]
    assert history_of(row).at(1)[2] == THREE[2]
    assert history_of(row).at(0) == list(THREE)


def test_a_save_that_changes_nothing_is_no_revision(owner: User) -> None:
    row = kept(owner, *THREE)
    assert write(row, owner, 1, "sea wolf").correction is None
    assert not row.corrections.exists()


def test_a_revision_keeps_only_what_it_changed(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "the sea wolf")
    change = row.corrections.get().change
    assert change is not None
    assert (change["at"], change["count"], len(change["segments"])) == (1, 1, 1)


def test_two_who_change_different_lines_both_find_their_words(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 0, "harbour control here", began_from=0)
    saved = write(row, owner, 2, "inbound from the east", began_from=0)
    assert not saved.is_aside
    assert words_of(row)[0] == ["harbour", "control", "here"]
    assert words_of(row)[2] == ["inbound", "from", "the", "east"]
    assert kinds(row) == ["edited", "merged"]


def test_two_who_change_different_words_of_one_line_both_find_their_words(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 0, "harbor control this is", began_from=0)
    write(row, owner, 0, "harbour control here is", began_from=0)
    assert words_of(row)[0] == ["harbor", "control", "here", "is"]


def test_the_same_change_of_two_is_one(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "sea lion", began_from=0)
    saved = write(row, owner, 1, "sea lion and cub", began_from=0)
    assert saved.is_aside
    saved = write(row, owner, 1, "sea lion", began_from=0)
    assert not saved.is_aside
    assert words_of(row)[1] == ["sea", "lion"]


def test_the_later_of_two_who_change_the_same_word_is_kept_aside(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "sea lion", began_from=0)
    saved = write(row, owner, 1, "sea otter", began_from=0)
    assert saved.is_aside
    row.refresh_from_db()
    assert words_of(row)[1] == ["sea", "lion"]
    assert "sea lion" in row.text
    assert row.revision == 1
    aside = row.corrections.get(kind="aside")
    assert (aside.number, aside.began_from) == (2, 0)
    assert "sea otter" in aside.text
    # What comes next goes on behind the revision in force.
    write(row, owner, 0, "harbour", began_from=1)
    row.refresh_from_db()
    assert row.revision == 3
    assert words_of(row)[1] == ["sea", "lion"]


def test_a_line_that_was_cut_by_another_is_not_guessed(owner: User) -> None:
    row = kept(owner, *THREE)
    revision_save(transcription=row, by=owner, began_from=0, edit=lambda base: edits.split(base, 0, 2))
    assert write(row, owner, 0, "harbor control this is", began_from=0).is_aside
    assert not write(row, owner, 2, "inbound west", began_from=0).is_aside
    assert words_of(row) == [["harbour", "control"], ["this", "is"], ["sea", "wolf"], ["inbound", "west"]]


def test_undo_takes_back_one_change_and_nothing_behind_it(owner: User) -> None:
    row = kept(owner, *THREE)
    first = write(row, owner, 0, "harbor").correction
    write(row, owner, 1, "the sea wolf")
    assert first is not None
    undone = revision_undo(transcription=row, by=owner, number=first.number).correction
    assert words_of(row)[0] == ["harbour", "control", "this", "is"]
    assert words_of(row)[1] == ["the", "sea", "wolf"]
    assert undone is not None
    revision_undo(transcription=row, by=owner, number=undone.number)
    assert words_of(row)[0] == ["harbor"]
    assert kinds(row) == ["edited", "edited", "undone", "undone"]


def test_undo_of_what_another_changed_since_is_kept_aside(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "sea lion")
    write(row, owner, 1, "sea otter")
    assert revision_undo(transcription=row, by=owner, number=1).is_aside
    assert words_of(row)[1] == ["sea", "otter"]


def test_a_line_taken_out_comes_back_with_undo(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "")
    write(row, owner, 1, "inbound")
    revision_undo(transcription=row, by=owner, number=1)
    assert words_of(row) == [["harbour", "control", "this", "is"], ["sea", "wolf"], ["inbound"]]


def test_any_revision_comes_back_and_the_others_stay(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "sea lion")
    write(row, owner, 2, "outbound")
    revision_restore(transcription=row, by=owner, number=1)
    assert words_of(row)[1:] == [["sea", "lion"], ["inbound", "east"]]
    revision_restore(transcription=row, by=owner, number=0)
    row.refresh_from_db()
    assert segments_of(row) == list(THREE)
    assert row.text == row.heard_text
    assert kinds(row) == ["edited", "edited", "restored", "restored"]
    with pytest.raises(ServiceError) as refused:
        revision_restore(transcription=row, by=owner, number=9)
    assert refused.value.code == "revision_unknown"


def test_approving_is_written_down_once(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 1, "sea lion")
    first = transcript_approve(transcription=row, by=owner)
    assert (first.kind, first.number) == ("approved", 2)
    assert "sea lion" in first.text
    assert transcript_approve(transcription=row, by=owner) == first


def test_a_whole_text_from_a_program_is_put_together_with_the_desks_words(owner: User) -> None:
    row = kept(owner, *THREE)
    write(row, owner, 0, "harbor control this is", began_from=0)
    correction_create(
        transcription=row, text="harbour control this is sea wolf inbound from the east", by=owner, began_from=0
    )
    assert row.text == "harbor control this is sea wolf inbound from the east"
    assert words_of(row)[2] == ["inbound", "from", "the", "east"]


def test_a_text_from_before_revisions_kept_their_segments_is_timed_by_alignment(owner: User) -> None:
    row = kept(owner, *THREE)
    Correction.objects.create(transcription=row, number=1, text="harbour this is the sea wolf inbound east", by=owner)
    Transcription.objects.filter(pk=row.pk).update(revision=1)
    row.refresh_from_db()
    assert words_of(row) == [["harbour", "this", "is", "the"], ["sea", "wolf"], ["inbound", "east"]]


def test_exports_have_the_lines_and_times_of_the_newest_text(owner: User) -> None:
    row = kept(owner, *THREE)
    revision_save(transcription=row, by=owner, began_from=0, edit=lambda base: edits.split(base, 0, 2))
    revision_save(
        transcription=row, by=owner, began_from=1, edit=lambda base: edits.nudged(base, 2, "start", -0.5, duration=10.0)
    )
    row.refresh_from_db()
    lines = transcription_export(transcription=row, layout="csv").decode().splitlines()
    assert [line.split(",")[1:4] for line in lines[1:]] == [
        ["0.600", "1.700", "harbour control"],
        ["1.720", "2.000", "this is"],
        ["3.700", "5.000", "sea wolf"],
        ["6.000", "7.100", "inbound east"],
    ]


def test_a_recording_without_text_has_nothing_to_revise(owner: User) -> None:
    row = kept(owner, *THREE)
    Transcription.objects.filter(pk=row.pk).update(status="queued", finished_at=None)
    with pytest.raises(ServiceError) as refused:
        write(row, owner, 0, "harbor")
    assert refused.value.code == "not_done"


def test_right_to_left_text_is_edited_like_any_other(owner: User) -> None:
    row = kept(owner, segment(("مرحبا", 0.5, 1.0, 0.9), ("بالعالم", 1.1, 1.8, 0.5)), language="ar")
    write(row, owner, 0, "مرحبا يا عالم")
    assert words_of(row) == [["مرحبا", "يا", "عالم"]]
