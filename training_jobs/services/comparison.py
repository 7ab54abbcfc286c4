"""Two versions on the same clips: how far apart, how sure, and in which clips."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recognition.engine.error_rates import bootstrap_difference_interval
from speechsite.lib.numbers import decimal_text, thousands_text
from training_jobs.services.evaluation import SPEAKERS_FOR_BOOTSTRAP

if TYPE_CHECKING:
    from collections.abc import Sequence

BETTER, WORSE, NO_DIFFERENCE, UNKNOWN = "better", "worse", "no_difference", "unknown"
AMOUNTS: Final = {
    (BETTER, "clips"): gettext_lazy("{points} points fewer clips wrong (95\u00a0% interval {near} to {far})"),
    (BETTER, "words"): gettext_lazy("{points} points fewer words wrong (95\u00a0% interval {near} to {far})"),
    (WORSE, "clips"): gettext_lazy("{points} points more clips wrong (95\u00a0% interval {near} to {far})"),
    (WORSE, "words"): gettext_lazy("{points} points more words wrong (95\u00a0% interval {near} to {far})"),
}


@dataclass(frozen=True)
class Pair:
    """One clip heard by both: wrong words, and words said as each one's rules count them."""

    speaker: str
    errors: int
    words: int
    against_errors: int
    against_words: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Return errors and words of the one, errors and words of the other."""
        return self.errors, self.words, self.against_errors, self.against_words

    @property
    def change(self) -> str:
        """Say whether the version heard it better than the other one did: better, worse or same."""
        if self.errors == self.against_errors:
            return "same"
        return BETTER if self.errors < self.against_errors else WORSE


@dataclass(frozen=True)
class Comparison:
    """`difference` is the version's share of wrong words less the other's: below 0 it is better.

    `interval` and `verdict` are about the voices of these clips, `speaker_interval` and `verdict_elsewhere` about other
    voices like them; both intervals are 95 %, by paired bootstrap over clips and over speakers. A verdict is
    no_difference where its interval holds 0, and unknown with fewer than three speakers.
    """

    difference: float
    interval: tuple[float, float]
    verdict: str
    speakers: int
    speaker_interval: tuple[float, float] | None
    verdict_elsewhere: str
    clips: int
    better_clips: int
    worse_clips: int
    per_speaker: list[dict[str, Any]]
    sentence: str = ""


def compared(pairs: Sequence[Pair], *, name: str, against: str, noun: str) -> Comparison:
    """Compare two versions on the clips both heard; `noun` is what is counted: clips or words.

    Raises ValueError without pairs.
    """
    if not pairs:
        raise ValueError("Expected at least one clip that both versions heard. Received none.")
    counts = [pair.counts for pair in pairs]
    interval = bootstrap_difference_interval(counts, list(range(len(pairs))))
    speakers = [pair.speaker for pair in pairs]
    is_by_speaker = all(speakers) and len(set(speakers)) >= SPEAKERS_FOR_BOOTSTRAP
    by_speaker = bootstrap_difference_interval(counts, speakers) if is_by_speaker else None
    changes = [pair.change for pair in pairs]
    found = Comparison(
        difference=round(_difference(pairs), 5),
        interval=_rounded(interval),
        verdict=_verdict(interval),
        speakers=len({speaker for speaker in speakers if speaker}),
        speaker_interval=_rounded(by_speaker) if by_speaker else None,
        verdict_elsewhere=_verdict(by_speaker) if by_speaker else UNKNOWN,
        clips=len(pairs),
        better_clips=changes.count(BETTER),
        worse_clips=changes.count(WORSE),
        per_speaker=_per_speaker(pairs),
    )
    return replace(found, sentence=_sentence(found, name=name, against=against, noun=noun))


def _difference(pairs: Sequence[Pair]) -> float:
    wrong, said, against_wrong, against_said = (sum(column) for column in zip(*(p.counts for p in pairs), strict=True))
    return float(wrong / max(1, said) - against_wrong / max(1, against_said))


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    return round(interval[0], 5), round(interval[1], 5)


def _verdict(interval: tuple[float, float]) -> str:
    low, high = interval
    return BETTER if high < 0 else WORSE if low > 0 else NO_DIFFERENCE


def _per_speaker(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Return clips and difference of each speaker, the one who gained most first."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.speaker].append(pair)
    rows = [
        {
            "speaker": speaker,
            "clips": len(members),
            "difference": round(_difference(members), 5),
            "wrong": round(sum(p.errors for p in members) / max(1, sum(p.words for p in members)), 5),
        }
        for speaker, members in groups.items()
    ]
    return sorted(rows, key=lambda row: (row["difference"], row["speaker"]))


def _sentence(found: Comparison, *, name: str, against: str, noun: str) -> str:
    named = {"name": name, "against": against, "count": thousands_text(found.clips)}
    if found.verdict == NO_DIFFERENCE:
        low, high = found.interval
        return ngettext(
            "Between {against} and {name} no difference is shown on the same {count} clip: {name} may be up to "
            "{better} points better or {worse} points worse.",
            "Between {against} and {name} no difference is shown on the same {count} clips: {name} may be up to "
            "{better} points better or {worse} points worse.",
            found.clips,
        ).format(better=_points(max(0.0, -low)), worse=_points(max(0.0, high)), **named)
    near, far = _bounds(found.interval)
    amount = AMOUNTS[found.verdict, noun].format(points=_points(abs(found.difference)), near=near, far=far)
    if found.verdict == BETTER:
        sentence = ngettext(
            "{name} is better than {against} on the same {count} clip: {amount}.",
            "{name} is better than {against} on the same {count} clips: {amount}.",
            found.clips,
        )
    else:
        sentence = ngettext(
            "{name} is worse than {against} on the same {count} clip: {amount}.",
            "{name} is worse than {against} on the same {count} clips: {amount}.",
            found.clips,
        )
    return f"{sentence.format(amount=amount, **named)} {_elsewhere(found)}"


def _points(share: float) -> str:
    return decimal_text(share * 100, 1)


def _bounds(interval: tuple[float, float]) -> tuple[str, str]:
    """Write the bounds of an interval in points without their signs, the one nearer to 0 first."""
    near, far = sorted(abs(bound) for bound in interval)
    return _points(near), _points(far)


def _elsewhere(found: Comparison) -> str:
    """Say what follows for other voices."""
    if found.verdict_elsewhere == found.verdict and found.speaker_interval:
        near, far = _bounds(found.speaker_interval)
        return _("It holds for other voices, too (drawing speakers anew: {near} to {far}).").format(near=near, far=far)
    if found.speakers == 1:
        return _("All clips are of one voice; nothing follows for others.")
    return _("For other voices than these that is not shown: it rests on some of them.")
