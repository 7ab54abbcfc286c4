"""Tiers of ELAN and Praat: which of them hold what is said, and reading the one that is wanted."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from recognition.engine.language import quoted, said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.aligned import AlignedFiles, Annotation
from training_jobs.readers.options import EACH, JOINED, TIER, Choice, Options, Question
from training_jobs.readers.rows import Problem
from training_jobs.readers.spans import UNNAMED, Span
from training_jobs.readers.word_times import TimedWord, pieces_of, pieces_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from training_jobs.archives import Source

ALL_TIERS: Final = "*"
EACH_FILES_OWN: Final = ""
OF_KIND: Final = "kind:"
FILES_ASKED = 50
TIERS_ASKED = 100
EXAMPLE_CHARACTERS = 80
NAMES_SHOWN = 8
WORDS_SHOWN = 6
NEARLY_ALL = 0.9
FEWEST_WORDS = 10
TRANSCRIPT_NAME = re.compile(
    r"(?<![^\W_])(?:tx|ort|orth\w*|transcri\w*|utt\w*|texte?|speech|said|words?|wrd|sentences?|phrases?|parole)(?![^\W_])",
    re.IGNORECASE,
)
OTHER_NAME = re.compile(
    r"(?<![^\W_])(?:phon\w*|phones?|segments?|mau|sampa|ipa|transl\w*|ft|gloss\w*|ge|notes?|comment\w*|pos|ps|mb|morph\w*|"
    r"gestur\w*|syll\w*|tones?|pitch|id|ref|breaks?)(?![^\W_])",
    re.IGNORECASE,
)


@dataclass
class Tier:
    """One tier of one file. `kind` is what several tiers share: a type in ELAN, what follows “NAME - ” in Praat."""

    name: str
    kind: str = ""
    speaker: str = ""
    is_top: bool = True
    spans: list[Span | Problem] = field(default_factory=list)

    def texts(self) -> Iterator[str]:
        """Yield the texts that are not empty."""
        return (one.text for one in self.spans if isinstance(one, Span) and one.text.strip())


@dataclass
class TieredFile:
    """What one file holds. `problems` are about the file, and come whatever tier is read."""

    tiers: list[Tier]
    media: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Sum:
    """What the tiers of one name hold in all files looked at."""

    kind: str
    is_top: bool
    speakers: set[str] = field(default_factory=set)
    count: int = 0
    characters: int = 0
    example: str = ""

    def add(self, tier: Tier) -> None:
        self.speakers |= {tier.speaker} - {""}
        for text in tier.texts():
            self.count += 1
            self.characters += len(text)
            self.example = self.example or text.strip()[:EXAMPLE_CHARACTERS]


class TieredFiles(AlignedFiles):
    """A layout whose files hold several tiers, of which one is read, or all of one kind, or all."""

    @abstractmethod
    def parse(self, source: Source, name: str) -> TieredFile:
        """Read all tiers of one file. Raises MemberError where nothing of it can be read."""

    def annotation(self, source: Source, name: str, options: Options) -> Annotation:
        parsed = self.parse(source, name)
        return Annotation(_chosen_spans(name, parsed, options), parsed.media)

    def questions(self, source: Source) -> list[Question]:
        """Ask for the tier where there is more than one, with how much each holds and an example out of it; and
        whether words are joined where the tiers hold single words."""
        files = list(self._parsed(source))
        sums = summed(tier for tiers in files for tier in tiers)
        asked = [] if len(sums) < 2 else [_tier_question(files, sums)]  # noqa: PLR2004  # one tier is no choice
        words = _single_words(tiers_of([tier for tiers in files for tier in tiers], likely_tier(sums)) if sums else [])
        return [*asked, pieces_question(EACH, " ".join(words[:WORDS_SHOWN]))] if words else asked

    def _parsed(self, source: Source) -> Iterator[list[Tier]]:
        for name in self.files(source)[:FILES_ASKED]:
            try:
                yield self.parse(source, name).tiers
            except MemberError:
                continue


def _tier_question(files: Sequence[list[Tier]], sums: dict[str, Sum]) -> Question:
    explanation = said(
        "The tier that holds what is said, word for word. Tiers for translations, glosses or single sounds teach "
        "a recogniser something else."
    )
    likely = likely_tier(sums)
    default = likely if all(tiers_of(tiers, likely) for tiers in files if tiers) else EACH_FILES_OWN
    title = said("Which tier is the transcript?")
    return Question(TIER, title, explanation, tuple(_choices(sums, likely)), default)


def _single_words(tiers: Iterable[Tier]) -> list[str]:
    """Return the texts of these tiers where nearly all are one word; else none."""
    texts = [text.strip() for tier in tiers for text in tier.texts()]
    single = [text for text in texts if " " not in text]
    return single if len(single) >= NEARLY_ALL * len(texts) and len(texts) >= FEWEST_WORDS else []


def summed(tiers: Iterable[Tier]) -> dict[str, Sum]:
    """Return what the tiers of each name hold together."""
    sums: dict[str, Sum] = {}
    for tier in tiers:
        sums.setdefault(tier.name, Sum(tier.kind, tier.is_top)).add(tier)
    return sums


def likely_tier(sums: dict[str, Sum]) -> str:
    """Return the tier with most text among those called like transcripts, else among those at the top.

    Where tiers of the same kind belong to different speakers, all of that kind are meant.
    """
    best = max(sums, key=lambda name: (_rank(name, sums[name]), sums[name].characters))
    kind = sums[best].kind
    alike = [one for one in sums.values() if kind and one.kind == kind and one.is_top == sums[best].is_top]
    speakers = [next(iter(one.speakers)) for one in alike if len(one.speakers) == 1]
    is_shared = len(alike) > 1 and len(set(speakers)) == len(alike)
    return OF_KIND + kind if is_shared else best


def _rank(name: str, tier: Sum) -> int:
    """Say how much a tier looks like a transcript. A name tells more than a type, a type more than the place."""
    if not tier.count:
        return -1
    for called in (name, tier.kind):
        if OTHER_NAME.search(called):
            return 0
        if TRANSCRIPT_NAME.search(called):
            return 3
    return 2 if tier.is_top else 1


def _choices(sums: dict[str, Sum], likely: str) -> Iterator[Choice]:
    """Yield tiers, kinds of more than one tier, and all of them; the likely one is always among them."""
    kinds: dict[str, list[Sum]] = defaultdict(list)
    for one in sums.values():
        kinds[one.kind].append(one)
    names = sorted(sums, key=lambda name: (name != likely, -sums[name].characters, name))
    for name in names[:TIERS_ASKED]:
        label = said("{tier} ({count:,})", tier=tier_text(name), count=sums[name].count)
        yield Choice(name, label, sums[name].example)
    for kind, held in kinds.items():
        if (kind and 1 < len(held) < len(sums)) or OF_KIND + kind == likely:
            count = sum(one.count for one in held)
            label = said(
                "All {tiers:,} tiers of the kind “{kind}” ({count:,})", tiers=len(held), kind=kind, count=count
            )
            yield Choice(OF_KIND + kind, label, next((one.example for one in held if one.example), ""))
    yield Choice(EACH_FILES_OWN, said("The likeliest tier of each file"))
    count = sum(one.count for one in sums.values())
    label = said("All {tiers:,} tiers ({count:,})", tiers=len(sums), count=count)
    yield Choice(ALL_TIERS, label, next(iter(sums.values())).example)


def _chosen_spans(file: str, parsed: TieredFile, options: Options) -> Iterator[Span | Problem]:
    yield from parsed.problems
    sums = summed(parsed.tiers)
    if not sums:
        yield Problem(file, "tier_missing", said("Holds no tier with pieces of time."))
        return
    chosen = options.tier or likely_tier(sums)
    tiers = tiers_of(parsed.tiers, chosen)
    if not tiers:
        yield _missing(file, chosen, list(sums)[:NAMES_SHOWN])
        return
    is_all, is_joined = chosen == ALL_TIERS, options.pieces == JOINED
    items = [one for tier in tiers for one in _with_speaker(_joined(tier) if is_joined else tier, is_all=is_all)]
    yield from (one for one in items if isinstance(one, Problem))
    yield from sorted((one for one in items if isinstance(one, Span)), key=lambda span: (span.start, span.end))


def _missing(file: str, chosen: str, there: Sequence[str]) -> Problem:
    names = quoted(map(tier_text, there))
    if chosen.startswith(OF_KIND):
        message = said(
            "Has no tiers of the kind “{kind}”; its tiers are {tiers}. Choose another tier.",
            kind=chosen.removeprefix(OF_KIND),
            tiers=names,
        )
    else:
        message = said(
            "Has no tier “{tier}”; its tiers are {tiers}. Choose another tier.", tier=tier_text(chosen), tiers=names
        )
    return Problem(file, "tier_missing", message)


def tier_text(name: str) -> str:
    """Return a tier's name as people are shown it."""
    return said(name) if name == UNNAMED else name


def tiers_of(tiers: Sequence[Tier], chosen: str) -> list[Tier]:
    """Return the tiers of this name; else those of this kind, or all. A tier may be called “*”."""
    named = [tier for tier in tiers if tier.name == chosen]
    if named:
        return named
    if chosen == ALL_TIERS:
        return list(tiers)
    return [tier for tier in tiers if chosen.startswith(OF_KIND) and tier.kind == chosen.removeprefix(OF_KIND)]


def _joined(tier: Tier) -> Tier:
    """Return the tier with its words joined to pieces at the pauses."""
    problems = [one for one in tier.spans if isinstance(one, Problem)]
    spans = [one for one in tier.spans if isinstance(one, Span) and one.text.strip()]
    words = [TimedWord(one.text, one.start, one.end, line=one.line) for one in spans]
    return replace(tier, spans=[*problems, *pieces_of(words)])


def _with_speaker(tier: Tier, *, is_all: bool) -> Iterator[Span | Problem]:
    """Yield the pieces with their speaker. Where all tiers are read they are those of several voices: the tier's name
    stands for the speaker if nothing else does."""
    speaker = tier.speaker or (tier.name if is_all else "")
    for one in tier.spans:
        yield one._replace(speaker=speaker) if isinstance(one, Span) else one
