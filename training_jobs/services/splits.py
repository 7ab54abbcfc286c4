"""Which clip trains, which one is chosen by, which one is locked away for the test. No database here.

Every choice is made by a stable hash of the clip's samples or of the speaker's name, so that a clip keeps its side as
a dataset grows (the idea is kws_streaming's `which_set`).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.engine.language import quoted
from speechsite.lib.errors import ServiceError
from training_jobs.labels import NO_WORDS, NOISE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

TRAIN: Final = "train"
VALIDATION: Final = "validation"
TEST: Final = "test"
METHODS: Final = ("column", "speaker", "random")

TEST_SHARE: Final = 0.2
TEST_SPEAKER_SHARE: Final = 0.25
VALIDATION_SHARE: Final = 0.1
SPEAKERS_FOR_SPEAKER_SPLIT: Final = 4
SPEAKERS_FOR_SPEAKER_VALIDATION: Final = 10
CLIPS_FOR_VALIDATION: Final = 4
FEWEST_SENTENCES: Final = 8
NAMES_IN_A_SENTENCE: Final = 5
UNIT: Final = 2.0**64


class ClipRow(NamedTuple):
    """What a split looks at in one clip."""

    clip_id: UUID
    sha256: str
    text: str
    speaker: str
    split: str
    duration_seconds: float
    source_sample_rate_hz: int


def stable_share(key: str, *, salt: str) -> float:
    """Return a number in [0, 1) that belongs to `key` for ever; another `salt` gives an independent one."""
    digest = hashlib.sha256(f"{salt}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / UNIT


def suggested_method(rows: Sequence[ClipRow]) -> str:
    """Return the honest choice: the dataset's own test split, else unheard speakers, else random."""
    if any(row.split == TEST for row in rows):
        return "column"
    speakers = {row.speaker for row in rows if row.speaker}
    return "speaker" if len(speakers) >= SPEAKERS_FOR_SPEAKER_SPLIT else "random"


def splits_of(rows: Sequence[ClipRow], *, method: str, options: Mapping[str, Any], seed: int) -> list[str]:
    """Return the split of each row, in the order of the rows.

    `options`: test_speakers and validation_speakers (lists of names, for the method speaker). `seed` draws another
    division where a hash decides; it is no part of the training's seed, so three seeds are judged on the same clips.
    Raises ServiceError: unknown_split, no_test_split, unknown_speaker, too_few_speakers, empty_test_split.
    """
    if method not in METHODS:
        message = _("There is no split called {name}. There are: {known}.")
        raise ServiceError("unknown_split", message.format(name=f"{method:.60}", known=", ".join(METHODS)))
    if method != "speaker" and (options.get("test_speakers") or options.get("validation_speakers")):
        message = _("Named speakers can only be kept aside with split speaker.")
        raise ServiceError("speakers_need_speaker_split", message)
    by_method: dict[str, Callable[..., list[str]]] = {
        "column": _by_column,
        "speaker": _by_speaker,
        "random": _at_random,
    }
    return by_method[method](rows, options=options, seed=seed)


def sentence_splits_of(rows: Sequence[ClipRow], *, method: str, options: Mapping[str, Any], seed: int) -> list[str]:
    """Return the split of each clip of a dataset of sentences; raises as `splits_of` does.

    Texts are no classes that each side must have. Validation is by speaker wherever the speakers are many enough, so
    that everything chosen on it is chosen for voices that did not train.
    """
    unlabelled = [row._replace(text="") for row in rows]
    splits = splits_of(unlabelled, method=method, options=options, seed=seed)
    if method != "column" or any(row.split == VALIDATION for row in rows):
        return splits
    learned = {row.speaker for row, split in zip(rows, splits, strict=True) if split != TEST and row.speaker}
    if len(learned) < SPEAKERS_FOR_SPEAKER_VALIDATION:
        return splits
    chosen = _drawn(learned, share=VALIDATION_SHARE, salt=f"{seed}:validation")
    return [
        TEST if split == TEST else VALIDATION if row.speaker in chosen else TRAIN
        for row, split in zip(rows, splits, strict=True)
    ]


def kept_sides(rows: Sequence[ClipRow], splits: Sequence[str], *, learned: Mapping[str, str], name: str) -> list[str]:
    """Return the splits with every clip that `name` has learned on the side it was on: by sha256, train or validation.

    So no clip tests what has learned it. Raises ServiceError test_learned_before where none is left for the test.
    """
    kept = [learned.get(row.sha256, split) for row, split in zip(rows, splits, strict=True)]
    if TEST in splits and TEST not in kept:
        message = _(
            "{name} has learned every clip that would be the test, so nothing would be left to judge by. Judge it in "
            "another way, record or upload new clips, or begin anew."
        )
        raise ServiceError("test_learned_before", message.format(name=name))
    return kept


def words_of(rows: Iterable[ClipRow]) -> set[str]:
    """Return the labels that are words."""
    return {row.text for row in rows} - NO_WORDS


def noise_learned(rows: Sequence[ClipRow], splits: Sequence[str]) -> list[str]:
    """Return the splits with all recordings of noise on the side that trains: nothing is to be heard in them."""
    return [TRAIN if row.text == NOISE else split for row, split in zip(rows, splits, strict=True)]


def _by_column(rows: Sequence[ClipRow], *, options: Mapping[str, Any], seed: int) -> list[str]:
    splits = [row.split or TRAIN for row in rows]
    if TEST not in splits:
        message = _("This dataset names no test split of its own. Judge by speakers kept apart, or by a random split.")
        raise ServiceError("no_test_split", message)
    return splits if VALIDATION in splits else _with_validation(rows, splits, seed=seed)


def speakers_drawn(speakers: Iterable[str], *, seed: int = 0) -> list[str]:
    """Return the speakers that would be kept aside where none is named."""
    return sorted(_drawn(set(speakers), share=TEST_SPEAKER_SHARE, salt=f"{seed}:test"))


def _by_speaker(rows: Sequence[ClipRow], *, options: Mapping[str, Any], seed: int) -> list[str]:
    speakers = sorted({row.speaker for row in rows if row.speaker})
    test = _named_speakers(options.get("test_speakers"), among=speakers)
    validation = _named_speakers(options.get("validation_speakers"), among=speakers) - test
    if not test:
        test = _drawn(set(speakers) - validation, share=TEST_SPEAKER_SHARE, salt=f"{seed}:test")
    learned = set(speakers) - test - validation
    if not test or not (learned or any(not row.speaker for row in rows)):
        raise ServiceError("too_few_speakers", _few_speakers(len(speakers)))
    if not validation and len(learned) >= SPEAKERS_FOR_SPEAKER_VALIDATION:
        validation = _drawn(learned, share=VALIDATION_SHARE, salt=f"{seed}:validation")
    sides = {**dict.fromkeys(validation, VALIDATION), **dict.fromkeys(test, TEST)}
    splits = [sides.get(row.speaker, TRAIN) for row in rows]
    return splits if validation else _with_validation(rows, splits, seed=seed)


def _few_speakers(count: int) -> str:
    if count == 0:
        return _(
            "Speakers cannot be kept apart here: no clip names its speaker. Judge by a random split, or name the "
            "speakers of the clips."
        )
    return _(
        "Speakers cannot be kept apart here: all clips are of one speaker. Judge by a random split, or name the "
        "speakers of the clips."
    )


def _named_speakers(names: Iterable[str] | None, *, among: Sequence[str]) -> set[str]:
    wanted = set(names or ())
    unknown = sorted(wanted - set(among))
    if unknown:
        message = (
            _("No clip was spoken by {names}. The speakers are: {known}.")
            if among
            else _("No clip was spoken by {names}. The speakers are: none; no clip names its speaker.")
        ).format(names=names_text(unknown), known=", ".join(among))
        raise ServiceError("unknown_speaker", message[:480])
    return wanted


def _drawn(names: set[str], *, share: float, salt: str) -> set[str]:
    """Draw about `share` of the names by their hash, within a fifth of it: at least one, never nearly all."""
    ranked = sorted(names, key=lambda name: stable_share(name, salt=salt))
    below = sum(stable_share(name, salt=salt) < share for name in ranked)
    least, most = max(1, math.floor(len(ranked) * share * 0.8)), math.ceil(len(ranked) * share * 1.2)
    return set(ranked[: min(max(below, least), most)]) if len(ranked) > 1 else set()


def _at_random(rows: Sequence[ClipRow], *, options: Mapping[str, Any], seed: int) -> list[str]:
    splits = [TRAIN] * len(rows)
    for members in _by_label(rows, range(len(rows))).values():
        for index in _hashed(rows, members, share=TEST_SHARE, salt=f"{seed}:test"):
            splits[index] = TEST
    return _with_validation(rows, splits, seed=seed)


def _with_validation(rows: Sequence[ClipRow], splits: list[str], *, seed: int) -> list[str]:
    """Take a tenth of the training clips to choose by; a word with four clips or more gives at least one."""
    chosen = list(splits)
    training = [index for index, split in enumerate(splits) if split == TRAIN]
    for members in _by_label(rows, training).values():
        if len(members) >= CLIPS_FOR_VALIDATION:
            for index in _hashed(rows, members, share=VALIDATION_SHARE, salt=f"{seed}:validation"):
                chosen[index] = VALIDATION
    return chosen


def _by_label(rows: Sequence[ClipRow], indices: Iterable[int]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for index in indices:
        members[rows[index].text].append(index)
    return members


def _hashed(rows: Sequence[ClipRow], members: Sequence[int], *, share: float, salt: str) -> list[int]:
    """Return the members whose hash lies below `share`: at least one and not all, where there are two or more."""
    shares = {index: stable_share(rows[index].sha256, salt=salt) for index in members}
    ranked = sorted(members, key=lambda index: shares[index])
    below = sum(value < share for value in shares.values())
    return ranked[: min(max(below, 1), len(ranked) - 1)]


def check_trainable(rows: Sequence[ClipRow], splits: Sequence[str]) -> None:
    """Refuse what no recogniser can come of, with a sentence that names the words.

    Raises ServiceError: no_clips, too_few_labels, too_few_clips, empty_test_split.
    """
    if not rows:
        raise ServiceError("no_clips", _("This dataset holds no clip that is ready. Record or upload some first."))
    labels = words_of(rows)
    if len(labels) < 2:  # noqa: PLR2004 - one word cannot be told from another
        message = (
            _("All clips say {word}. A recogniser needs at least two different words to tell apart.")
            if labels
            else _("No clip says a word. A recogniser needs at least two different words to tell apart.")
        )
        raise ServiceError("too_few_labels", message.format(word=names_text(labels)))
    trained = Counter(row.text for row, split in zip(rows, splits, strict=True) if split == TRAIN)
    if short := sorted(labels - trained.keys()):
        raise ServiceError("too_few_clips", _few_clips(short, Counter(row.text for row in rows)))
    if not any(split == TEST and row.text in labels for row, split in zip(rows, splits, strict=True)):
        message = _("No clip is left for the test. Record or upload more, at least two clips of each word.")
        raise ServiceError("empty_test_split", message)


def check_sentences_trainable(splits: Sequence[str]) -> None:
    """Refuse a dataset of sentences that nothing can come of. Raises ServiceError: no_clips, empty_test_split,
    too_few_clips."""
    if not splits:
        raise ServiceError("no_clips", _("This dataset holds no clip that is ready. Record or upload some first."))
    trained = sum(split == TRAIN for split in splits)
    if trained < FEWEST_SENTENCES:
        message = _(
            "Only {count} clips are left to train on; at least {least} are needed, and an hour of speech is a good "
            "start. Record or upload more."
        ).format(count=trained, least=FEWEST_SENTENCES)
        raise ServiceError("too_few_clips", message)
    if TEST not in splits:
        raise ServiceError("empty_test_split", _("No clip is left for the test. Record or upload more."))


def _few_clips(short: Sequence[str], counts: Mapping[str, int]) -> str:
    if len(short) == 1:
        count = counts[short[0]]
        return ngettext(
            "{word} has only {count} clip, and none is left to train on. Record more of it, or reject what there is.",
            "{word} has only {count} clips, and none is left to train on. Record more of it, or reject what there is.",
            count,
        ).format(word=names_text(short), count=count)
    message = _("{words} have no clip left to train on. Record more of them, or reject what there is.")
    return message.format(words=names_text(short))


def names_text(names: Iterable[str]) -> str:
    """Write names into a sentence: “oh”, “nine” and 3 more."""
    ordered = sorted(names)
    shown = ordered[:NAMES_IN_A_SENTENCE]
    more = len(ordered) - len(shown)
    if more:
        return _("{names} and {count} more").format(names=quoted(shown), count=more)
    if len(shown) > 1:
        return _("{names} and {last}").format(names=quoted(shown[:-1]), last=quoted(shown[-1:]))
    return quoted(shown)
