"""The pages of datasets, imports and clips."""

from __future__ import annotations

import csv
import io
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.datasets.sounds import class_folders, silent_wav, spoken_wav, zip_of
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.clips import clip_create
from training_jobs.services.datasets import dataset_create
from training_jobs.services.imports import import_create, import_run
from training_jobs.services.remembered import dataset_changed
from training_jobs.templatetags.dataset_tags import in_language
from training_jobs.web.datasets import archive_stem

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks

HTMX = {"HX-Request": "true"}


def recorded(dataset: Dataset, number: int, text: str = "yes") -> Clip:
    audio = spoken_wav(number)
    return clip_create(dataset=dataset, audio=audio, text=text, speaker="ana", origin=Clip.Origin.RECORDING)


def imported(dataset: Dataset, tmp_path: Path, **more: bytes) -> DatasetImport:
    files = {**class_folders(), **{f"words/no/{name}.wav": content for name, content in more.items()}}
    path = zip_of(tmp_path / "a.zip", files)
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="=a.zip")
    read = import_run(import_id=row.pk)
    assert read is not None
    return read


def url(name: str, *arguments: Any) -> str:
    return reverse(f"training_jobs:{name}", args=arguments)


def test_an_empty_list_says_what_it_will_hold(owner_client: Client) -> None:
    page = owner_client.get(url("dataset-list")).content.decode()
    assert "No datasets yet" in page
    assert "Add the sample dataset" in page
    assert "Drop a zip" in page


def test_the_pages_speak_german_to_who_reads_it(owner_client: Client, dataset: Dataset) -> None:
    recorded(dataset, 0)
    german = {"Accept-Language": "de"}
    assert "Einen Datensatz hochladen" in owner_client.get(url("dataset-list"), headers=german).content.decode()
    page = owner_client.get(url("dataset-detail", dataset.pk), headers=german).content.decode()
    assert "1 bereit, neueste zuerst" in page
    assert f"„{dataset.name}“ und 1 Clip löschen" in page


def test_a_name_is_marked_with_its_language_and_nothing_in_it_is_markup() -> None:
    assert in_language("<b>", "hi") == '<bdi lang="hi">&lt;b&gt;</bdi>'
    assert in_language("yes", "") == "<bdi>yes</bdi>"


def test_the_list_shows_figures(owner_client: Client, dataset: Dataset) -> None:
    recorded(dataset, 0)
    page = owner_client.get(url("dataset-list"))
    (row,) = page.context["page"].object_list
    assert (row.clip_count, row.label_count, row.speaker_count) == (1, 1, 1)


def test_words_typed_on_an_empty_site_lead_to_the_studio(owner_client: Client, owner: User) -> None:
    answer = owner_client.post(url("dataset-new"), {"name": "Mine", "words": "yes\nno, up\n yes ", "language": "en"})
    dataset = Dataset.objects.get()
    assert answer["Location"] == url("dataset-record", dataset.pk)
    assert dataset.prompts == ["yes", "no", "up"]
    page = owner_client.get(answer["Location"])
    assert [word["word"] for word in page.context["words"]] == ["yes", "no", "up"]
    assert page.context["studio"]["start"] == ""


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "", "words": "yes"}, "This field is required."),
        ({"name": "Words", "words": "yes"}, "You already have a dataset called"),
        ({"name": "Mine", "words": "..."}, "is not a word anybody can say"),
    ],
)
def test_what_cannot_be_made_is_said_at_its_field(
    form: dict[str, str], sentence: str, owner_client: Client, dataset: Dataset
) -> None:
    answer = owner_client.post(url("dataset-new"), form)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Dataset.objects.count() == 1


def test_an_archive_dropped_on_the_list_becomes_a_dataset_of_its_name(
    owner_client: Client,
    owner: User,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    content = zip_of(tmp_path / "a.zip", class_folders()).read_bytes()
    for expected in ("field march", "field march 2"):
        with django_capture_on_commit_callbacks() as callbacks:
            upload = SimpleUploadedFile("field_march.zip", content)
            answer = owner_client.post(url("dataset-new"), {"file": upload})
        row = DatasetImport.objects.latest("created_at")
        assert answer["Location"] == url("import-detail", row.pk)
        assert row.dataset.name == expected
        assert len(callbacks) == 1


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a_b.tar.gz", "a b"), ("A.ZIP", "A"), ("x.tgz", "x"), ("noise", "noise"), ("/tmp/deep.tar", "deep")],  # noqa: S108 - a name, not a file
)
def test_a_dataset_is_named_after_its_archive(name: str, stem: str) -> None:
    assert archive_stem(name) == stem


def test_an_upload_over_the_limit_is_413_and_leaves_nothing(owner_client: Client, owner: User, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    upload = SimpleUploadedFile("a.zip", b"x" * 2000)
    answer = owner_client.post(url("dataset-new"), {"file": upload}, headers={"accept": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"
    assert not Dataset.objects.exists()


def test_one_press_adds_the_sample_dataset(
    owner_client: Client, owner: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        answer = owner_client.post(url("dataset-sample"))
    row = DatasetImport.objects.get()
    assert answer["Location"] == url("import-detail", row.pk)
    assert row.dataset.is_sample
    assert len(callbacks) == 1
    assert owner_client.get(url("dataset-sample")).status_code == 405


def test_the_page_of_a_dataset_shows_what_it_is_made_of(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    imported(dataset, tmp_path, silent=silent_wav(), text=b"no sound")
    page = owner_client.get(url("dataset-detail", dataset.pk))
    text = page.content.decode()
    assert page.context["made_of"].ready == 4
    assert "Silent from start to end. Record it again." in text
    assert "audio_undecodable" in text
    assert 'data-chart="histogram"' in text
    assert "few clips" in text
    assert "Train on this dataset" in text


def test_an_empty_dataset_asks_for_clips(owner_client: Client, dataset: Dataset) -> None:
    text = owner_client.get(url("dataset-detail", dataset.pk)).content.decode()
    assert "No clips yet" in text
    assert "Train on this dataset" not in text


def test_clips_are_filtered_paged_and_searched(owner_client: Client, dataset: Dataset) -> None:
    recorded(dataset, 1, "yes")
    clip = recorded(dataset, 0, "no")
    for number in range(29):
        clip.pk, clip.sha256 = uuid.uuid4(), f"{number:064}"
        clip.save(force_insert=True)
    first = owner_client.get(url("dataset-detail", dataset.pk), {"label": "no"})
    assert first.context["clips"].paginator.count == 30
    assert len(first.context["clips"].object_list) == 25
    fragment = owner_client.get(url("clip-list", dataset.pk), {"label": "no", "page": 2}, headers=HTMX)
    assert len(fragment.context["clips"].object_list) == 5
    assert "<html" not in fragment.content.decode()
    nothing = owner_client.get(url("clip-list", dataset.pk), {"search": "zzz"}, headers=HTMX)
    assert "No clips like that" in nothing.content.decode()
    plain = owner_client.get(url("clip-list", dataset.pk), {"label": "no"})
    assert plain["Location"] == f"{url('dataset-detail', dataset.pk)}?label=no#clips"


def test_a_clip_is_corrected_in_its_row(owner_client: Client, dataset: Dataset) -> None:
    clip = recorded(dataset, 0)
    form = owner_client.get(url("clip-edit", clip.pk), headers=HTMX)
    assert 'value="yes"' in form.content.decode()
    row = owner_client.post(url("clip-relabel", clip.pk), {"text": "no", "speaker": "theo"}, headers=HTMX)
    assert ">no<" in row.content.decode()
    clip.refresh_from_db()
    assert (clip.text, clip.speaker) == ("no", "theo")
    wrong = owner_client.post(url("clip-relabel", clip.pk), {"text": "..."}, headers=HTMX)
    assert wrong.status_code == 422
    assert "field-problem" in wrong.content.decode()


def test_a_clip_is_rejected_restored_and_deleted_in_its_row(owner_client: Client, dataset: Dataset) -> None:
    clip = recorded(dataset, 0)
    assert "Rejected by hand." in owner_client.post(url("clip-reject", clip.pk), headers=HTMX).content.decode()
    assert "Rejected" not in owner_client.post(url("clip-restore", clip.pk), headers=HTMX).content.decode()
    assert owner_client.post(url("clip-delete", clip.pk), headers=HTMX).content == b""
    assert not dataset.clips.exists()


def test_without_scripts_a_clip_has_a_page_of_its_own(owner_client: Client, dataset: Dataset) -> None:
    clip = recorded(dataset, 0)
    assert "<html" in owner_client.get(url("clip-edit", clip.pk)).content.decode()
    answer = owner_client.post(url("clip-relabel", clip.pk), {"text": "no"})
    assert answer["Location"] == url("dataset-detail", dataset.pk)


def test_a_clip_is_played_from_any_place(owner_client: Client, dataset: Dataset) -> None:
    clip = recorded(dataset, 0)
    part = owner_client.get(url("clip-audio", clip.pk), headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"fLaC")  # type: ignore[attr-defined]  # a file response


def test_a_running_import_asks_again_and_a_finished_one_does_not(
    owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    assert "hx-trigger" in owner_client.get(url("import-status", row.pk)).content.decode()
    assert "is being read" in owner_client.get(url("dataset-detail", dataset.pk)).content.decode()
    import_run(import_id=row.pk)
    done = owner_client.get(url("import-status", row.pk)).content.decode()
    assert "hx-trigger" not in done
    assert "a.zip has been read" in done
    assert "Class folders" in done


def test_a_failed_import_says_what_to_do_and_its_technical_text_is_for_staff(
    owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    path = zip_of(tmp_path / "a.zip", {"../x.wav": b"x"})
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    import_run(import_id=row.pk)
    text = owner_client.get(url("import-detail", row.pk)).content.decode()
    assert "archive_unsafe_path" in text
    assert "Upload again" in text
    assert "Technical text" not in text
    type(dataset.owner).objects.filter(pk=dataset.owner.pk).update(is_staff=True)
    assert "Technical text" in owner_client.get(url("import-detail", row.pk)).content.decode()


def test_the_report_is_csv_that_no_spreadsheet_runs(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {**class_folders(), "=cmd/no/x.wav": b"no sound"})
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    import_run(import_id=row.pk)
    answer = owner_client.get(url("import-report", row.pk))
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Type"].startswith("text/csv")
    assert [(line["file"], line["code"], line["kept"]) for line in lines] == [
        ("'=cmd/no/x.wav", "audio_undecodable", "no")
    ]


def test_problems_are_counted_by_kind(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = imported(dataset, tmp_path, one=b"no sound", two=b"no sound either", silent=silent_wav())
    groups = owner_client.get(url("import-detail", row.pk)).context["groups"]
    assert [(group.count, group.code) for group in groups] == [(2, "audio_undecodable"), (1, "audio_silent")]


def test_a_dataset_is_renamed_and_deleted(owner_client: Client, dataset: Dataset) -> None:
    owner_client.post(url("dataset-rename", dataset.pk), {"name": "Hall", "language": "de"})
    dataset.refresh_from_db()
    assert (dataset.name, dataset.language) == ("Hall", "de")
    assert owner_client.post(url("dataset-delete", dataset.pk))["Location"] == url("dataset-list")
    assert not Dataset.objects.exists()


def test_the_words_to_record_can_be_changed(owner_client: Client, dataset: Dataset) -> None:
    assert "Words to record" in owner_client.get(url("dataset-record", dataset.pk)).content.decode()
    owner_client.post(url("dataset-words", dataset.pk), {"words": "up\ndown"})
    dataset.refresh_from_db()
    assert dataset.prompts == ["up", "down"]
    page = owner_client.get(url("dataset-record", dataset.pk), {"label": "down"})
    assert page.context["studio"]["start"] == "down"
    assert "up\ndown" in owner_client.get(url("dataset-record", dataset.pk), {"words": ""}).content.decode()


def test_nobody_is_asked_to_say_what_is_no_word(owner_client: Client, dataset: Dataset) -> None:
    for number, label in enumerate(("yes", "no", "_unknown_", "_background_noise_")):
        recorded(dataset, number, label)
    studio = owner_client.get(url("dataset-record", dataset.pk)).context["studio"]
    assert [word["word"] for word in studio["words"]] == ["no", "yes"]
    figures = owner_client.get(url("dataset-list")).context["page"].object_list[0]
    assert (figures.clip_count, figures.label_count) == (4, 2)


def test_a_stranger_finds_nothing_and_changes_nothing(
    stranger_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    clip, row = recorded(dataset, 0), imported(dataset, tmp_path)
    reads = [
        *(url(name, dataset.pk) for name in ("dataset-detail", "dataset-record", "dataset-upload", "clip-list")),
        *(url(name, row.pk) for name in ("import-detail", "import-status", "import-report")),
        *(url(name, clip.pk) for name in ("clip-audio", "clip-edit", "clip-row")),
    ]
    writes = [
        *(url(name, dataset.pk) for name in ("dataset-rename", "dataset-delete", "dataset-upload", "dataset-words")),
        *(url(name, clip.pk) for name in ("clip-relabel", "clip-reject", "clip-restore", "clip-delete")),
    ]
    assert {stranger_client.get(address).status_code for address in reads} == {404}
    body = {"name": "Mine", "text": "no", "words": "no"}
    assert {stranger_client.post(address, body).status_code for address in writes} == {404}
    clip.refresh_from_db()
    dataset.refresh_from_db()
    assert (clip.text, clip.status, dataset.name) == ("yes", "ready", "Words")


def test_pages_ask_as_many_questions_for_3_rows_as_for_30(
    owner_client: Client, owner: User, dataset: Dataset, tmp_path: Path
) -> None:
    imported(dataset, tmp_path)
    clip = dataset.clips.first()
    assert clip is not None

    def questions(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner_client.get(address).status_code == 200
        return len(captured)

    addresses = [url("dataset-list"), url("dataset-detail", dataset.pk)]
    few = [questions(address) for address in addresses]
    for number in range(30):
        dataset_create(owner=owner, name=f"More {number}")
        clip.pk, clip.sha256, clip.text = uuid.uuid4(), f"{number:064}", f"word {number}"
        clip.save(force_insert=True)
    dataset_changed(dataset.pk)
    assert [questions(address) for address in addresses] == few
    assert max(few) <= 30
