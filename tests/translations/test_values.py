from __future__ import annotations

from dataclasses import fields

from training_jobs.trainer.recipes import RECIPES
from training_jobs.web.value_labels import VALUE_LABELS


def test_every_value_of_every_recipe_has_a_name_and_nothing_else_has() -> None:
    assert {entry.name for recipe in RECIPES.values() for entry in fields(recipe.values)} == VALUE_LABELS.keys()
