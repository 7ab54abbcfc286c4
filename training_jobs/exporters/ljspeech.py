"""LJ Speech: `|` between the columns, nothing quoted, no header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.exporters.layout import WAV, CannotHold, Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Written

TABLE: Final = "metadata.csv"
BAR: Final = "|"
QUOTE: Final = '"'
SPEAKER_WHERE: Final = to_be_said("(where every clip has one, of one word)")
LIMIT: Final = to_be_said("Texts with “|” in them are left out: that is what separates the columns.")
HOLDS_BAR: Final = to_be_said(
    "Its text holds “|”, which separates the columns of metadata.csv. Choose another layout for it."
)
LOOKS_QUOTED: Final = to_be_said(
    "Its text begins with a quotation mark and doubles another one, which metadata.csv has no way to tell from the "
    "quotes of a table. Choose another layout for it."
)


class LJSpeech(Layout):
    """`id|text|text`, the second being the text to read, as in the original; or `id|speaker|text`, as Piper reads it.

    There is no header to tell the two apart. Speakers are written where a reader can see that they are none of the
    texts: each is one word, and one of them comes back with another text.
    """

    name = "ljspeech"
    title = "LJ Speech"
    grammar = "metadata.csv: id|text|text, wavs/id.wav"
    read_by = to_be_said("Keras examples, Piper, Coqui TTS, ESPnet")
    keeps = Keeps(speaker=False, split=False, speaker_where=SPEAKER_WHERE, limit=LIMIT)
    audio = WAV

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        if BAR in clip.text:
            raise CannotHold("text_not_representable", said(HOLDS_BAR))
        if _looks_quoted(clip.text):
            raise CannotHold("text_not_representable", said(LOOKS_QUOTED))
        return Place(clip.key, f"wavs/{clip.key}.wav")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        clip = written.clip
        second = clip.speaker if dataset.has_speaker_column else clip.text
        yield TABLE, BAR.join((written.place.name, second, clip.text))

    def has_speaker_column(self, said: Iterable[tuple[str, str]]) -> bool:
        texts: dict[str, str] = {}
        clips = alike = 0
        comes_back = False
        for text, speaker in said:
            if BAR in text or _looks_quoted(text):
                continue
            if len(speaker.split()) != 1 or BAR in speaker or speaker.startswith(QUOTE):
                return False
            clips += 1
            alike += speaker.casefold() == text.casefold()
            comes_back = comes_back or texts.setdefault(speaker, text.casefold()) != text.casefold()
        return comes_back and 2 * alike < clips


def _looks_quoted(text: str) -> bool:
    return text.startswith(QUOTE) and QUOTE * 2 in text
