"""Every address of the site has a rule, tried as nobody, as a stranger and as the owner.

The rule follows from the address: one with no parameter shows people their own things and wants a login; one with a
parameter belongs to somebody and is not there for anybody else. What is public is listed here by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from recognition.services.corrections import correction_create
from recognition.services.models import model_version_register
from recognition.services.transcriptions import transcription_create
from speechsite.accounts.services.tokens import token_create
from speechsite.lib.files import absolute
from speechsite.uploads.services.uploads import upload_create
from tests.recognition.conftest import LINEAGE, METRICS, bundle_in, manifest
from tests.recognition.tones import said, wav
from tests.training.rows import make_dataset, make_job
from training_jobs.models import DatasetExport, DatasetImport, Evaluation, LanguageText, Snapshot, Sweep
from training_jobs.services.corpus_folder import LOG_NAME, job_folder
from training_jobs.services.dataset_export_rows import fingerprint_of
from training_jobs.services.import_uploads import example_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion
    from training_jobs.models import Clip, Dataset, TrainingJob

PUBLIC = {"healthz", "readyz", "accounts:login", "accounts:logout", "accounts:setup", "language", "script-texts"}
PAGES_OF_THE_API = {"api-docs"}
SHARED_PARAMETERS = {"recipe", "secret", "language"}


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield name and pattern of every address of the site but the admin's own."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern
        elif pattern.namespace != "admin":
            yield from patterns(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)


ADDRESSES = dict(patterns())
OWNED = sorted(n for n, p in ADDRESSES.items() if n not in PUBLIC and set(p.pattern.converters) - SHARED_PARAMETERS)
OWN = sorted(set(ADDRESSES) - PUBLIC - set(OWNED))


@pytest.fixture
def belongings(owner: User, tmp_path: Path) -> dict[str, Any]:
    """Give the owner one of everything; return the parameters that lead to each."""
    dataset = make_dataset(owner, clips=6)
    version = a_version(owner, tmp_path)
    audio = wav(said("low"))
    transcription = transcription_create(
        owner=owner, model_version=version, audio=audio, source_name="low.wav", origin="upload"
    )
    correction_create(transcription=transcription, text="low", by=owner)
    snapshot = Snapshot.objects.create(
        owner=owner, dataset=dataset, dataset_name=dataset.name, kind="words", split_method="random"
    )
    text = LanguageText.objects.create(dataset=dataset, name="List", file="texts/a.txt", lines=1, words=1)
    token, _ = token_create(user=owner, name="script")
    return {
        "dataset_id": dataset.pk,
        "clip_id": a_clip_with_sound(dataset).pk,
        "import_id": an_import_with_an_example(dataset, number=version.number).pk,
        "export_id": an_export(dataset).pk,
        "sweep_id": Sweep.objects.create(
            owner=owner,
            dataset=dataset,
            dataset_name=dataset.name,
            recipe="conv",
            split_method="random",
            trials_total=2,
        ).pk,
        "evaluation_id": Evaluation.objects.create(owner=owner, version=version, dataset=dataset).pk,
        "job_id": a_finished_job(dataset, version, snapshot).pk,
        "snapshot_id": snapshot.pk,
        "name": "tones",
        "number": version.number,
        "version_id": version.pk,
        "transcription_id": transcription.pk,
        "text_id": text.pk,
        "token_id": token.pk,
        "upload_id": upload_create(owner=owner, size_bytes=10, name="a.zip").pk,
    }


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def a_clip_with_sound(dataset: Dataset) -> Clip:
    clip = dataset.clips.first()
    assert clip is not None
    put(absolute(clip.audio), b"fLaC")
    return clip


def a_version(owner: User, folder: Path) -> ModelVersion:
    written = bundle_in(folder)
    return model_version_register(
        owner=owner,
        recognizer_name="tones",
        kind="words",
        language="",
        bundle_folder=written.path,
        bundle_sha256=written.sha256,
        size_bytes=written.size_bytes,
        manifest=manifest(),
        metrics=METRICS,
        lineage=LINEAGE,
    )


def an_import_with_an_example(dataset: Dataset, *, number: int) -> DatasetImport:
    row = DatasetImport.objects.create(dataset=dataset, owner=dataset.owner, source_name="a.zip", source="imports/a")
    put(example_path(row, number), b"fLaC")
    return row


def a_finished_job(dataset: Dataset, version: ModelVersion, snapshot: Snapshot) -> TrainingJob:
    job = make_job(
        dataset.owner,
        dataset,
        status="succeeded",
        model_version=version,
        metrics={**METRICS, "interval_method": "clips", "accuracy_accepted": 0.92},
        evaluation={"labels": ["one"], "per_label": [], "per_speaker": [], "confusion": {}},
        snapshot=snapshot,
    )
    put(job_folder(job) / LOG_NAME, b"the trainer's own words")
    return job


def an_export(dataset: Dataset) -> DatasetExport:
    export = DatasetExport.objects.create(
        dataset=dataset,
        owner=dataset.owner,
        layout="site_bundle",
        status="done",
        file="exports/a.zip",
        fingerprint=fingerprint_of(dataset),
        finished_at=timezone.now(),
    )
    put(export.path, b"PK")
    return export


def address(name: str, belongings: dict[str, Any]) -> str:
    """Return the address that leads to the owner's thing; fail where this test does not know a parameter."""
    parameters = set(ADDRESSES[name].pattern.converters)
    unknown = parameters - set(belongings) - SHARED_PARAMETERS
    assert not unknown, f"{name} has no rule: this test does not know whose {unknown} is"
    return reverse(name, kwargs={p: belongings.get(p, "conv") for p in parameters})


def ask(client: Client, path: str) -> Any:
    """Ask by GET, or by POST where the address takes nothing else."""
    answer = client.get(path)
    return client.post(path) if answer.status_code == 405 else answer


def test_the_walk_finds_the_site() -> None:
    assert len(OWNED) > 30
    assert len(OWN) > 10
    assert set(ADDRESSES) >= PUBLIC


def test_nobody_gets_the_login_or_401(belongings: dict[str, Any]) -> None:
    let_in = [name for name in [*OWN, *OWNED] if not is_turned_away(name, address(name, belongings))]
    assert let_in == []


def is_turned_away(name: str, path: str) -> bool:
    answer = ask(Client(), path)
    if path.startswith("/api/") and name not in PAGES_OF_THE_API:
        return answer.status_code == 401 and b"not_authenticated" in answer.content
    return answer.status_code == 302 and answer["Location"].startswith(reverse(settings.LOGIN_URL))


def test_a_stranger_finds_nothing_there(belongings: dict[str, Any], stranger_client: Client) -> None:
    found = [name for name in OWNED if ask(stranger_client, address(name, belongings)).status_code != 404]
    assert found == []


def test_the_owner_may_read_everything(belongings: dict[str, Any], owner_client: Client) -> None:
    answers = {name: owner_client.get(address(name, belongings)).status_code for name in [*OWN, *OWNED]}
    assert {name: status for name, status in answers.items() if status not in {200, 302, 405}} == {}


@pytest.mark.parametrize("name", [*OWN, *OWNED])
def test_the_owner_may_act(name: str, belongings: dict[str, Any], owner_client: Client) -> None:
    answer = owner_client.post(address(name, belongings))
    # What a form lacks is said with 400 or 422, what cannot be done now with 409; an address to read takes no POST.
    # The address of uploads wants its protocol's version, and says so with 412.
    assert answer.status_code in {200, 201, 202, 204, 302, 400, 405, 409, 412, 415, 422}


@pytest.mark.parametrize("name", sorted(PUBLIC - {"accounts:setup", "script-texts"}))
def test_what_is_public_answers_nobody(name: str, db: None) -> None:
    parameters = ["de"] if name == "script-texts" else []
    assert ask(Client(), reverse(name, args=parameters)).status_code in {200, 302}


def test_the_texts_of_the_scripts_are_public(db: None) -> None:
    assert Client().get(reverse("script-texts", args=["de"])).status_code == 200


def test_a_made_up_setup_link_opens_nothing(db: None) -> None:
    assert ask(Client(), reverse("accounts:setup", args=["made-up"])).status_code == 410


def test_the_admin_is_for_staff_alone(owner_client: Client) -> None:
    answer = owner_client.get("/admin/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]
