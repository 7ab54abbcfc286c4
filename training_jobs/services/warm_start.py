"""Going on from a model version: what it fits, how it is trained on, and which clips it has learned before."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recognition.engine.bundle import load_bundle
from recognition.models import ModelVersion
from recognition.models.recognizers import PRODUCTION, Kind
from speechsite.lib.errors import ServiceError
from training_jobs.labels import OTHER
from training_jobs.models import Clip, Snapshot, SnapshotClip, TrainingJob
from training_jobs.services.wording import kind_in_words
from training_jobs.trainer.job_files import START_WEIGHTS
from training_jobs.trainer.recipes import RECIPES, recipe_values, shape_values, warm_schedule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Dataset

WEIGHTS: Final = "weights.h5"
MOST_ANCESTORS: Final = 1_000  # a chain that is longer is a ring


@dataclass(frozen=True)
class Learned:
    """What a version and those it goes on from learned: the side each clip was on, the voices, the texts.

    `is_known` is false where one of them was imported: nobody here can tell which clips it knows.
    """

    name: str = ""
    sides: Mapping[str, str] = field(default_factory=dict)
    speakers: frozenset[str] = frozenset()
    snapshots: tuple[Snapshot, ...] = ()
    is_known: bool = True


NOTHING: Final = Learned()


def check_start(version: ModelVersion, *, kind: str) -> None:
    """Refuse a version that no training of this kind can go on from.

    Raises ServiceError: start_of_other_kind, start_without_weights, start_of_unknown_recipe.
    """
    if version.recognizer.kind != kind:
        message = _("{version} hears {kind}, and this dataset holds {other_kind}. Begin anew.").format(
            version=version, kind=kind_in_words(version.recognizer.kind), other_kind=kind_in_words(kind)
        )
        raise ServiceError("start_of_other_kind", message)
    if WEIGHTS not in version.manifest.get("files", {WEIGHTS: ""}):
        message = _("The bundle of {version} holds no weights to go on from. Begin anew.")
        raise ServiceError("start_without_weights", message.format(version=version))
    recipe = start_recipe(version)
    if recipe not in RECIPES or RECIPES[recipe].kind != kind:
        message = _(
            "{version} was trained by a recipe this site does not know, so it cannot go on from it. Begin anew."
        )
        raise ServiceError("start_of_unknown_recipe", message.format(version=version))


def can_start(version: ModelVersion, *, kind: str) -> bool:
    """Say whether a training of this kind can go on from a version."""
    try:
        check_start(version, kind=kind)
    except ServiceError:
        return False
    return True


def improvable_version(*, user: User, recognizer_name: str, kind: str) -> ModelVersion | None:
    """Return the version in production, to go on from; None where there is none that a training can go on from."""
    versions = ModelVersion.objects.visible_to(user).filter(recognizer__name=recognizer_name)
    version = versions.filter(aliases__name=PRODUCTION).select_related("recognizer").first()
    return version if version and can_start(version, kind=kind) else None


def start_recipe(version: ModelVersion) -> str:
    """Return the recipe a version was trained by; empty where its bundle does not say."""
    recipe = version.manifest.get("recipe")
    return str(recipe.get("name", "")) if isinstance(recipe, dict) else ""


def start_options(version: ModelVersion, *, preset: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to go on with: the version's own, the preset's over them, half the epochs, then those given.

    What shapes the network stays as it is. Raises ServiceError start_of_other_size where another shape is given, and
    RecipeError as `recipe_values` does.
    """
    recipe = start_recipe(version)
    known = recipe_values(recipe, {})
    own = {key: value for key, value in version.manifest["recipe"].get("values", {}).items() if key in known}
    shape = {key: own.get(key, known[key]) for key in shape_values(recipe)}
    wanted = recipe_values(recipe, {key: value for key, value in given.items() if key in shape})
    for key in shape.keys() & given.keys():
        if wanted[key] != shape[key]:
            message = _(
                "{version} has {name} {value}, which must stay as it is. Received: {received}. Leave it out, or begin "
                "anew."
            )
            raise ServiceError(
                "start_of_other_size",
                message.format(
                    version=version,
                    name=key,
                    value=number_format(f"{shape[key]:g}"),
                    received=number_format(f"{wanted[key]:g}"),
                ),
            )
    return {**own, **preset, **warm_schedule(recipe, preset), **shape, **given}


def origins(version: ModelVersion) -> list[TrainingJob | None]:
    """Return the jobs a version and those it goes on from came from, its own first; None where one is not from here."""
    found: list[TrainingJob | None] = []
    while len(found) < MOST_ANCESTORS:
        job = TrainingJob.objects.filter(model_version=version).select_related("snapshot", "start_version").first()
        found.append(job)
        if job is None or not job.start_name:
            break
        if job.start_version is None:
            found.append(None)
            break
        version = job.start_version
    return found


def is_learning_known(version: ModelVersion) -> bool:
    """Say whether it is known here which clips a version, and those it goes on from, have learned."""
    return _are_known(origins(version))


def _are_known(jobs: Sequence[TrainingJob | None]) -> bool:
    return all(job and job.snapshot for job in jobs)


def snapshots_learned(version: ModelVersion) -> list[Snapshot]:
    """Return the snapshots that a version and those it goes on from learned from, its own first."""
    return _snapshots_of(origins(version))


def _snapshots_of(jobs: Sequence[TrainingJob | None]) -> list[Snapshot]:
    return [job.snapshot for job in jobs if job and job.snapshot]


def learned_by(version: ModelVersion | None) -> Learned:
    """Return what a version has learned, from its own snapshot and those of the versions it goes on from."""
    if version is None:
        return NOTHING
    jobs = origins(version)
    snapshots = _snapshots_of(jobs)
    sides: dict[str, str] = {}
    speakers: set[str] = set()
    frozen = SnapshotClip.objects.filter(snapshot__in=snapshots).exclude(split=Clip.Split.TEST)
    for sha256, split, speaker in frozen.values_list("sha256", "split", "speaker"):
        # What was trained on once has been trained on; no other version can make it unseen.
        sides[sha256] = Clip.Split.TRAIN.value if sides.get(sha256) == Clip.Split.TRAIN else split
        speakers.add(speaker)
    return Learned(str(version), sides, frozenset(speakers - {""}), tuple(snapshots), _are_known(jobs))


def start_split(version: ModelVersion, *, speakers: Collection[str], has_test: bool) -> tuple[str, dict[str, Any]]:
    """Return how a version was judged, to be judged alike: method and options, as far as a dataset allows it.

    An empty method leaves the choice to what suits the dataset.
    """
    job = TrainingJob.objects.filter(model_version=version).select_related("snapshot").first()
    if job is None or job.snapshot is None:
        return "", {}
    method = job.snapshot.split_method
    if method == "speaker":
        aside = [name for name in job.snapshot.speakers.get("test", []) if name in speakers]
        return (method, {"test_speakers": aside}) if aside else ("", {})
    return (method, {}) if method != "column" or has_test else ("", {})


def start_other_words(version: ModelVersion | None) -> Dataset | None:
    """Return the dataset whose words a version learned to turn away, to go on with it; None where it is not there."""
    job = TrainingJob.objects.filter(model_version=version).select_related("other_words").first() if version else None
    return job.other_words if job else None


def start_request(version: ModelVersion) -> dict[str, Any]:
    """Return what the trainer is told of the version: its name and what its outputs stand for."""
    return {"name": str(version), "sha256": version.bundle_sha256, "heads": heads_of(version)}


def heads_of(version: ModelVersion) -> list[dict[str, Any]]:
    """Return the output layers of a version: style and units of each; units nobody wrote down are empty."""
    manifest = version.manifest
    if version.recognizer.kind == Kind.WORDS:
        other = [OTHER] if manifest.get("has_other_output") else []
        return [{"style": str(Kind.WORDS), "units": [*version.labels, *other]}]
    if "heads" in manifest:
        return list(manifest["heads"])
    candidates = manifest.get("candidates") or [{"style": manifest["unit_style"], "units": len(manifest["units"])}]
    return [
        {
            "style": candidate["style"],
            "units": manifest["units"] if candidate["style"] == manifest["unit_style"] else [""] * candidate["units"],
        }
        for candidate in candidates
    ]


def start_write(version: ModelVersion, folder: Path) -> None:
    """Put the version's weights into a job folder; raises EngineError bundle_corrupt where they were changed."""
    bundle = load_bundle(version.bundle_path)
    shutil.copyfile(bundle.path / WEIGHTS, folder / START_WEIGHTS)
