from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from speechsite.lib.scores import Score
from tests.home.test_overview import (
    add_clips,
    answer_of,
    dataset_of,
    job_of,
    made_earlier,
    sentences_of,
    version_of,
)
from training_jobs.models import DatasetImport, JobEvent, TrainingJob
from training_jobs.services.overview import VersionFacts
from training_jobs.web.home import comparison

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client


def home(client: Client, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("\u00a0", " "))
    return re.sub(r"\s+", " ", text)


def stations(client: Client) -> dict[str, str]:
    """Return the class of each station by its name."""
    found = re.findall(r'<a class="station ([a-z]*)"[^>]*><b>(\w+)</b>', client.get("/").content.decode())
    return {name: state for state, name in found}


def test_the_first_run_shows_the_loop_and_three_ways_in(owner_client: Client) -> None:
    page = home(owner_client)
    assert "Welcome, owner" in page
    assert "Teach this site to hear your words" in page
    assert "Add the sample dataset" in page
    assert stations(owner_client)["Record"] == "next"


def test_somebody_who_is_not_logged_in_is_sent_to_the_login(client: Client, db: None) -> None:
    for address in ("/", "/running-job/", "/running-job/chip/"):
        assert client.get(address).headers["Location"].startswith("/login/")


def test_words_with_too_few_takes_are_named(owner: User, owner_client: Client) -> None:
    dataset_of(owner, takes={"one": 8, "oh": 3, "nine": 6}, name="Digits")
    page = home(owner_client)
    assert "Record 7 more takes" in page
    assert "“oh”, “nine”" in page
    assert stations(owner_client)["Record"] == "next"


def test_a_dataset_that_is_ready_asks_for_training(owner: User, owner_client: Client) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    answer = owner_client.get("/").content.decode()
    assert "Train your recogniser" in answer
    assert f"?dataset={dataset.pk}" in answer
    assert stations(owner_client) == dict.fromkeys(("Record", "Use", "Review", "Improve"), "") | {
        "Dataset": "done",
        "Train": "next",
    }


def test_an_import_that_is_being_read_is_not_asked_for_again(owner: User, owner_client: Client) -> None:
    dataset = dataset_of(owner, takes={})
    DatasetImport.objects.create(dataset=dataset, owner=owner, source_name="digits.zip", source="x", status="reading")
    assert "digits.zip is being read" in home(owner_client)
    assert stations(owner_client)["Dataset"] == "next"


def test_a_running_job_is_shown_with_its_curve_and_what_it_hears(owner: User, owner_client: Client) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    job = job_of(owner, dataset, "running", stage="training", attempt=2, epoch=3, epochs=40, eta_seconds=100)
    JobEvent.objects.create(job=job, attempt=1, kind="epoch", data={"epoch": 9, "val_accuracy": 0.9})
    JobEvent.objects.create(job=job, attempt=2, kind="epoch", data={"epoch": 3, "val_accuracy": 0.5})
    clips = [{"said": "nine", "heard": "five", "confidence": 0.61}, {"said": "one", "heard": "one", "confidence": 0.9}]
    JobEvent.objects.create(job=job, attempt=2, kind="hears", data={"epoch": 3, "clips": clips})
    page = home(owner_client)
    assert "Epoch 3 of 40" in page
    assert "about 1 min 40 s left" in page
    assert "five for “ nine ”" in page
    assert '"points": [[3, 50.0]]' in page
    assert stations(owner_client)["Train"] == "live"
    panel = owner_client.get("/running-job/?loop=digits").content.decode()
    assert 'hx-trigger="every 3s"' in panel
    assert "1 min 40 s left" in owner_client.get("/running-job/chip/").content.decode().replace("\u00a0", " ")


def test_the_panel_lets_the_page_load_anew_when_the_job_has_ended(owner: User, owner_client: Client) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    job = job_of(owner, dataset, "running", stage="training", attempt=1)
    TrainingJob.objects.filter(pk=job.pk).update(status="cancelled", finished_at=job.created_at)
    assert owner_client.get("/running-job/?loop=digits").headers["HX-Refresh"] == "true"
    assert "hx-get" not in owner_client.get("/running-job/chip/").content.decode()


def test_a_queued_job_says_that_it_waits(owner: User, owner_client: Client) -> None:
    job_of(owner, dataset_of(owner, takes={"one": 8, "two": 8}), "queued")
    assert "waits for its turn" in home(owner_client)
    assert "queued" in home(owner_client, "/running-job/chip/")


def test_a_failure_says_its_sentence_and_where_to_go(owner: User, owner_client: Client) -> None:
    job = job_of(owner, dataset_of(owner, takes={"one": 8}), "failed", failure_message="The label “oh” has 3 clips.")
    page = owner_client.get("/").content.decode()
    assert "digits could not be trained" in page
    assert "The label “oh” has 3 clips." in page
    assert f'href="/training/{job.pk}/"' in page


def test_doubtful_answers_are_the_next_step_and_marked_in_the_list(owner: User, owner_client: Client) -> None:
    dataset_of(owner, takes={"one": 8})
    version = version_of(owner)
    for confidence in (0.4, 0.5, 0.7):
        answer_of(version, confidence)
    answer_of(version, None, "silence")
    page = home(owner_client)
    assert "Check the 2 doubtful answers" in page
    assert "3 waiting, 2 of them doubtful" in page
    assert "doubtful, 40 %" in page
    assert "Silence" in page
    assert 'class="w doubt"' in owner_client.get("/").content.decode()
    assert stations(owner_client)["Review"] == "next"


def test_another_loop_can_be_chosen(owner: User, owner_client: Client) -> None:
    made_earlier(version_of(owner, name="older"), days=2)
    version_of(owner, name="newer")
    assert "The loop of newer" in home(owner_client)
    assert "The loop of older" in home(owner_client, "/?loop=older")
    assert "The loop of newer" in home(owner_client, "/?loop=<script>")


def test_home_asks_the_database_no_more_for_more_rows(
    owner: User, owner_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        dataset = dataset_of(owner, takes={"one": 2}, name=f"Set {number}")
        add_clips(dataset, text="two", amount=2)
        answer_of(version_of(owner, number=number + 1), 0.9)
    job_of(owner, dataset, "running", stage="training", attempt=1)
    with django_assert_max_num_queries(18):
        owner_client.get("/")


def score(number: int, accuracy: float, *, half: float = 0.02, baseline: float | None = 0.103) -> VersionFacts:
    return VersionFacts(number, Score(accuracy, accuracy - half, accuracy + half, baseline=baseline), False)


@pytest.mark.parametrize(
    ("versions", "sentence"),
    [
        ([score(1, 0.8)], "Guessing gives 10.3 %."),
        ([score(1, 0.8, baseline=None)], ""),
        ([score(1, 0.8), score(2, 0.9)], "v2 is better than v1, by 10.0 points. Guessing gives 10.3 %."),
        ([score(1, 0.9), score(2, 0.8)], "v2 is worse than v1, by 10.0 points. Guessing gives 10.3 %."),
        ([score(1, 0.9), score(2, 0.91)], "Between v1 and v2 no difference is shown. Guessing gives 10.3 %."),
    ],
)
def test_it_says_better_only_where_the_intervals_lie_apart(versions: list[VersionFacts], sentence: str) -> None:
    assert comparison(versions).replace("\u00a0", " ") == sentence


def test_sentences_ask_for_speech_first(owner: User, owner_client: Client) -> None:
    sentences_of(owner, seconds=300)
    page = home(owner_client)
    assert "Record 5 min more of speech" in page
    assert "An hour and more" in page or "an hour and more" in page
    assert stations(owner_client)["Record"] == "next"


def test_versions_of_sentences_get_better_by_fewer_wrong_words(owner: User, owner_client: Client) -> None:
    dataset = sentences_of(owner, seconds=900)
    for number, wrong in ((1, 0.2), (2, 0.1)):
        version = version_of(owner, name="dictation", number=number)
        version.metrics = {"wer": wrong, "interval": [wrong - 0.02, wrong + 0.03], "unseen_speakers": True}
        version.save()
    job = job_of(owner, dataset, "running", name="dictation", stage="training", attempt=1, epoch=3, epochs=40)
    JobEvent.objects.create(job=job, attempt=1, kind="epoch", data={"epoch": 3, "val_wer": 1.2, "val_cer": 0.9})
    page = home(owner_client, "/?loop=dictation")
    assert "Words wrong on voices it had never heard, with the 95&nbsp;% interval; lower is better." in page
    assert "v2 is better than v1, by 10.0 points." in page
    assert "Guessing" not in page
    assert "Words wrong on validation, %" in page
    assert '"points": [[3, 100.0]]' in page
