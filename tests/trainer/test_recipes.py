from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, fields

import pytest

from training_jobs.trainer.errors import RecipeError
from training_jobs.trainer.recipes import DEFAULT_RECIPES, RECIPES, presets_for, recipe_values, typed_values

KINDS = sorted(DEFAULT_RECIPES)


def test_the_recipes_are_read_without_tensorflow() -> None:
    code = "import sys, training_jobs.trainer.recipes; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", RECIPES)
def test_every_value_is_documented_and_its_default_lies_within_its_bounds(name: str) -> None:
    for value in fields(RECIPES[name].values):
        assert value.metadata["doc"].endswith("."), value.name
        assert value.metadata["low"] <= getattr(RECIPES[name].values, value.name) <= value.metadata["high"], value.name


@pytest.mark.parametrize("name", RECIPES)
def test_without_options_a_recipe_gives_its_defaults(name: str) -> None:
    assert recipe_values(name, {}) == asdict(RECIPES[name].values)


@pytest.mark.parametrize("kind", KINDS)
def test_every_preset_is_a_recipe_of_its_kind_with_values_it_accepts(kind: str) -> None:
    for preset in presets_for(kind).values():
        assert RECIPES[preset.recipe].kind == kind
        assert recipe_values(preset.recipe, preset.options).items() >= preset.options.items()


def test_both_kinds_have_the_same_presets() -> None:
    assert [list(presets_for(kind)) for kind in KINDS] == [["fast", "balanced", "accurate"]] * len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_default_recipe_is_the_balanced_preset(kind: str) -> None:
    assert presets_for(kind)["balanced"].recipe == DEFAULT_RECIPES[kind]
    assert presets_for(kind)["balanced"].options == {}


def test_text_from_a_command_line_becomes_numbers() -> None:
    values = recipe_values("conv", {"epochs": "7", "learning_rate": "1e-3", "mixup": 0})
    assert (values["epochs"], values["learning_rate"], values["mixup"]) == (7, 0.001, 0.0)
    assert isinstance(values["epochs"], int)
    assert isinstance(values["mixup"], float)


def test_the_values_of_a_request_become_the_recipes_own_type() -> None:
    values = typed_values("lstm", {"units": 32.0})
    assert values == type(RECIPES["lstm"].values)(units=32)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"epochs": 0}, "epochs must be a whole number from 1 to 500. Received: 0."),
        ({"epochs": 2.5}, "epochs must be a whole number from 1 to 500. Received: 2.5."),
        ({"epochs": "many"}, "epochs must be a whole number from 1 to 500. Received: many."),
        ({"dropout": 1}, "dropout must be a number from 0 to 0.9. Received: 1."),
        ({"dropout": float("nan")}, "dropout must be a number from 0 to 0.9. Received: nan."),
        ({"epochs": float("inf")}, "epochs must be a whole number from 1 to 500. Received: inf."),
        ({"epochs": 10**400}, f"epochs must be a whole number from 1 to 500. Received: {str(10**400)[:60]}."),
        ({"epochs": True}, "epochs must be a whole number from 1 to 500. Received: True."),
        ({"epochs": None}, "epochs must be a whole number from 1 to 500. Received: None."),
        (
            {"noise_snr_low_db": 30, "noise_snr_high_db": 10},
            "noise_snr_low_db must not be above noise_snr_high_db. Received: 30 and 10.",
        ),
    ],
)
def test_a_value_out_of_range_is_refused_in_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecipeError) as refusal:
        recipe_values("conv", options)
    assert refusal.value.code == "value_out_of_range"
    assert refusal.value.message == sentence


def test_an_unknown_value_is_refused_with_the_values_there_are() -> None:
    with pytest.raises(RecipeError) as refusal:
        recipe_values("lstm", {"epoch": 3})
    assert refusal.value.code == "unknown_value"
    assert refusal.value.message.startswith("The recipe lstm has no value called epoch. It has: epochs, ")


def test_an_unknown_recipe_is_refused_with_the_recipes_there_are() -> None:
    with pytest.raises(RecipeError) as refusal:
        recipe_values("transformer", {})
    assert refusal.value.code == "unknown_recipe"
    assert (
        refusal.value.message
        == "There is no recipe called transformer. There are: conv, conv2d, ctc-conv, ctc-lstm, lstm."
    )


def test_a_sentence_does_not_repeat_what_is_endless() -> None:
    endless = "9" * 5_000
    for asked in ({"epochs": endless}, {endless: 1}):
        with pytest.raises(RecipeError) as refused:
            recipe_values("conv", asked)
        assert len(refused.value.message) < 500
    with pytest.raises(RecipeError) as unknown:
        recipe_values(endless, {})
    assert len(unknown.value.message) < 200


@pytest.mark.parametrize("kind", KINDS)
def test_presets_are_one_recipe_so_that_each_can_go_on_from_a_version_of_another(kind: str) -> None:
    assert {preset.recipe for preset in presets_for(kind).values()} == {DEFAULT_RECIPES[kind]}
