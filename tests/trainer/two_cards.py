"""A trainer on two devices, the processor being both of them: `python -m tests.trainer.two_cards JOB_FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf

from training_jobs.trainer import job
from training_jobs.trainer.events import Events, claim_stdout

DEVICES = ["CPU:0", "CPU:1"]


def main() -> None:
    """Train what the folder asks for."""
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * len(DEVICES))
    job.graphics_cards = lambda: DEVICES
    job.run_job(Path(sys.argv[1]), events=Events(claim_stdout()))


if __name__ == "__main__":
    main()
