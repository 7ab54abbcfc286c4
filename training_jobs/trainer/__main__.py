"""``python -m training_jobs.trainer JOB_FOLDER``: run one training job and report on stdout, one JSON object a line."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from recognition.engine.language import said, to_be_said
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.events import Events, claim_stdout

NICENESS = 10
SENTENCES = {
    "out_of_memory": to_be_said(
        "There was not enough memory to train. Use a smaller batch_size or width, or a machine with more memory."
    ),
    "disk_full": to_be_said("The disk is full, so the model could not be written. Free some space, then train again."),
    "trainer_crashed": to_be_said(
        "Training stopped because of a fault in the trainer. Your clips are untouched. "
        "Train again, or ask the administrator."
    ),
}


def main(arguments: list[str]) -> int:
    """Run the job in the folder named by the one argument; return the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m training_jobs.trainer JOB_FOLDER\n")
        return 2
    prepare_process()
    events = Events(claim_stdout())
    started = time.perf_counter()
    try:
        run(Path(arguments[0]), events)
    except BaseException as failure:  # noqa: BLE001 - the last line: whatever it is, the parent must be told
        return report(failure, events)
    events.send("done", seconds=round(time.perf_counter() - started, 2))
    return 0


def prepare_process() -> None:
    """Let SIGTERM end the process at once, step back for the web, keep NumPy's threads from fighting TensorFlow's."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(max(0, NICENESS - os.nice(0)))
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")


def run(folder: Path, events: Events) -> None:
    """Load TensorFlow, which takes seconds and wants the environment prepared, then run the job."""
    events.stage("preparing", said("Starting TensorFlow and reading the clips."))
    from training_jobs.trainer.job import run_job  # noqa: PLC0415 - after prepare_process, and after telling the user

    run_job(folder, events=events)


def report(failure: BaseException, events: Events) -> int:
    """Tell the parent why the job failed; the traceback goes to stderr."""
    traceback.print_exception(failure)
    told = failure if isinstance(failure, TrainerError) else translated(failure)
    events.send("failed", code=told.code, message=told.message, detail=told.detail)
    return 1


def translated(failure: BaseException) -> TrainerError:
    """Return the failure as one of the codes the user knows."""
    code = "trainer_crashed"
    if isinstance(failure, MemoryError) or type(failure).__name__ == "ResourceExhaustedError":
        code = "out_of_memory"
    elif isinstance(failure, OSError) and failure.errno in {errno.ENOSPC, errno.EDQUOT}:
        code = "disk_full"
    return TrainerError(code, said(SENTENCES[code]), detail=f"{type(failure).__name__}: {failure}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
