from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from recognition.models import AliasChange, ModelAlias, ModelVersion, Recognizer
from recognition.services.models import model_resolve, recognizer_rollback, version_of, version_promote
from speechsite.lib.errors import ServiceError
from tests.recognition.conftest import bundle_in, manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


def in_production(version: ModelVersion) -> str:
    return str(ModelAlias.objects.get(recognizer=version.recognizer, name="production").version)


def test_the_first_version_goes_into_production_by_itself(tones: ModelVersion) -> None:
    assert str(tones) == "tones@v1"
    assert in_production(tones) == "tones@v1"
    change = AliasChange.objects.get()
    assert (change.from_version, change.to_version) == (None, tones)


def test_a_bundle_is_moved_below_the_private_folder(tones: ModelVersion, settings: object) -> None:
    assert (tones.bundle_path / "manifest.json").is_file()
    assert tones.bundle.startswith("bundles/")


def test_later_versions_count_on_and_leave_production_alone(
    owner: User, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    assert [register(owner).number, register(owner).number] == [2, 3]
    assert in_production(tones) == "tones@v1"


def test_versions_of_two_people_with_one_name_are_apart(
    owner: User, stranger: User, register: Callable[..., ModelVersion]
) -> None:
    assert register(owner).number == register(stranger).number == 1


def test_a_name_that_cannot_stand_in_an_address_is_refused_and_the_bundle_stays(
    owner: User, tmp_path: Path, register: Callable[..., ModelVersion]
) -> None:
    with pytest.raises(ServiceError) as refused:
        register(owner, name="Ten digits!")
    assert refused.value.code == "name_refused"
    assert not Recognizer.objects.exists()


def test_a_kind_that_differs_is_refused_and_the_bundle_stays_where_it_was(
    owner: User, tones: ModelVersion, tmp_path: Path
) -> None:
    from recognition.services.models import model_version_register  # noqa: PLC0415 - beside its one use

    info = bundle_in(tmp_path)
    with pytest.raises(ServiceError, match="another name"):
        model_version_register(
            owner=owner,
            recognizer_name="tones",
            kind="sentences",
            bundle_folder=info.path,
            bundle_sha256=info.sha256,
            size_bytes=info.size_bytes,
            manifest=manifest(),
            metrics={},
            lineage={},
        )
    assert (info.path / "manifest.json").is_file()


@pytest.mark.django_db(transaction=True)
def test_versions_registered_at_once_get_numbers_of_their_own(
    owner: User, register: Callable[..., ModelVersion]
) -> None:
    failures: list[BaseException] = []

    def one_more() -> None:
        try:
            register(owner)
        except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=one_more) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(ModelVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert AliasChange.objects.count() == 1


def test_promote_moves_production_and_says_who_and_why(
    owner: User, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    second = register(owner)
    change = version_promote(version=second, by=owner, reason=" better on new voices ")
    assert in_production(tones) == "tones@v2"
    assert (change.from_version, change.to_version, change.by) == (tones, second, owner)
    assert change.reason == "better on new voices"


def test_promoting_what_is_in_production_is_refused(owner: User, tones: ModelVersion) -> None:
    with pytest.raises(ServiceError, match="already"):
        version_promote(version=tones, by=owner)
    assert AliasChange.objects.count() == 1


def test_roll_back_goes_one_step_further_each_time(
    owner: User, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    for version in (register(owner), register(owner)):
        version_promote(version=version, by=owner)
    recognizer = tones.recognizer
    recognizer_rollback(recognizer=recognizer, by=owner)
    assert in_production(tones) == "tones@v2"
    recognizer_rollback(recognizer=recognizer, by=owner)
    assert in_production(tones) == "tones@v1"
    with pytest.raises(ServiceError) as refused:
        recognizer_rollback(recognizer=recognizer, by=owner)
    assert refused.value.code == "nothing_before"
    assert AliasChange.objects.count() == 5


def test_promoting_an_old_version_can_be_rolled_back_too(
    owner: User, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    second = register(owner)
    version_promote(version=second, by=owner)
    version_promote(version=tones, by=owner)
    recognizer_rollback(recognizer=tones.recognizer, by=owner)
    assert in_production(tones) == "tones@v2"


def test_the_database_allows_one_production_per_recognizer(tones: ModelVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelAlias.objects.create(recognizer=tones.recognizer, name="production", version=tones)


def test_the_database_allows_a_number_once(
    owner: User, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    second = register(owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=second.pk).update(number=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=second.pk).update(number=0)


@pytest.mark.parametrize("name", ["tones", "tones@production", "tones@v1", " tones@v1 "])
def test_a_model_is_found_by_its_names(owner: User, tones: ModelVersion, name: str) -> None:
    assert model_resolve(owner=owner, model=name) == tones


@pytest.mark.parametrize("name", ["tone", "tones@v2", "tones@staging", "tones@v", "@v1", "", "tones@v" + "9" * 20])
def test_an_unknown_model_is_answered_with_the_names_there_are(owner: User, tones: ModelVersion, name: str) -> None:
    with pytest.raises(ServiceError) as refused:
        model_resolve(owner=owner, model=name)
    assert (refused.value.code, refused.value.status) == ("model_not_found", 404)
    assert "tones@production, tones@v1" in refused.value.message


def test_a_stranger_does_not_find_the_model_nor_read_its_name(stranger: User, tones: ModelVersion) -> None:
    with pytest.raises(ServiceError) as refused:
        model_resolve(owner=stranger, model="tones")
    assert "tones" not in refused.value.message
    assert "train one" in refused.value.message


def test_a_version_number_of_any_length_names_nothing_and_breaks_nothing(owner: User, tones: ModelVersion) -> None:
    for number in ("9" * 5_000, "9" * 30, "²"):
        for asked in (
            lambda number=number: model_resolve(owner=owner, model=f"tones@v{number}"),
            lambda number=number: version_of(recognizer=tones.recognizer, named=f"v{number}"),
        ):
            with pytest.raises(ServiceError) as refused:
                asked()
            assert refused.value.code == "model_not_found"
            assert len(refused.value.message) < 400
