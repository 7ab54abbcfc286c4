"""The model registry: versions come to be, aliases move, names are resolved."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from recognition.models import AliasChange, ModelAlias, ModelVersion, Recognizer
from recognition.models.recognizers import PRODUCTION, Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

NAMES_SHOWN = 20
NAME_SHOWN = 80  # characters of a name that somebody asked for
LONGEST_NUMBER = 9  # digits of a version's number


def model_version_register(
    *,
    owner: User,
    recognizer_name: str,
    kind: str,
    bundle_folder: Path,
    bundle_sha256: str,
    size_bytes: int,
    manifest: dict[str, Any],
    metrics: dict[str, Any],
    lineage: dict[str, Any],
    language: str = "",
) -> ModelVersion:
    """Move a finished bundle into the registry under the next number of its recognizer.

    The recognizer is made at need; its first version goes into production by itself. Should the row not come to
    be, the bundle stands where it stood. Raises ServiceError name_refused or kind_differs.
    """
    identity = uuid.uuid4()
    home = private_path("bundles", identity, "")
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(bundle_folder, home)
    try:
        with transaction.atomic():
            recognizer = _recognizer_for(owner=owner, name=recognizer_name, kind=kind, language=language)
            version = ModelVersion.objects.create(
                id=identity,
                recognizer=recognizer,
                number=_next_number(recognizer),
                bundle=relative(home),
                bundle_sha256=bundle_sha256,
                size_bytes=size_bytes,
                labels=manifest.get("labels", []),
                manifest=manifest,
                metrics=metrics,
                lineage=lineage,
                created_by=owner,
            )
            _put_first_in_production(version, by=owner)
    except BaseException:
        shutil.move(home, bundle_folder)
        raise
    return version


def _recognizer_for(*, owner: User, name: str, kind: str, language: str) -> Recognizer:
    """Find or make the recognizer, and hold its row until the transaction ends."""
    found = Recognizer.objects.select_for_update().filter(owner=owner, name=name).first()
    if found is None:
        found = _recognizer_create(owner=owner, name=name, kind=kind, language=language)
    if found.kind != kind:
        message = _(
            "{name} recognises {its_kind}, this model {kind}. Nothing was added; give the new model another name."
        )
        told = message.format(name=name, its_kind=found.get_kind_display(), kind=Kind(kind).label)
        raise ServiceError("kind_differs", told, status=409)
    return found


def _recognizer_create(*, owner: User, name: str, kind: str, language: str) -> Recognizer:
    row = Recognizer(owner=owner, name=name, kind=kind, language=language)
    try:
        row.full_clean(exclude=("owner",), validate_unique=False, validate_constraints=False)
    except ValidationError as refused:
        message = _("“{name}” cannot name a recogniser. {reason}").format(name=name, reason=" ".join(refused.messages))
        raise ServiceError("name_refused", message) from None
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # Somebody made it between the look and the insert.
        return Recognizer.objects.select_for_update().get(owner=owner, name=name)
    return Recognizer.objects.select_for_update().get(pk=row.pk)


def _next_number(recognizer: Recognizer) -> int:
    newest: int | None = recognizer.versions.aggregate(newest=Max("number"))["newest"]
    return (newest or 0) + 1


def _put_first_in_production(version: ModelVersion, *, by: User) -> None:
    recognizer = version.recognizer
    if recognizer.aliases.filter(name=PRODUCTION).exists():
        return
    ModelAlias.objects.create(recognizer=recognizer, name=PRODUCTION, version=version)
    AliasChange.objects.create(recognizer=recognizer, alias=PRODUCTION, to_version=version, by=by)


def version_promote(*, version: ModelVersion, by: User, reason: str = "") -> AliasChange:
    """Let `production` point to this version, and write down who did it and why.

    Raises ServiceError already_in_production.
    """
    return _production_move(version, by=by, reason=reason, is_rollback=False)


def recognizer_rollback(*, recognizer: Recognizer, by: User, reason: str = "") -> AliasChange:
    """Take the last change of `production` back; done again, the one before it. Raises ServiceError nothing_before."""
    with transaction.atomic():
        Recognizer.objects.select_for_update().get(pk=recognizer.pk)
        target = rollback_target(recognizer=recognizer)
        if target is None:
            message = _("No other version of {name} was in production before this one. Nothing was changed.")
            raise ServiceError("nothing_before", message.format(name=recognizer.name), status=409)
        return _production_move(target, by=by, reason=reason, is_rollback=True)


def rollback_target(*, recognizer: Recognizer) -> ModelVersion | None:
    """Return the version that `recognizer_rollback` would put in production, or None."""
    changes = recognizer.alias_changes.filter(alias=PRODUCTION).select_related("to_version").order_by("id")
    stack: list[ModelVersion] = []
    for change in changes:
        if change.is_rollback:
            stack.pop()
        else:
            stack.append(change.to_version)
    return stack[-2] if len(stack) > 1 else None


def _production_move(version: ModelVersion, *, by: User, reason: str, is_rollback: bool) -> AliasChange:
    with transaction.atomic():
        alias = (
            ModelAlias.objects.select_for_update(of=("self",))
            .select_related("version")
            .get(recognizer=version.recognizer_id, name=PRODUCTION)
        )
        before = alias.version
        if before.pk == version.pk:
            message = _("{model} is in production already. Nothing was changed.").format(model=version)
            raise ServiceError("already_in_production", message, status=409)
        alias.version = version
        alias.save(update_fields=("version",))
        return AliasChange.objects.create(
            recognizer_id=version.recognizer_id,
            alias=PRODUCTION,
            from_version=before,
            to_version=version,
            by=by,
            reason=reason.strip(),
            is_rollback=is_rollback,
        )


def model_resolve(*, owner: User, model: str) -> ModelVersion:
    """Return the version that `digits`, `digits@production` or `digits@v3` names for this user.

    Raises ServiceError model_not_found (404), whose sentence lists the names there are.
    """
    name, _, which = model.strip().partition("@")
    which = which or PRODUCTION
    versions = ModelVersion.objects.visible_to(owner).filter(recognizer__name=name).select_related("recognizer")
    found = versions.filter(aliases__name=which).first()
    if found is None and which[:1] == "v" and is_version_number(which[1:]):
        found = versions.filter(number=int(which[1:])).first()
    if found is None:
        raise ServiceError("model_not_found", _no_such_model(owner, model), status=404)
    return found


def is_version_number(text: str) -> bool:
    """Say whether a text can be the number of a version: digits, no more of them than any site will ever count."""
    return text.isdecimal() and len(text) <= LONGEST_NUMBER


def version_of(*, recognizer: Recognizer, named: str) -> ModelVersion:
    """Return the version of a recognizer that `3`, `v3`, `digits@v3` or the version's id names.

    Raises ServiceError model_not_found (404).
    """
    versions = recognizer.versions.select_related("recognizer")
    number = named.strip().removeprefix(f"{recognizer.name}@").removeprefix("v")
    if is_version_number(number):
        found = versions.filter(number=int(number)).first()
    else:
        identity = _uuid_or_none(number)
        found = versions.filter(pk=identity).first() if identity else None
    if found is None:
        known = ", ".join(f"v{version.number}" for version in versions[:NAMES_SHOWN])
        message = _("{name} has no version “{version}”. Nothing was changed. Its versions are: {known}.")
        told = message.format(name=recognizer.name, version=named[:NAME_SHOWN], known=known)
        raise ServiceError("model_not_found", told, status=404)
    return found


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _no_such_model(owner: User, model: str) -> str:
    names = model_names(owner=owner)
    if not names:
        return _("There is no model yet. Nothing was kept; train one on a dataset, or import a bundle, then ask again.")
    values = {"model": model.strip()[:NAME_SHOWN], "names": ", ".join(names[:NAMES_SHOWN])}
    if len(names) <= NAMES_SHOWN:
        return _("There is no model “{model}”. Nothing was kept. The models there are: {names}.").format(**values)
    message = _("There is no model “{model}”. Nothing was kept. The models there are: {names} and {count} more.")
    return message.format(**values, count=len(names) - NAMES_SHOWN)


def model_names(*, owner: User) -> list[str]:
    """Return every name `model_resolve` understands for this user: aliases first, then versions."""
    aliases = ModelAlias.objects.filter(recognizer__owner=owner).values_list("recognizer__name", "name")
    versions = ModelVersion.objects.visible_to(owner).values_list("recognizer__name", "number")
    named = [f"{name}@{alias}" for name, alias in aliases.order_by("recognizer__name", "name")]
    return named + [f"{name}@v{number}" for name, number in versions.order_by("recognizer__name", "-number")]
