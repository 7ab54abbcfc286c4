"""What a person may choose about an import: what the reader asks, the kind, how texts are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from recognition.engine.errors import EngineError
from recognition.engine.writing import CHOICES, rules_of
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from training_jobs.readers import Options
from training_jobs.readers.options import MEANINGS
from training_jobs.services.storable import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND: Final = "kind"
RULES: Final = "rules"
# The command and the API may leave it to the content; a page asks.
KIND_AUTO: Final = "auto"
COLUMNS: Final = "columns"
READER_KEYS: Final = tuple(Options().as_dict())
KEYS: Final = (*READER_KEYS, KIND, RULES)


def checked_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as an import stores them. Raises ServiceError option_unknown, rule_unknown, unknown_kind."""
    unknown = sorted(set(given) - set(KEYS))
    if unknown:
        message = _("There is no option “{name}”. There are: {known}.")
        raise _unknown(message.format(name=f"{unknown[0]:.60}", known=", ".join(KEYS)))
    options = {**_of_the_reader(given), KIND: given.get(KIND) or "", RULES: _rules(given.get(RULES) or {})}
    if options[KIND] not in {"", KIND_AUTO, *Kind.values}:
        message = _("There is no kind “{kind}”. There are: {known}.").format(
            kind=f"{options[KIND]!s:.60}", known=", ".join(Kind.values)
        )
        raise ServiceError("unknown_kind", message)
    return {key: value for key, value in options.items() if value}


def options_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether the rows of an upload have to be read again by other options."""
    return Options.from_dict(before) != Options.from_dict(after)


def _of_the_reader(given: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {key: given[key] for key in READER_KEYS if given.get(key)}
    columns = chosen.get(COLUMNS, {})
    if not isinstance(columns, dict):
        raise _unknown(_("columns must be an object: meanings to names of columns."))
    for meaning, name in columns.items():
        if meaning not in MEANINGS or not _is_name(name):
            message = _("There is no column for “{name}”. There are: {known}.")
            raise _unknown(message.format(name=f"{meaning:.60}", known=", ".join(MEANINGS)))
    for key, value in chosen.items():
        if key != COLUMNS and not _is_name(value):
            raise _unknown(_("{key} must be a name.").format(key=key))
    return chosen


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value == storable(value)


def _rules(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or set(given) - set(CHOICES):
        raise _unknown(_("rules must be an object. Its keys: {known}.").format(known=", ".join(CHOICES)))
    try:
        rules_of(given)
    except EngineError as failure:
        raise ServiceError(failure.code, failure.message) from failure
    return dict(given)


def _unknown(message: str) -> ServiceError:
    return ServiceError("option_unknown", _("{reason} Nothing was changed.").format(reason=message))
