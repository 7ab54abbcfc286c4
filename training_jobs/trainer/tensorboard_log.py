"""The curves once more, in the form TensorBoard reads, for those who want to lay runs over each other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import tensorflow as tf

from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOT_DRAWN = {"epoch", "epochs", "eta_seconds"}
# What `tf.summary.scalar` would write; that function is TensorBoard's own, which is not needed to train.
SCALAR = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "scalars"}, data_class="DATA_CLASS_SCALAR")


class TensorBoardLog:
    """Writes every number an epoch tells as a scalar; a run that goes on goes on in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.writer = tf.summary.create_file_writer(str(folder))
        self.is_broken = False

    def take(self, values: Mapping[str, object]) -> None:
        """Write the numbers of an epoch.

        Where they cannot be written, say on a full disk, this log ends, and the training goes on.
        """
        if self.is_broken:
            return
        try:
            self._write(int(str(values["epoch"])), values)
        except (OSError, tf.errors.OpError) as failure:
            self.is_broken = True
            sys.stderr.write(said("The TensorBoard log ends here: {failure}", failure=failure) + "\n")

    def _write(self, step: int, values: Mapping[str, object]) -> None:
        with self.writer.as_default():
            for name, value in values.items():
                if name not in NOT_DRAWN and isinstance(value, int | float):
                    tf.summary.write(name, tf.constant(value, tf.float32), step=step, metadata=SCALAR)
        self.writer.flush()
