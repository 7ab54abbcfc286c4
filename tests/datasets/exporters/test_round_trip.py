"""Whatever a dataset holds: exported in any layout and imported by its content alone, it is the same dataset again."""

from __future__ import annotations

import tempfile
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from recognition.engine.audio import wav_bytes
from recognition.engine.errors import EngineError
from recognition.engine.text import normalise_label
from speechsite.lib.errors import ServiceError
from tests.datasets.exporters.made import exported
from tests.datasets.sounds import speech
from training_jobs.exporters import LAYOUTS, layout_named
from training_jobs.models import Clip
from training_jobs.services.clips import clip_create
from training_jobs.services.dataset_export import describe
from training_jobs.services.datasets import dataset_create, dataset_delete
from training_jobs.services.imports import import_create, import_run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from training_jobs.exporters import Layout
    from training_jobs.models import Dataset

# What separates, quotes, comments, escapes or means something in one of the layouts, in several scripts.
PIECES: Final = (
    "yes", "Good morning", "it's", "O’Brien", "Straße", "İstanbul", "naïve", "5", "007", "null", "NaN", "true",
    "-1", "1.5", "a_b", "http://x.y/z?q=1&r=2", "c:\\new\\table", "%20", "=SUM(1)", "&amp;", "<v Bob>", "{x}",
    "صباح", "عليّ", "؟", "۱۲", "שלום", "नमस्ते", "क्षत्रिय", "क्\u200dष", "می\u200cخواهم", "你好", "ไทย", "한국어",
    '"', '""', '"""', "'", ",", ";", "|", "#", "\\", "/", ".", "..", "…", "«", "»", "“", "”", ":", "(2)", "[noise]",
    "</s>", "train", "test", "spk1 0.5", "-->", "1", "id|text|text", "a,b", "a;b", "a\tb", "a\nb",
)  # fmt: skip
SPEAKERS: Final = (
    "", "anna", "Ada Lovelace", "Ada_Lovelace", "Ada-Lovelace", "नेहा", "عمر", "spk|1", '"q"', '"q', "1272", "a,b",
    "#1", "a/b", "test", "x" * 120, "é", "a", "a-b", "a.b", "0001", "null",
)  # fmt: skip
SPLITS: Final = ("", "train", "validation", "test")
ORIGINS: Final = ("upload", "recording", "correction")
MOST_CLIPS: Final = 6


@dataclass(frozen=True)
class Said:
    """One clip to be."""

    text: str
    speaker: str
    split: str
    origin: str
    seconds: float
    rate_hz: int


def stored(text: str) -> str:
    """Return a text as a clip keeps it, or nothing where it keeps none."""
    try:
        return normalise_label(text)
    except EngineError:
        return ""


texts = (
    st.tuples(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.sampled_from(("", " ")))
    .map(lambda parts: stored(parts[1].join(parts[0])))
    .filter(lambda text: 0 < len(text) <= 200)
)
said = st.builds(
    Said,
    text=texts,
    speaker=st.sampled_from(SPEAKERS),
    split=st.sampled_from(SPLITS),
    origin=st.sampled_from(ORIGINS),
    seconds=st.floats(0.2, 0.4),
    rate_hz=st.sampled_from((8_000, 16_000, 48_000)),
)
datasets = st.one_of(
    st.lists(said, min_size=1, max_size=MOST_CLIPS),
    # Datasets where nobody is named, or nothing has a split, or one person says all of it, are whole cases.
    st.lists(said, min_size=1, max_size=MOST_CLIPS).map(lambda all_: [_with(one, speaker="") for one in all_]),
    st.lists(said, min_size=1, max_size=MOST_CLIPS).map(lambda all_: [_with(one, split="") for one in all_]),
    st.lists(said, min_size=2, max_size=MOST_CLIPS).map(lambda all_: [_with(one, speaker="anna") for one in all_]),
)


def _with(one: Said, **changes: str) -> Said:
    return Said(**{**one.__dict__, **changes})


def made(owner: User, kind: str, clips: list[Said]) -> Dataset:
    """Make a dataset; each clip is another recording, and as long as it is said to be."""
    dataset = dataset_create(owner=owner, name=f"Set {uuid.uuid4()}", kind=kind, language="x-test")
    for number, one in enumerate(clips):
        # A hundred samples of difference keep clips apart that are cut from recordings alike in their beginnings.
        audio = wav_bytes(speech(number)[: round(one.seconds * 16_000) + number * 100])
        clip = clip_create(
            dataset=dataset,
            audio=audio,
            text=one.text,
            speaker=one.speaker,
            split=one.split,
            origin=one.origin,
            source_name=f"talk {number}.wav",
        )
        spans = {"source_start_seconds": number * 1.5, "source_end_seconds": number * 1.5 + 1}
        Clip.objects.filter(pk=clip.pk).update(source_sample_rate_hz=one.rate_hz, **spans)
    Clip.objects.filter(dataset=dataset).update(status=Clip.Status.READY, rejection_code="")
    return dataset


def seen(dataset: Dataset, layout: Layout, *, speakers: bool, without: set[str]) -> Counter[tuple[Any, ...]]:
    """Count the clips by all that the layout says it keeps."""
    fields = ["sha256", "text"]
    fields += ["speaker"] if speakers else []
    fields += ["split"] if layout.keeps.split else []
    if layout.keeps.source:
        fields += ["origin", "source_sample_rate_hz", "source_name", "source_start_seconds", "source_end_seconds"]
    clips = Clip.objects.filter(dataset=dataset).exclude(pk__in=without)
    return Counter(clips.values_list(*fields))


@pytest.mark.django_db
@pytest.mark.parametrize("name", [layout.name for layout in LAYOUTS])
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(("words", "sentences")), clips=datasets, is_zip=st.booleans())
def test_export_then_import_gives_the_same_dataset(
    owner: User, name: str, kind: str, clips: list[Said], is_zip: bool
) -> None:
    layout = layout_named(name)
    assert layout is not None
    assume(kind in layout.kinds)
    before = made(owner, kind, clips)
    after = dataset_create(owner=owner, name=f"Again {uuid.uuid4()}", kind=kind, language="x-test")
    try:
        with tempfile.TemporaryDirectory() as folder:
            compare(before, after, layout, Path(folder) / ("out.zip" if is_zip else "out"))
    finally:
        dataset_delete(dataset=before)
        dataset_delete(dataset=after)


def compare(before: Dataset, after: Dataset, layout: Layout, target: Path) -> None:
    try:
        result = exported(before, layout.name, target)
    except ServiceError as refused:
        # Nothing in it can be written: that is said, and only where the layout declares a limit.
        if refused.code == "nothing_to_export" and layout.keeps.limit:
            return
        raise
    left_out = {one.clip for one in result.left_out}
    assert {one.code for one in result.left_out} <= ({"text_not_representable"} if layout.keeps.limit else set())
    received = import_create(dataset=after, owner=after.owner, file=target, source_name=target.name)
    row = import_run(import_id=received.pk)
    assert row is not None
    assert (row.status, row.failure_message) == ("done", "")
    assert row.layout == layout.name, row.layout_reason
    assert row.clips_kept + row.clips_rejected == result.clips, list(row.problems.values_list("code", "message"))
    speakers = layout.keeps.speaker or describe(before, layout).has_speaker_column
    assert seen(after, layout, speakers=speakers, without=set()) == seen(
        before, layout, speakers=speakers, without=left_out
    )
