"""What to do about each kind of finding, in words. The message of a problem says what is wrong; this says what then."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

NOTHING_TO_DO: Final = gettext_lazy("Nothing has to be done.")
ADVICE: Final = {
    "audio_silent": gettext_lazy("Record it again, or restore it afterwards if you hear something."),
    "audio_no_speech": gettext_lazy("Listen to it; restore it afterwards if you hear speech."),
    "audio_clipped_throughout": gettext_lazy("Record it again from further away."),
    "audio_clipped": gettext_lazy("Turn the level down when more is recorded."),
    "audio_truncated": gettext_lazy("Upload the whole file again if its end matters."),
    "lying_extension": NOTHING_TO_DO,
    "audio_undecodable": gettext_lazy("Save it as WAV, FLAC, MP3, M4A, OGG or WebM."),
    "audio_no_stream": gettext_lazy("Upload a file that holds sound."),
    "audio_empty": gettext_lazy("Upload the file again; this one was written without its content."),
    "audio_too_short": gettext_lazy("Take the row out, or give it more of the recording."),
    "audio_too_long": gettext_lazy("Cut it into shorter clips, or give a table with start and end."),
    "audio_too_large": gettext_lazy("Cut it into shorter files."),
    "audio_not_finite": gettext_lazy("Save it again as 16 bit WAV."),
    "duplicate": NOTHING_TO_DO,
    "duplicate_other_label": gettext_lazy("Listen to it and correct the one that is wrong."),
    "file_missing": gettext_lazy("Put the file into the archive, or take the row out."),
    "files_missing": gettext_lazy("Put the files into the archive, or take the rows out."),
    "file_ambiguous": gettext_lazy("Write the folder of the file into the table."),
    "path_missing": gettext_lazy("Name a file in this row."),
    "path_unsafe": gettext_lazy("Write a path inside the upload."),
    "files_unlisted": gettext_lazy("Add rows for these files if they belong to the dataset."),
    "file_damaged": gettext_lazy("Pack the archive again."),
    "file_too_large": gettext_lazy("Cut it into shorter files."),
    "text_empty": gettext_lazy("Write what is said, or take the row out."),
    "text_only_symbols": gettext_lazy("Write what is said as words."),
    "text_too_long": gettext_lazy("Cut the recording and its text into shorter pieces."),
    "text_not_utf8": gettext_lazy("Save the table as UTF-8."),
    "row_too_short": gettext_lazy("Fill in the missing cells."),
    "row_unreadable": gettext_lazy("Write one whole record on each line."),
    "label_missing": gettext_lazy("Put the file into a folder named after what is said."),
    "label_unclear": gettext_lazy("Put it at the depth of the other files."),
    "label_conflict": gettext_lazy("Take out the row that is wrong."),
    "not_a_word": NOTHING_TO_DO,
    "split_unknown": gettext_lazy("Name the splits train, validation and test."),
    "time_past_end": gettext_lazy("Correct the times if words are missing at the end."),
    "times_reversed": gettext_lazy("Correct the times: a start lies before its end."),
    "times_negative": gettext_lazy("Correct the times: a recording begins at 0."),
    "speaker_in_two_splits": gettext_lazy(
        "Split by speaker when you train; else the score is for voices the model knows."
    ),
    "audio_in_two_splits": gettext_lazy("Nothing has to be done: the second one is left out."),
    "text_in_two_splits": gettext_lazy("Expect a better score than on sentences nobody has read yet."),
    "long_for_training": gettext_lazy("Cut them at pauses; training leaves out what is longer than 40 seconds."),
    "short_for_text": gettext_lazy("Check whether text and recording belong together."),
    "characters_rare": gettext_lazy("Correct them if they are slips; else add sentences with them."),
    "annotation_twice": gettext_lazy("Take one of the two out."),
    "bundle_version": NOTHING_TO_DO,
    "channels_mixed": gettext_lazy("Split the channels into files of their own if people talk at once."),
    "column_missing": gettext_lazy("Choose another column."),
    "columns_unclear": gettext_lazy("Choose the columns, or give the table a header."),
    "file_unreadable": gettext_lazy("Save it again in the program that made it."),
    "held_out": gettext_lazy("Nothing has to be done: they would give the test away."),
    "id_twice": gettext_lazy("Give each recording an id of its own."),
    "list_empty": gettext_lazy("Fill the list, or take it out."),
    "list_missing": gettext_lazy("Put the list into the archive."),
    "listed_twice": gettext_lazy("Take out the row that is wrong."),
    "not_agreed": gettext_lazy("Nothing has to be done: listeners have not agreed on them."),
    "parquet_unread": gettext_lazy("Save it as CSV or JSON lines."),
    "path_is_command": gettext_lazy("Write the path of a sound file instead of the command."),
    "points_left_out": gettext_lazy("Use an interval tier for what is to become a clip."),
    "recording_unlisted": gettext_lazy("Add the recording to wav.scp or segments."),
    "row_too_long": gettext_lazy("Put the text into quotes, or separate the cells by another sign."),
    "text_incomplete": gettext_lazy("Write the missing word down."),
    "text_timed": gettext_lazy("Give it the ending of its kind, such as .srt or .vtt."),
    "texts_empty": gettext_lazy("Write what is said in these pieces if they belong to the dataset."),
    "tier_missing": gettext_lazy("Choose a tier that all files have, or add it."),
    "times_overlap": gettext_lazy("Correct the times where two people do not talk at once."),
    "times_unreadable": gettext_lazy("Write times in seconds, or as 00:01:02.5."),
    "times_without_length": gettext_lazy("Give the piece an end behind its start."),
    "xml_broken": gettext_lazy("Save it again in the program that made it."),
    "xml_refused": gettext_lazy("Save it without a document type."),
}
OTHERWISE: Final = gettext_lazy("Correct it and upload again; what is here already is left out.")


def advice_for(code: str) -> str:
    """Return what to do about a finding."""
    return str(ADVICE.get(code, OTHERWISE))
