"""What to do about each kind of finding, in words. The message of a problem says what is wrong; this says what then."""

from __future__ import annotations

from typing import Final

NOTHING_TO_DO: Final = "Nothing has to be done."
ADVICE: Final = {
    "audio_silent": "Record it again, or restore it afterwards if you hear something.",
    "audio_no_speech": "Listen to it; restore it afterwards if you hear speech.",
    "audio_clipped_throughout": "Record it again from further away.",
    "audio_clipped": "Turn the level down when more is recorded.",
    "audio_truncated": "Upload the whole file again if its end matters.",
    "lying_extension": NOTHING_TO_DO,
    "audio_undecodable": "Save it as WAV, FLAC, MP3, M4A, OGG or WebM.",
    "audio_no_stream": "Upload a file that holds sound.",
    "audio_empty": "Upload the file again; this one was written without its content.",
    "audio_too_short": "Take the row out, or give it more of the recording.",
    "audio_too_long": "Cut it into shorter clips, or give a table with start and end.",
    "audio_too_large": "Cut it into shorter files.",
    "audio_not_finite": "Save it again as 16 bit WAV.",
    "duplicate": NOTHING_TO_DO,
    "duplicate_other_label": "Listen to it and correct the one that is wrong.",
    "file_missing": "Put the file into the archive, or take the row out.",
    "files_missing": "Put the files into the archive, or take the rows out.",
    "file_ambiguous": "Write the folder of the file into the table.",
    "path_missing": "Name a file in this row.",
    "path_unsafe": "Write a path inside the upload.",
    "files_unlisted": "Add rows for these files if they belong to the dataset.",
    "file_damaged": "Pack the archive again.",
    "file_too_large": "Cut it into shorter files.",
    "text_empty": "Write what is said, or take the row out.",
    "text_only_symbols": "Write what is said as words.",
    "text_too_long": "Cut the recording and its text into shorter pieces.",
    "text_not_utf8": "Save the table as UTF-8.",
    "row_too_short": "Fill in the missing cells.",
    "row_unreadable": "Write one whole record on each line.",
    "label_missing": "Put the file into a folder named after what is said.",
    "label_unclear": "Put it at the depth of the other files.",
    "label_conflict": "Take out the row that is wrong.",
    "not_a_word": NOTHING_TO_DO,
    "split_unknown": "Name the splits train, validation and test.",
    "time_past_end": "Correct the times if words are missing at the end.",
    "times_reversed": "Correct the times: a start lies before its end.",
    "times_negative": "Correct the times: a recording begins at 0.",
    "speaker_in_two_splits": "Split by speaker when you train; else the score is for voices the model knows.",
    "audio_in_two_splits": "Nothing has to be done: the second one is left out.",
    "text_in_two_splits": "Expect a better score than on sentences nobody has read yet.",
    "long_for_training": "Cut them at pauses; training leaves out what is longer than 30 seconds.",
    "short_for_text": "Check whether text and recording belong together.",
    "characters_rare": "Correct them if they are slips; else add sentences with them.",
    "texts_with_digits": "Write numbers out as they are said.",
}
OTHERWISE: Final = "Correct it and upload again; what is here already is left out."


def advice_for(code: str) -> str:
    """Return what to do about a finding."""
    return ADVICE.get(code, OTHERWISE)
