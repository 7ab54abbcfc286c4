"""The page of an upload that is looked at first: what it shows in each state, and what its buttons do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.datasets.sounds import class_folders, common_voice, silent_wav, spoken_wav, zip_of
from tests.datasets.test_import_check import READ_ALOUD, checked, uploaded
from tests.datasets.test_pages import HTMX, url
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.import_decision import import_discard
from training_jobs.services.imports import import_run, import_step

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client


def page(client: Client, row: DatasetImport) -> str:
    return client.get(url("import-detail", row.pk)).content.decode()


def test_an_upload_through_the_page_is_looked_at_and_not_kept(
    owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    file = SimpleUploadedFile("a.zip", zip_of(tmp_path / "a.zip", class_folders()).read_bytes())
    answer = owner_client.post(url("dataset-upload", dataset.pk), {"file": file})
    row = DatasetImport.objects.get()
    assert answer["Location"] == url("import-detail", row.pk)
    assert (row.is_check_wanted, row.is_dataset_made_for_it) == (True, False)
    import_step(import_id=row.pk)
    assert not Clip.objects.exists()


def test_progress_counts_files_and_promises_that_nothing_is_kept(
    owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert "waiting for a worker" in page(owner_client, row)
    DatasetImport.objects.filter(pk=row.pk).update(status="checking", rows_total=948, rows_done=412, progress=0.43)
    text = owner_client.get(url("import-status", row.pk)).content.decode()
    assert "412 of 948 files looked at" in text
    assert "You can close this tab; looking goes on, and nothing is kept before you say so." in text
    assert "hx-trigger" in text
    assert "is being looked at" in owner_client.get(url("dataset-detail", dataset.pk)).content.decode()


def test_a_checked_upload_of_words_shows_labels_before_and_after(
    owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    import_run(
        import_id=DatasetImport.objects.create(
            dataset=dataset,
            owner=dataset.owner,
            source_name="first.zip",
            source=str(zip_of(tmp_path / "first.zip", {"yes/a.wav": spoken_wav(40), "no/a.wav": spoken_wav(41)})),
        ).pk
    )
    files = {**class_folders(), "words/oh/a.wav": spoken_wav(42), "words/oh/silent.wav": silent_wav()}
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    answer = owner_client.get(url("import-detail", row.pk))
    text = answer.content.decode()
    assert "a.zip has been looked at" in text
    assert "Nothing is kept yet. 5 of 6 entries can become clips, 1 cannot." in text
    growth = {bar.name: (bar.now, bar.added) for bar in answer.context["after"]["labels"]}
    assert growth == {"yes": (1, 2), "no": (1, 2), "oh": (0, 1)}
    assert "Keep 5 clips" in text
    assert "Throw this upload away" in text
    assert "Words or sentences?" not in text, "the dataset has clips"
    assert 'hx-trigger="every' not in text
    assert url("import-example", row.pk, 0) in text
    assert "audio_silent" in text
    assert "waits for your word" in owner_client.get(url("dataset-detail", dataset.pk)).content.decode()
    assert "an upload waits for you" in owner_client.get(url("dataset-list")).content.decode()


def test_a_checked_upload_of_sentences_shows_splits_characters_and_how_they_are_written(
    owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)))
    text = page(owner_client, row)
    assert "Words or sentences?" in text
    assert "How the texts are written down" in text
    assert 'class="rare"' in text
    assert "1 speaker in two splits" in text
    assert "en/test.tsv, line 3" in text
    assert "Split by speaker when you train" in text


def test_text_keeps_its_own_direction_and_language(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    dataset.language = "ar"
    dataset.save()
    sentences = {"a0.wav": ("train", "ana", "مرحبا بالعالم"), "a1.wav": ("train", "ana", "شكرا جزيلا")}
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(sentences)))
    assert '<span dir="auto" lang="ar">مرحبا بالعالم</span>' in page(owner_client, row)


def test_what_an_upload_says_is_never_markup(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    sentences = {"a0.wav": ("train", "<b>ana</b>", "<script>alert(1)</script> hello")}
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(sentences)))
    text = page(owner_client, row)
    assert "<script>alert" not in text
    assert "<b>ana</b>" not in text


def test_columns_can_be_mapped_by_hand(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    table = b"file,label,spoken\na.wav,x,turn on\nb.wav,x,turn off\n"
    files = {"a.wav": spoken_wav(0), "b.wav": spoken_wav(1), "list.csv": table}
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    assert 'name="column_text"' in page(owner_client, row)
    answers = {"column_audio": "file", "column_text": "spoken", "then": "look"}
    owner_client.post(url("import-answers", row.pk), answers)
    row.refresh_from_db()
    assert (row.status, row.options["columns"]["text"]) == ("received", "spoken")
    again = import_step(import_id=row.pk)
    assert again is not None
    assert [one["text"] for one in again.report["first_rows"]] == ["turn on", "turn off"]


def test_rules_are_answered_in_place(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)))
    answer = owner_client.post(url("import-answers", row.pk), {"rule_case": "keep"}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "capitals kept, no punctuation" in text
    assert "<bdi>T</bdi>" in text
    row.refresh_from_db()
    assert row.status == "checked"


def test_keep_reads_it(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    answer = owner_client.post(url("import-answers", row.pk), {"then": "keep", "kind": "words", "layout": ""})
    assert answer["Location"] == url("import-detail", row.pk)
    done = import_step(import_id=row.pk)
    assert done is not None
    assert (done.status, done.clips_kept) == ("done", 4)
    assert "a.zip has been read" in page(owner_client, done)


def test_keep_with_another_answer_looks_again_first(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    answer = owner_client.post(url("import-answers", row.pk), {"then": "keep", "kind": "sentences"}, follow=True)
    assert "looked at once more" in answer.content.decode()
    row.refresh_from_db()
    assert (row.status, row.is_check_wanted) == ("received", True)


def test_thrown_away_it_is_gone_and_says_so(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    answer = owner_client.post(url("import-discard", row.pk), follow=True)
    assert "a.zip was thrown away. Nothing of it was kept." in answer.content.decode()
    assert "was thrown away" in page(owner_client, row)
    assert owner_client.get(url("import-example", row.pk, 0)).status_code == 404
    detail = owner_client.get(url("dataset-detail", dataset.pk))
    assert detail.context["last_import"] is None


def test_a_dataset_made_for_an_upload_goes_with_it(owner_client: Client, owner: Any, tmp_path: Path) -> None:
    file = SimpleUploadedFile("field_march.zip", zip_of(tmp_path / "a.zip", class_folders()).read_bytes())
    owner_client.post(url("dataset-new"), {"file": file})
    row = DatasetImport.objects.get()
    assert row.is_dataset_made_for_it
    import_step(import_id=row.pk)
    assert owner_client.post(url("import-discard", row.pk))["Location"] == url("dataset-list")
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("address", ["import-answers", "import-discard"])
def test_acts_on_an_upload_that_is_decided_answer_409(
    address: str, owner_client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    import_discard(row=row)
    assert owner_client.post(url(address, row.pk), {"then": "keep"}).status_code == 409


def test_an_example_is_played_from_any_place(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    part = owner_client.get(url("import-example", row.pk, 0), headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"fLaC")  # type: ignore[attr-defined]  # a file response


def test_a_stranger_finds_no_checked_upload(stranger_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert stranger_client.get(url("import-example", row.pk, 0)).status_code == 404
    assert {stranger_client.post(url(act, row.pk)).status_code for act in ("import-answers", "import-discard")} == {404}
    row.refresh_from_db()
    assert row.status == "checked"


def test_nothing_usable_offers_no_keeping(owner_client: Client, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", {"yes/a.wav": b"x", "no/b.wav": b"y"}))
    text = page(owner_client, row)
    assert "Nothing in it can become a clip" in text
    assert 'value="keep"' not in text
