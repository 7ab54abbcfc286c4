"""What a sweep searches: values of a recipe with their lowest and highest, and the next point to try."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError
from training_jobs.trainer.errors import RecipeError
from training_jobs.trainer.recipes import RECIPES, checked_value, recipe_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from dataclasses import Field

    from training_jobs.models import TrainingJob

MOST_VALUES: Final = 8
LOGARITHMIC_FROM: Final = 10.0  # ranges that span so many times their lowest value are searched by orders of magnitude
TRIALS_AT_RANDOM: Final = 5
USUAL_CONVOLUTION: Final = {
    "learning_rate": [0.0005, 0.01],
    "weight_decay": [0.001, 0.1],
    "dropout": [0.0, 0.5],
    "mixup": [0.0, 0.6],
}
USUAL_SPACES: Final[dict[str, dict[str, list[float]]]] = {
    "conv2d": USUAL_CONVOLUTION,
    "conv": USUAL_CONVOLUTION,
    "lstm": {"learning_rate": [0.0002, 0.01], "units": [64, 256]},
    "ctc-conv": {"learning_rate": [0.0005, 0.005], "weight_decay": [0.003, 0.1], "dropout": [0.05, 0.3]},
    "ctc-lstm": {"learning_rate": [0.0005, 0.005], "weight_decay": [0.003, 0.1], "dropout": [0.05, 0.4]},
}


def checked_space(recipe: str, space: Mapping[str, Sequence[Any]]) -> dict[str, list[float]]:
    """Return a search space with numbers in it; empty takes the usual one of the recipe.

    Raises ServiceError: unknown_value, value_out_of_range, space_empty, space_too_large.
    """
    if not space:
        return {name: list(bounds) for name, bounds in USUAL_SPACES[recipe].items()}
    if len(space) > MOST_VALUES:
        message = _(
            "At most {most} values can be searched at once. Received {received}. Leave some as they are."
        ).format(most=MOST_VALUES, received=len(space))
        raise ServiceError("space_too_large", message)
    return {name: _checked_range(recipe, name, bounds) for name, bounds in space.items()}


def _checked_range(recipe: str, name: str, bounds: Sequence[Any]) -> list[float]:
    declared = _declared(recipe)
    try:
        recipe_values(recipe, {} if name in declared else {name: 0})  # says which values there are
        low, high = (checked_value(declared[name], bound) for bound in bounds)
    except RecipeError as refused:
        raise ServiceError(refused.code, refused.message) from None
    except ValueError:
        message = _("{name} needs two numbers, the lowest and the highest. Received {received}.").format(
            name=name, received=len(bounds)
        )
        raise ServiceError("value_out_of_range", message) from None
    if low >= high:
        message = _("The lowest {name} to try must be below the highest. Received: {low} and {high}.").format(
            name=name, low=number_format(f"{low:g}"), high=number_format(f"{high:g}")
        )
        raise ServiceError("space_empty", message)
    return [low, high]


def _declared(recipe: str) -> dict[str, Field[Any]]:
    return {entry.name: entry for entry in fields(RECIPES[recipe].values)}


def next_point(
    *,
    recipe: str,
    options: Mapping[str, Any],
    space: Mapping[str, Sequence[float]],
    past: Sequence[TrainingJob],
    seed: int,
) -> dict[str, Any]:
    """Return the values to try next, given the trials so far.

    The first try is the recipe as it is, where that lies in the space; then a few at random, then where a tree-
    structured Parzen estimator (J. Bergstra and others, 2011; Optuna's) expects most. The rows are all it knows: a
    study is built from them each time, so a sweep goes on whatever was lost.
    """
    values = recipe_values(recipe, options)
    usual = {name: values[name] for name in space}
    if not past and all(low <= usual[name] <= high for name, (low, high) in space.items()):
        return usual
    import optuna  # noqa: PLC0415 - takes two seconds, which no web process should spend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed + len(past), n_startup_trials=TRIALS_AT_RANDOM)
    study = optuna.create_study(direction="minimize", sampler=sampler)
    # In the order of the alphabet: what is drawn depends on it, and PostgreSQL does not keep the order of an object.
    distributions = {name: _distribution(recipe, name, space[name], optuna) for name in sorted(space)}
    for job in past:
        study.add_trial(_trial(job, distributions, optuna))
    return dict(study.ask(distributions).params)


def _distribution(recipe: str, name: str, bounds: Sequence[float], optuna: Any) -> Any:
    low, high = bounds
    is_log = low > 0 and high / low >= LOGARITHMIC_FROM
    if _declared(recipe)[name].type == "int":
        return optuna.distributions.IntDistribution(int(low), int(high), log=is_log)
    return optuna.distributions.FloatDistribution(float(low), float(high), log=is_log)


def _trial(job: TrainingJob, distributions: Mapping[str, Any], optuna: Any) -> Any:
    values = recipe_values(job.recipe, job.options)
    params = {name: values[name] for name in distributions}
    score = objective(job)
    if score is None:
        state = optuna.trial.TrialState.FAIL
        return optuna.trial.create_trial(params=params, distributions=dict(distributions), state=state)
    return optuna.trial.create_trial(params=params, distributions=dict(distributions), value=score)


def wrong_share(job: TrainingJob) -> float | None:
    """Return the share of words a trial heard wrongly on validation; None for a trial that gave nothing."""
    metrics = job.metrics
    if job.status != "succeeded":
        return None
    if "val_wer" in metrics:
        return float(metrics["val_wer"])
    return 1 - float(metrics["val_accuracy"]) if "val_accuracy" in metrics else None


def objective(job: TrainingJob) -> float | None:
    """Return what a trial is chosen by, the lower the better: its share of wrong words on validation.

    A thousandth of the loss decides between equal ones. None for a trial that gave nothing.
    """
    wrong = wrong_share(job)
    return None if wrong is None else wrong + 0.001 * min(1.0, float(job.metrics.get("val_loss", 1.0)))
