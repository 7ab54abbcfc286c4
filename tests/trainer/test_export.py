from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.trainer.synthesised import SHAPE, corpus_of
from training_jobs.trainer import export
from training_jobs.trainer.architectures import WORD_BUILDERS, build
from training_jobs.trainer.corpus import features_of
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.recipes import RECIPES

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.trainer.architectures.word_model import WordModel

pytestmark = [
    pytest.mark.training,
    # Keras writes weight files through NumPy's older array protocol.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]


@pytest.fixture(scope="module", params=sorted(WORD_BUILDERS))
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[WordModel, Path]:
    model = build(request.param, RECIPES[request.param].values, SHAPE)
    folder = tmp_path_factory.mktemp("export")
    assert export.export_model(model.serving(), model.network, folder, seed=1) < 1e-4
    return model, folder


def test_the_file_hears_whole_clips_as_training_does_in_batches(exported: tuple[WordModel, Path]) -> None:
    model, folder = exported
    corpus = corpus_of(2)
    rows = np.arange(len(corpus.clips))
    logits = model.network(features_of(model, corpus, rows)).numpy()
    expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    interpreter = Interpreter(model_path=str(folder / "model.tflite"), num_threads=1)
    heard = np.concatenate([export.run(interpreter, corpus.samples(row)[None]) for row in rows])
    np.testing.assert_allclose(heard, expected, atol=1e-4)


def test_the_file_takes_raw_samples_of_any_length(exported: tuple[WordModel, Path]) -> None:
    interpreter = Interpreter(model_path=str(exported[1] / "model.tflite"), num_threads=1)
    (declared,) = interpreter.get_input_details()
    assert declared["dtype"] is np.float32
    assert declared["shape_signature"].tolist() == [1, -1]
    for length in (1600, 15_999, 16_001, 80_000):
        answer = export.run(interpreter, np.zeros((1, length), np.float32))
        assert answer.shape == (1, 3)
        assert np.isfinite(answer).all()


def test_a_file_that_answers_otherwise_is_not_kept(
    exported: tuple[WordModel, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, folder = exported
    stranger = (folder / "model.tflite").read_bytes()
    network = model.network.get_weights()
    model.network.set_weights([weight + 0.05 for weight in network])
    monkeypatch.setattr(export, "converted", lambda _: stranger)
    with pytest.raises(TrainerError) as failure:
        export.export_model(model.serving(), model.network, tmp_path, seed=1)
    model.network.set_weights(network)
    assert failure.value.code == "export_mismatch"
