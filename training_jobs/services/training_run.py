"""One attempt at a training job, from claim to a named end: a list of steps."""

from __future__ import annotations

import errno
import logging
import signal
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError, coded
from speechsite.lib.numbers import thousands_text
from speechsite.lib.transitions import TransitionRefused
from training_jobs.labels import OTHER
from training_jobs.models import SnapshotClip, TrainingJob
from training_jobs.services import jobs
from training_jobs.services.child_process import TrainerProcess
from training_jobs.services.corpus_folder import (
    LOG_NAME,
    CorpusSummary,
    corpus_folder_clear,
    corpus_folder_create,
    corpus_folder_write,
    job_folder,
    request_change,
)
from training_jobs.services.estimates import EVALUATED_PER_SECOND, SENTENCES_PER_SECOND
from training_jobs.services.evaluation import clips_hear, evaluation_figures, job_results_replace, locked_clips
from training_jobs.services.pulse import CancelRequested, Pulse, Superseded
from training_jobs.services.registration import (
    bundle_write,
    exported_of,
    threshold_chosen,
    units_chosen,
    version_register,
)
from training_jobs.services.sentence_evaluation import (
    sentence_figures,
    sentence_results_replace,
    sentences_hear,
    texts_learned,
)
from training_jobs.services.snapshots import left_out_sentences, snapshot_create
from training_jobs.services.trainer_events import (
    CURVE,
    TRAINING_FROM,
    TRAINING_TO,
    TrainerEvents,
    TrainerKilled,
    TrainerStopped,
)
from training_jobs.services.warm_start import learned_by, snapshots_learned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from training_jobs.models import Snapshot
    from training_jobs.services.evaluation import Figures
    from training_jobs.services.snapshots import LeftOut

logger = logging.getLogger(__name__)

LINGER_SECONDS: Final = 20
EXPORT_SECONDS: Final = 2.0
EVALUATING_TO: Final = 0.97
FAULT: Final = gettext_lazy(
    "Training stopped because of a fault in the site. Your clips are untouched. Train again; if it stops again, "
    "tell the administrator."
)
SENTENCES: Final = {
    "disk_full": gettext_lazy(
        "The disk is full, so training stopped. Your clips are untouched. Free some space, then train again."
    ),
    "out_of_memory": gettext_lazy(
        "The machine stopped the training again and again because memory ran short. Your clips are untouched. Train "
        "again with a smaller batch, or when less is running."
    ),
    "trainer_killed": gettext_lazy(
        "The training was ended from outside again and again. Your clips are untouched. Train again; if it happens "
        "again, tell the administrator."
    ),
    "trainer_crashed": gettext_lazy(
        "The training process stopped without saying why. Your clips are untouched. Train again, with a smaller batch "
        "if the machine is short of memory; if it stops again, tell the administrator."
    ),
    "dataset_deleted": gettext_lazy("The dataset was deleted before the training had read it. Choose another dataset."),
    "other_words_deleted": gettext_lazy(
        "The dataset whose words are to be turned away was deleted before the training had read it. Train without it."
    ),
    "start_deleted": gettext_lazy(
        "The version to go on from was deleted before the training began. Train anew, or from another."
    ),
}
START_UNKNOWN: Final = gettext_lazy(
    "Which clips {name} has learned is not known here, because it, or one it goes on from, came from elsewhere. If "
    "clips of this test are among them, its score says too much."
)


GOING_ON: Final = {
    "out_of_memory": gettext_lazy(
        "Memory ran short and the machine stopped the training. It goes on at its last epoch, in batches half as large."
    ),
    "trainer_killed": gettext_lazy("The training was ended from outside. It goes on at its last epoch."),
    "trainer_crashed": gettext_lazy(
        "The training process broke off, as it does when it gets no memory. It goes on at its last epoch, in batches "
        "half as large."
    ),
}
MOST_TRAINERS: Final = 3
BROKEN_OFF: Final = {-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT}
MOST_NAMED: Final = 50


@dataclass
class Run:
    """What the steps of one attempt hand on to each other."""

    job: TrainingJob
    pulse: Pulse
    folder: Path
    stage_began: float = field(default_factory=time.monotonic)
    corpus: CorpusSummary = field(default_factory=CorpusSummary)
    figures: Figures | None = None

    def begin(self, stage: str, message: str, *, progress: float) -> None:
        """Enter a stage, writing down how long the one before it took."""
        now = time.monotonic()
        data = {"stage_before": self.job.stage, "seconds_before": round(now - self.stage_began, 2)}
        self.stage_began = now
        self.pulse.stage(stage, message, data=data, progress=progress)


def training_job_run(*, job: TrainingJob, watch: Callable[[TrainingJob], None] | None = None) -> TrainingJob:
    """Carry a claimed job to its end and return it: succeeded, failed with a code, or cancelled.

    Where the job was taken back in the meantime, nothing more is written on it. `watch` is told of each change.
    """
    run = Run(job=job, pulse=Pulse(job, watch=watch), folder=job_folder(job))
    attempt = job.attempt
    try:
        for step in (prepare, train, keep_score) if job.sweep_id else (prepare, train, evaluate, export):
            step(run)
    except (Superseded, TransitionRefused):
        logger.warning("job %s: attempt %s is no longer the one that counts", job.pk, attempt)
    except CancelRequested:
        _finish(lambda: jobs.training_job_cancelled(job=job, attempt=attempt), job)
    except Exception as failure:
        code, message, detail = named(failure)
        if not message:
            code, message = "site_fault", str(FAULT)
            logger.exception("job %s failed", job.pk)
        _finish(
            lambda: jobs.training_job_fail(job=job, attempt=attempt, code=code, message=message, detail=detail), job
        )
    job.refresh_from_db()
    if job.status in TrainingJob.FINAL:
        corpus_folder_clear(run.folder)
    return job


def _finish(end: Callable[[], TrainingJob], job: TrainingJob) -> None:
    try:
        end()
    except TransitionRefused:
        logger.warning("job %s: it ended elsewhere first", job.pk)


def named(failure: Exception) -> tuple[str, str, str]:
    """Return code, sentence and technical text of a failure; the sentence is empty where it is not a known one."""
    detail = "".join(traceback.format_exception(failure))[-8000:]
    known = coded(failure)
    if known:
        return known[0], known[1], getattr(failure, "detail", "") or detail
    if isinstance(failure, OSError) and failure.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "disk_full", str(SENTENCES["disk_full"]), detail
    if isinstance(failure, MemoryError):
        return "out_of_memory", str(SENTENCES["out_of_memory"]), detail
    return "", "", detail


def prepare(run: Run) -> None:
    """Freeze the clips, unless an earlier attempt did, and write the job folder."""
    job, pulse = run.job, run.pulse
    if job.start_name and job.start_version is None:
        raise ServiceError("start_deleted", str(SENTENCES["start_deleted"]))
    if job.snapshot is None:
        if job.dataset is None:
            raise ServiceError("dataset_deleted", str(SENTENCES["dataset_deleted"]))
        if job.other_words_name and job.other_words is None:
            raise ServiceError("other_words_deleted", str(SENTENCES["other_words_deleted"]))
        learned = learned_by(job.start_version)
        snapshot = snapshot_create(
            dataset=job.dataset,
            owner=job.owner,
            split_method=job.split_method,
            split_options=job.split_options,
            learned=learned,
            other_words=job.other_words,
            tell=lambda left_out: _say_left_out(pulse, left_out),
        )
        pulse.write(snapshot=snapshot)
        frozen = thousands_text(sum(snapshot.counts.values()))
        message = _("Froze {count} clips as snapshot {name}.").format(count=frozen, name=snapshot.fingerprint[:8])
        pulse.say(message)
        if job.other_words:
            away = SnapshotClip.objects.filter(snapshot=snapshot, text=OTHER).count()
            message = _("{count} of them are other words, to be turned away, as {dataset} has them.")
            pulse.say(message.format(count=thousands_text(away), dataset=job.other_words_name))
        if not learned.is_known:
            pulse.say(START_UNKNOWN.format(name=job.start_name), code="start_unknown")
    corpus_folder_create(run.folder)
    run.corpus = corpus_folder_write(
        snapshot=_snapshot(job),
        folder=run.folder,
        recipe=job.recipe,
        values=jobs.full_options(job),
        seed=job.seed,
        beat=pulse.beat,
        start=job.start_version,
        is_trial=job.sweep_id is not None,
    )
    pulse.say(run.corpus.sentence(), left_out=run.corpus.left_out)


def _say_left_out(pulse: Pulse, left_out: Iterable[LeftOut]) -> None:
    for code, sentence, clips in left_out_sentences(left_out):
        named = [str(clip.clip_id) for clip in clips[:MOST_NAMED]]
        pulse.say(sentence, code=code, left_out=len(clips), clips=named)


def train(run: Run) -> None:
    """Run the trainer in a process of its own; one that is killed is followed by another, a few times."""
    snapshot = _snapshot(run.job)
    message = _("Training on {count} clips.").format(count=thousands_text(snapshot.counts.get("train", 0)))
    run.begin(TrainingJob.Stage.TRAINING, message, progress=TRAINING_FROM)
    halvings = 0
    for killed in range(1, MOST_TRAINERS + 1):
        request_change(run.folder, attempt=run.pulse.attempt, halvings=halvings)
        try:
            run_trainer(run, snapshot)
        except TrainerKilled as end:
            if killed == MOST_TRAINERS:
                raise TrainerStopped(end.code, str(SENTENCES[end.code]), detail=end.detail) from end
            halvings += end.is_short_of_memory
            run.pulse.say(str(GOING_ON[end.code]), code=end.code)
        else:
            return


def run_trainer(run: Run, snapshot: Snapshot) -> None:
    """Run one trainer to its end, writing down what it tells; raises TrainerStopped and TrainerKilled."""
    log = run.folder / LOG_NAME
    seconds_after = snapshot.counts.get("test", 0) / _heard_per_second(snapshot) + EXPORT_SECONDS
    events = TrainerEvents(pulse=run.pulse, rows=run.corpus.rows, log=log, seconds_after=seconds_after)
    with TrainerProcess(run.folder, log=log) as child:
        for line in child.lines():
            run.pulse.beat()
            if line:
                events.take(line)
        status = child.wait(seconds=LINGER_SECONDS)
        _check_end(events, child, status)


def _check_end(events: TrainerEvents, child: TrainerProcess, status: int) -> None:
    """Raise TrainerStopped or TrainerKilled unless the trainer did what it was asked for."""
    if events.failure:
        told = events.failure
        raise TrainerStopped(told["code"], told["message"], detail=f"{told.get('detail', '')}\n{child.stderr_tail()}")
    if child.ran_out_of_memory(status):
        raise TrainerKilled("out_of_memory", detail=child.stderr_tail())
    if status == -signal.SIGKILL and not child.was_stopped:
        raise TrainerKilled("trainer_killed", detail=child.stderr_tail())
    if status in BROKEN_OFF and not child.was_stopped:
        raise TrainerKilled("trainer_crashed", detail=f"exit status {status}\n{child.stderr_tail()}")
    if not events.is_done or not (child.folder / "out" / "export.json").is_file():
        detail = f"exit status {status}\n{child.stderr_tail()}"
        raise TrainerStopped("trainer_crashed", str(SENTENCES["trainer_crashed"]), detail=detail)


def evaluate(run: Run) -> None:
    """Let the recogniser that will serve hear every clip of the locked test split."""
    snapshot = _snapshot(run.job)
    count = snapshot.counts.get("test", 0)
    message = _("Hearing {count} locked clips.").format(count=thousands_text(count))
    run.begin(TrainingJob.Stage.EVALUATING, message, progress=TRAINING_TO)
    bundle = bundle_write(job=run.job, folder=run.folder, window_seconds=run.corpus.window_seconds, metrics={})
    per_second = _heard_per_second(snapshot)

    def progress(done: int) -> None:
        run.pulse.beat()
        if done % int(per_second) == 0:
            share = done / max(1, count)
            left = (count - done) / per_second + EXPORT_SECONDS
            run.pulse.write(progress=TRAINING_TO + (EVALUATING_TO - TRAINING_TO) * share, eta_seconds=left)

    judge = _judge_sentences if snapshot.kind == Kind.SENTENCES else _judge_words
    run.figures = judge(run, bundle.path, progress)


def _heard_per_second(snapshot: Snapshot) -> float:
    return SENTENCES_PER_SECOND if snapshot.kind == Kind.SENTENCES else EVALUATED_PER_SECOND


def _judge_words(run: Run, bundle: Path, progress: Callable[[int], None]) -> Figures | None:
    results = clips_hear(bundle=bundle, clips=locked_clips(_snapshot(run.job)), progress=progress)
    run.pulse.beat()
    job_results_replace(job=run.job, results=results)
    figures = evaluation_figures(results, trained_speakers=_learned_speakers(run.job), split="test")
    if figures:
        figures.evaluation["threshold"] = threshold_chosen(run.folder)
    return figures


def _judge_sentences(run: Run, bundle: Path, progress: Callable[[int], None]) -> Figures | None:
    heard = sentences_hear(bundle=bundle, clips=locked_clips(_snapshot(run.job)), progress=progress)
    run.pulse.beat()
    sentence_results_replace(job=run.job, heard=heard)
    figures = sentence_figures(
        heard,
        trained_speakers=_learned_speakers(run.job),
        trained_texts=texts_learned(_snapshot(run.job), *_snapshots_before(run.job)),
        split="test",
    )
    if figures:
        figures.evaluation["units"] = units_chosen(run.folder)
    return figures


def _snapshots_before(job: TrainingJob) -> list[Snapshot]:
    return snapshots_learned(job.start_version) if job.start_version else []


def _learned_speakers(job: TrainingJob) -> set[str]:
    """Return the speakers that this training, or one before it that it goes on from, trained on or chose by."""
    learned = [snapshot.speakers for snapshot in (_snapshot(job), *_snapshots_before(job))]
    return {name for speakers in learned for split in ("train", "validation") for name in speakers.get(split, [])}


def export(run: Run) -> None:
    """Write the bundle with its figures, register the version and end the job, all or nothing."""
    message = _("Writing the bundle and registering the version.")
    run.begin(TrainingJob.Stage.EXPORTING, message, progress=EVALUATING_TO)
    if run.figures is None:
        message = _("No clip of the test could be heard. Record or upload more clips.")
        raise ServiceError("empty_test_split", message)
    figures = run.figures
    bundle = bundle_write(
        job=run.job, folder=run.folder, window_seconds=run.corpus.window_seconds, metrics=figures.metrics
    )
    run.pulse.beat()
    version_register(job=run.job, attempt=run.pulse.attempt, bundle=bundle, figures=figures)


def keep_score(run: Run) -> None:
    """End a trial with what its last epoch gave on validation. The test stays locked."""
    last = exported_of(run.folder)["history"][-1]
    metrics = {name: last[name] for name in CURVE if last.get(name) is not None}
    jobs.training_job_tried(job=run.job, attempt=run.pulse.attempt, metrics=metrics)


def _snapshot(job: TrainingJob) -> Snapshot:
    if job.snapshot is None:
        raise ServiceError("dataset_deleted", str(SENTENCES["dataset_deleted"]))
    return job.snapshot
