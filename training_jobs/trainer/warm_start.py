"""Going on from an earlier model: its body as it is, its outputs by their names; new outputs begin between those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from keras import layers

from recognition.engine.language import said, to_be_said
from training_jobs.labels import OTHER
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.export import load_weights
from training_jobs.trainer.job_files import START_WEIGHTS
from training_jobs.trainer.naming import few_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

WORDS: Final = "words"  # the style of the only head of a model of words
UNREADABLE: Final = to_be_said(
    "The weights of {name} do not fit its description, so nothing can go on from it. Begin anew."
)


@dataclass(frozen=True)
class Head:
    """One output layer: what its outputs stand for, in order; None is the CTC blank, "" what nobody knows any more."""

    style: str
    outputs: tuple[str | None, ...]


@dataclass(frozen=True)
class Start:
    """The model to go on from: its name, its heads, its weights."""

    name: str
    heads: tuple[Head, ...]
    weights: Path

    def give(self, network: Any, heads: Sequence[Head], *, earlier: Callable[[tuple[int, ...]], Any]) -> None:
        """Put what the earlier model knows into a new network of the same body.

        ``earlier`` builds an untrained network of that body with so many outputs per head. Raises TrainerError
        start_unreadable where the weights do not fit.
        """
        source = earlier(tuple(len(head.outputs) for head in self.heads))
        try:
            load_weights(source, self.weights)
            for old, new in zip(body(source), body(network), strict=True):
                new.set_weights(old.get_weights())
        except (ValueError, KeyError, OSError) as failure:
            raise TrainerError("start_unreadable", said(UNREADABLE, name=self.name), detail=repr(failure)) from failure
        known = dict(zip((head.style for head in self.heads), dense(source), strict=True))
        for head, layer in zip(heads, dense(network), strict=True):
            found = self.nearest(head.style)
            layer.set_weights(outputs_from(known[found.style], found.outputs, layer, head.outputs))

    def nearest(self, style: str) -> Head:
        """Return the head of this style, else the first one: the plain characters, which every style contains."""
        return next((head for head in self.heads if head.style == style), self.heads[0])

    def sentence(self, heads: Sequence[Head]) -> str:
        """Say what it goes on from, and which outputs are new."""
        known = {name for head in self.heads for name in head.outputs}
        new = [name for head in heads[:1] for name in head.outputs if name not in known | {OTHER}]
        if not new:
            return said("Going on from {name}, which knows everything there is to write here.", name=self.name)
        return said("Going on from {name}. New to it: {units}.", name=self.name, units=few_named(new))


def read_start(folder: Path, asked: Mapping[str, Any]) -> Start | None:
    """Return what a request asks to go on from, or None where it begins anew."""
    facts = asked.get("start")
    if not facts:
        return None
    heads = tuple(Head(head["style"], outputs_of(head["style"], head["units"])) for head in facts["heads"])
    return Start(facts["name"], heads, folder / START_WEIGHTS)


def outputs_of(style: str, units: Sequence[str]) -> tuple[str | None, ...]:
    """Return what the outputs of a head stand for: its units, and behind those of sentences the blank."""
    return tuple(units) if style == WORDS else (*units, None)


def dense(network: Any) -> list[Any]:
    """Return the output layers of a network, in order: they are its only dense ones."""
    return [layer for layer in network.layers if isinstance(layer, layers.Dense)]


def body(network: Any) -> list[Any]:
    """Return all other layers of a network that have weights, in order."""
    return [layer for layer in network.layers if layer.weights and not isinstance(layer, layers.Dense)]


def outputs_from(
    source: Any, known: Sequence[str | None], layer: Any, wanted: Sequence[str | None]
) -> list[NDArray[np.float32]]:
    """Return kernel, shape (features, wanted), and bias, shape (wanted,), of a layer that takes outputs over by name.

    A new output begins as the mean of the known ones but the blank: likelier than none, less likely than the right
    one. Where nothing is known all but the blank begin as chance has it.
    """
    kernel, bias = layer.get_weights()
    old_kernel, old_bias = source.get_weights()
    places = {name: place for place, name in enumerate(known) if name != ""}
    met = [places[name] for name in wanted if name is not None and name in places]
    for place, name in enumerate(wanted):
        if name in places:
            kernel[:, place], bias[place] = old_kernel[:, places[name]], old_bias[places[name]]
        elif met:
            kernel[:, place], bias[place] = old_kernel[:, met].mean(axis=1), old_bias[met].mean()
    return [kernel, bias]
