from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from speechsite.lib.numbers import whole_seconds_text
from tests.training.rows import finished_job, learning_job, make_dataset, make_job, spoken_by
from training_jobs.models import JobEvent, TestResult, TrainingJob
from training_jobs.services.corpus_folder import LOG_NAME, job_folder
from training_jobs.services.events import event_create
from training_jobs.services.jobs import training_job_claim
from training_jobs.services.reaping import training_jobs_reap

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks

HTMX = {"headers": {"HX-Request": "true"}}


def text_of(client: Client, path: str, **extra: Any) -> str:
    answer = client.get(path, **extra)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_list_says_what_it_will_hold(owner_client: Client) -> None:
    page = text_of(owner_client, "/training/")
    assert "No trainings yet" in page
    assert 'href="/training/new/"' in page


def test_the_list_shows_every_state_in_words(owner: User, owner_client: Client) -> None:
    dataset = make_dataset(owner)
    make_job(owner, dataset)
    make_job(owner, dataset, status="running", stage="training")
    make_job(owner, dataset, status="failed", failure_code="disk_full")
    make_job(owner, dataset, status="cancelled")
    page = text_of(owner_client, "/training/")
    for word in ("queued, next", "training", "failed", "cancelled"):
        assert word in page
    assert 'hx-trigger="every 3s"' in page


def test_a_list_in_which_nothing_runs_does_not_poll(owner: User, owner_client: Client) -> None:
    make_job(owner, status="cancelled")
    assert 'hx-trigger="every 3s"' not in text_of(owner_client, "/training/")


def test_the_list_asks_the_database_the_same_for_3_jobs_and_for_30(owner: User, owner_client: Client) -> None:
    dataset, counts = make_dataset(owner, clips=6), []
    for more in (3, 27):
        for _ in range(more):
            make_job(owner, dataset)
        with CaptureQueriesContext(connection) as queries:
            text_of(owner_client, "/training/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_without_a_dataset_the_form_leads_to_one(owner_client: Client) -> None:
    assert "Nothing to learn from yet" in text_of(owner_client, "/training/new/")


def test_the_form_says_what_will_happen(owner: User, owner_client: Client) -> None:
    make_dataset(owner, "Spoken digits", speaker=spoken_by, source_sample_rate_hz=8000)
    page = text_of(owner_client, "/training/new/")
    assert "spoken-digits v1" in page
    assert "3.8 kHz, because of the 8 kHz clips" in page
    assert "60 clips of 3 words" in page
    assert "locked away for the test" in page
    assert "On voices it has never heard" in page
    assert "about" in page


def test_a_change_of_the_form_comes_back_as_the_form_alone(owner: User, owner_client: Client) -> None:
    dataset = make_dataset(owner, speaker=spoken_by)
    query = f"?dataset={dataset.pk}&recipe=lstm&value-epochs=7&split=speaker&test_speaker=ada"
    fragment = text_of(owner_client, f"/training/new/{query}", **HTMX)
    assert fragment.lstrip().startswith('<form id="launch"')
    assert "ada is kept aside" in fragment
    assert 'value="7"' in fragment
    assert "Cepstral coefficients" in fragment


def test_starting_a_training_leads_to_its_page(
    owner: User, owner_client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    dataset = make_dataset(owner)
    with django_capture_on_commit_callbacks() as sent:
        answer = owner_client.post("/training/new/", {"dataset": dataset.pk, "preset": "fast", "value-dropout": "0.1"})
    job = TrainingJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/training/{job.pk}/")
    assert (job.preset, job.options["dropout"]) == ("fast", 0.1)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [({"value-epochs": "0"}, "value_out_of_range"), ({"recognizer": "My digits"}, "recognizer_name")],
)
def test_a_value_that_cannot_be_used_is_said_in_the_form(
    owner: User, owner_client: Client, given: dict[str, str], code: str
) -> None:
    dataset = make_dataset(owner)
    answer = owner_client.post("/training/new/", {"dataset": dataset.pk, **given})
    assert answer.status_code == 422
    assert code in answer.content.decode()
    assert TrainingJob.objects.count() == 0


def test_a_dataset_of_one_word_is_explained_before_anything_starts(owner: User, owner_client: Client) -> None:
    make_dataset(owner, text="one")
    page = text_of(owner_client, "/training/new/")
    assert "at least two different words" in page
    assert "too_few_labels" in page


def test_a_running_job_says_where_it_stands(owner: User, owner_client: Client) -> None:
    page = text_of(owner_client, f"/training/{learning_job(owner).pk}/")
    assert "Epoch 8 of 40" in page
    assert "Still learning" in page
    assert "What it hears now" in page
    assert "best 80.0" in page
    assert "Cancel training" in page


def test_what_was_heard_before_stands_beside_what_is_heard_now(owner: User, owner_client: Client) -> None:
    page = text_of(owner_client, f"/training/{learning_job(owner).pk}/learning/")
    assert "Epoch 1, 4, 7" in page
    assert "two, two, one" in page


def test_the_status_polls_while_it_runs_and_stops_at_the_end(owner: User, owner_client: Client) -> None:
    job = learning_job(owner)
    poll = re.search(r'hx-get="([^"]+)"', text_of(owner_client, f"/training/{job.pk}/status/"))
    assert poll
    running = owner_client.get(poll[1], **HTMX)
    assert 'hx-trigger="every 2s"' in running.content.decode()
    assert "HX-Trigger" not in running
    event_create(job=job, kind=JobEvent.Kind.MESSAGE, message="It goes on.", data={"code": "trainer_killed"})
    assert owner_client.get(poll[1], **HTMX)["HX-Trigger"] == "job-learned"
    TrainingJob.objects.filter(pk=job.pk).update(status="cancelled", finished_at=timezone.now())
    ended = owner_client.get(poll[1], **HTMX)
    assert "hx-" not in ended.content.decode()
    assert ended["HX-Refresh"] == "true"


def test_a_job_taken_back_keeps_its_curve_and_how_long_it_first_waited(owner: User, owner_client: Client) -> None:
    job = learning_job(owner)
    event_create(job=job, kind=JobEvent.Kind.STATUS, message="A worker took it.", data={"status": "running"})
    created = timezone.now() - timedelta(hours=2)
    TrainingJob.objects.filter(pk=job.pk).update(created_at=created, heartbeat_at=created)
    JobEvent.objects.filter(job=job, kind="status").update(created_at=created + timedelta(seconds=5))
    training_jobs_reap()
    assert training_job_claim(job_id=str(job.pk))
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "best 80.0" in page
    waited = re.search(r"Waited for its turn</span><span[^>]*>([^<]+)<", page)
    assert waited
    assert waited[1] == whole_seconds_text(5)


def test_a_waiting_job_says_how_many_are_before_it(owner: User, member: User, owner_client: Client) -> None:
    make_job(member, status="running")
    page = text_of(owner_client, f"/training/{make_job(owner, make_dataset(owner)).pk}/")
    assert "Waiting, 1 job ahead" in page


def test_a_failed_job_says_what_to_do(owner: User, owner_client: Client) -> None:
    values = {"failure_message": "The disk is full.", "failure_detail": "errno 28"}
    job = make_job(owner, make_dataset(owner), status="failed", failure_code="disk_full", **values)
    page = text_of(owner_client, f"/training/{job.pk}/")
    for piece in ("The disk is full.", "disk_full", "Train again", "Change the settings"):
        assert piece in page
    assert "errno 28" not in page


def test_staff_read_the_technical_text(owner: User, owner_client: Client) -> None:
    owner.is_staff = True
    owner.save()
    job = make_job(owner, status="failed", failure_code="disk_full", failure_detail="errno 28")
    assert "errno 28" in text_of(owner_client, f"/training/{job.pk}/")


def test_a_cancelled_job_says_that_nothing_was_lost(owner: User, owner_client: Client) -> None:
    assert "your clips are as they were" in text_of(
        owner_client, f"/training/{make_job(owner, status='cancelled').pk}/"
    )


def test_a_job_on_its_way_out_is_not_said_to_warm_up(owner: User, owner_client: Client) -> None:
    job = make_job(owner, make_dataset(owner), status="running", stage="training", cancel_requested_at=timezone.now())
    text = text_of(owner_client, f"/training/{job.pk}/")
    assert "On its way out" in text
    assert "Warming up" not in text


def test_a_job_that_is_tested_promises_no_time_after_more_epochs(owner: User, owner_client: Client) -> None:
    job = make_job(owner, make_dataset(owner), status="running", stage="evaluating", epoch=40, epochs=40)
    text = text_of(owner_client, f"/training/{job.pk}/")
    assert "it goes on by itself" in text
    assert "one or two epochs" not in text


def test_cancelling_and_training_again_are_one_press_each(owner: User, owner_client: Client) -> None:
    job = make_job(owner, make_dataset(owner))
    assert owner_client.post(f"/training/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.status == "cancelled"
    answer = owner_client.post(f"/training/{job.pk}/retry/")
    successor = TrainingJob.objects.exclude(pk=job.pk).get()
    assert answer["Location"] == f"/training/{successor.pk}/"


def test_the_result_says_how_good_it_is_and_on_whose_voices(owner: User, owner_client: Client) -> None:
    job = finished_job(owner)
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "Right on voices it had never heard" in page
    assert f"{job.metrics['accuracy'] * 100:.1f}" in page
    assert "19 times out of 20" in page
    assert "would give" in page
    assert "three heard as two" in page
    assert "“three” heard as “two”" in page


def test_the_result_says_how_many_clips_of_other_words_were_turned_away(owner: User, owner_client: Client) -> None:
    job = finished_job(owner)
    assert b"of other words" not in owner_client.get(f"/training/{job.pk}/").content
    others = {"clips": 40, "turned_away": 36, "share": 0.9, "interval": [0.7695, 0.9604]}
    TrainingJob.objects.filter(pk=job.pk).update(metrics={**job.metrics, "others": others})
    page = owner_client.get(f"/training/{job.pk}/").content.decode()
    assert "Of 40 clips of other words it turned 90.0&nbsp;% away" in page.replace("\xa0", "&nbsp;")


def test_a_cell_lists_its_clips_the_most_confident_first(owner: User, owner_client: Client) -> None:
    job = finished_job(owner)
    path = f"/training/{job.pk}/cell/?said=three&heard=two"
    fragment = text_of(owner_client, path, **HTMX)
    assert fragment.lstrip().startswith('<div id="cell"')
    confidences = list(TestResult.objects.filter(job=job, said="three").values_list("confidence", flat=True))
    assert confidences == sorted(confidences, reverse=True)
    assert fragment.count("data-play=") == len(confidences[:8])
    assert "Where it goes wrong" in text_of(owner_client, path)


def test_an_empty_cell_says_so(owner: User, owner_client: Client) -> None:
    fragment = text_of(owner_client, f"/training/{finished_job(owner).pk}/cell/?said=one&heard=<b>", **HTMX)
    assert "No clip of “one” was heard as “&lt;b&gt;”." in fragment


def test_the_result_page_asks_the_database_a_bounded_number_of_times(owner: User, owner_client: Client) -> None:
    job = finished_job(owner)
    with CaptureQueriesContext(connection) as queries:
        text_of(owner_client, f"/training/{job.pk}/")
    assert len(queries) <= 16


def test_the_log_can_be_downloaded(owner: User, owner_client: Client) -> None:
    job = make_job(owner, status="failed", failure_code="trainer_crashed")
    assert owner_client.get(f"/training/{job.pk}/log/").status_code == 404
    folder = job_folder(job)
    folder.mkdir(parents=True)
    (folder / LOG_NAME).write_text("epoch 1 of 2\n")
    answer = owner_client.get(f"/training/{job.pk}/log/")
    assert answer.content == b"epoch 1 of 2\n"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "epoch 1 of 2" in text_of(owner_client, f"/training/{job.pk}/")


@pytest.mark.parametrize("path", ["", "status/", "learning/", "cell/?said=one&heard=two", "log/"])
def test_a_stranger_finds_no_page_of_the_owners_job(owner: User, stranger_client: Client, path: str) -> None:
    assert stranger_client.get(f"/training/{finished_job(owner).pk}/{path}").status_code == 404


@pytest.mark.parametrize("act", ["cancel/", "retry/"])
def test_a_stranger_cannot_act_on_the_owners_job(owner: User, stranger_client: Client, act: str) -> None:
    job = make_job(owner, make_dataset(owner))
    assert stranger_client.post(f"/training/{job.pk}/{act}").status_code == 404
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_stranger_cannot_train_on_the_owners_dataset(owner: User, stranger_client: Client) -> None:
    dataset = make_dataset(owner)
    answer = stranger_client.post("/training/new/", {"dataset": dataset.pk})
    assert "Nothing to learn from yet" in answer.content.decode()
    assert TrainingJob.objects.count() == 0


@pytest.mark.parametrize("path", ["/training/", "/training/new/"])
def test_nobody_is_sent_to_the_login(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 302
