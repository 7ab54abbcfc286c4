"""A small upload of every layout, in its exact grammar. Sound is one byte: readers know no sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from training_jobs.readers import Problem, Row

SOUND: Final = b"x"

LIBRISPEECH: Final = {
    "LibriSpeech/SPEAKERS.TXT": (
        ";ID  |SEX| SUBSET           |MINUTES| NAME\n84   | F | dev-clean        |  8.02 | Christie Nowak\n"
    ),
    "LibriSpeech/train-clean-100/103/1240/103-1240-0000.flac": SOUND,
    "LibriSpeech/train-clean-100/103/1240/103-1240-0001.flac": SOUND,
    "LibriSpeech/train-clean-100/103/1240/103-1240.trans.txt": (
        "103-1240-0000 CHAPTER ONE MISSUS RACHEL LYNDE IS SURPRISED\n103-1240-0001 THAT HAD ITS SOURCE AWAY BACK\n"
    ),
    "LibriSpeech/dev-other/84/121123/84-121123-0000.flac": SOUND,
    "LibriSpeech/dev-other/84/121123/84-121123.trans.txt": "84-121123-0000 GO DO YOU HEAR\n",
    "LibriSpeech/test-clean/61/70968/61-70968-0000.flac": SOUND,
    "LibriSpeech/test-clean/61/70968/61-70968.trans.txt": "61-70968-0000 HE BEGAN A CONFUSED COMPLAINT\n",
}

LIBRITTS: Final = {
    "LibriTTS/train-clean-100/103/1241/103_1241_000000_000001.wav": SOUND,
    "LibriTTS/train-clean-100/103/1241/103_1241_000000_000001.normalized.txt": "Matthew Cuthbert is surprised.\n",
    "LibriTTS/train-clean-100/103/1241/103_1241_000000_000001.original.txt": "Matthew Cuthbert is Surprised\n",
    "LibriTTS/train-clean-100/103/1241/103_1241.trans.tsv": "103_1241_000000_000001\tMatthew\tMatthew\n",
    "LibriTTS/dev-clean/84/121123/84_121123_000007_000001.wav": SOUND,
    "LibriTTS/dev-clean/84/121123/84_121123_000007_000001.normalized.txt": "Maximilian.",
}

COMMON_VOICE_17: Final = (
    "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender\taccents\tvariant"
    "\tlocale\tsegment"
)
COMMON_VOICE_EMPTY: Final = "\t\t2\t0\t\t\t\t\ten\t\n"
COMMON_VOICE: Final = {
    "cv-corpus-17.0/en/train.tsv": (
        f"{COMMON_VOICE_17}\n"
        f'aa\tcommon_voice_en_1.mp3\tf1\t"Go," he said.{COMMON_VOICE_EMPTY}'
        f"bb\tcommon_voice_en_2.mp3\tf2\tIt is late.{COMMON_VOICE_EMPTY}"
    ),
    "cv-corpus-17.0/en/dev.tsv": f"{COMMON_VOICE_17}\ncc\tcommon_voice_en_3.mp3\tf3\tCome in.{COMMON_VOICE_EMPTY}",
    "cv-corpus-17.0/en/test.tsv": f"{COMMON_VOICE_17}\ndd\tcommon_voice_en_4.mp3\tf4\tSit down.{COMMON_VOICE_EMPTY}",
    "cv-corpus-17.0/en/clip_durations.tsv": "clip\tduration[ms]\ncommon_voice_en_1.mp3\t2100\n",
    **{f"cv-corpus-17.0/en/clips/common_voice_en_{number}.mp3": SOUND for number in (1, 2, 3, 4)},
}

KALDI: Final = {
    "data/train/wav.scp": "rec1 /export/corpus/audio/rec1.wav\nrec2 audio/rec2.wav\n",
    "data/train/segments": "u1 rec1 0.50 2.25\nu2 rec1 2.25 4\nu3 rec2 0 -1\n",
    "data/train/text": "u1 GOOD MORNING\nu2 HOW ARE YOU\nu3 FINE\n",
    "data/train/utt2spk": "u1 ana\nu2 ben\nu3 ana\n",
    "data/train/spk2utt": "ana u1 u3\nben u2\n",
    "data/train/spk2gender": "ana f\nben m\n",
    "data/test/wav.scp": "t1 audio/t1.wav\n",
    "data/test/text": "t1 BYE\n",
    "data/test/utt2spk": "t1 cid\n",
    "audio/rec1.wav": SOUND,
    "audio/rec2.wav": SOUND,
    "audio/t1.wav": SOUND,
}

NEMO: Final = {
    "train_manifest.json": (
        '{"audio_filepath": "/data/an4/a.wav", "duration": 2.1, "text": "good morning", "speaker": "ana"}\n'
        '{"audio_filepath": "b.wav", "offset": 1.5, "duration": 2.0, "text": "how are you", "speaker": 7}\n'
    ),
    "test_manifest.json": '{"audio_filepath": "c.wav", "duration": 1, "text_filepath": "c.txt"}\n',
    "c.txt": "good bye\n",
    "a.wav": SOUND,
    "b.wav": SOUND,
    "c.wav": SOUND,
}

DEEPSPEECH: Final = {
    "train.csv": (
        'wav_filename,wav_filesize,transcript\nclips/a.wav,32044,"well, good morning"\n/x/b.wav,1,"say ""hi"""\n'
    ),
    "dev.csv": "wav_filename,wav_filesize,transcript\nclips/c.wav,32044,how are you\n",
    "test.csv": "wav_filename,wav_filesize,transcript\nclips/d.wav,32044,bye\n",
    **{f"clips/{name}.wav": SOUND for name in "abcd"},
}

LJSPEECH: Final = {
    "LJSpeech-1.1/metadata.csv": (
        'LJ001-0001|"Printing," in 1455, differs|"Printing," in fourteen fifty-five, differs\n'
        "LJ001-0002|in being modern.|in being modern.\n"
        'LJ001-0003|He said "go"|He said "go"\n'
    ),
    "LJSpeech-1.1/README": "LJ Speech\n",
    **{f"LJSpeech-1.1/wavs/LJ001-000{number}.wav": SOUND for number in (1, 2, 3)},
}

AUDIO_FOLDER: Final = {
    "data/train/metadata.csv": 'file_name,transcription\na.mp3,"well, good morning"\nb.mp3,how are you\n',
    "data/train/a.mp3": SOUND,
    "data/train/b.mp3": SOUND,
    "data/test/metadata.jsonl": '{"file_name": "deep/c.mp3", "text": "bye"}\n',
    "data/test/deep/c.mp3": SOUND,
}

SIDECAR_TEXT: Final = {
    "talks/one.wav": SOUND,
    "talks/one.txt": "Good morning.\nHow are you?\n",
    "talks/deep/two.webm": SOUND,
    "talks/deep/two.lab": "FINE",
    "README.md": "Recorded at home.",
}

AN4: Final = {
    "an4/etc/an4_train.transcription": "<s> YES </s> (an251-fash-b)\n<s> ENTER SIX </s> (an253-fash-b)\n",
    "an4/etc/an4_train.fileids": "an4_clstk/fash/an251-fash-b\nan4_clstk/fash/an253-fash-b\n",
    "an4/etc/an4_test.transcription": "RUBOUT G M E F THREE NINE (an406-fcaw-b)\n",
    "an4/etc/an4_test.fileids": "an4test_clstk/fcaw/an406-fcaw-b\n",
    "an4/etc/an4.dic": "YES  Y EH S\n",
    "an4/wav/an4_clstk/fash/an251-fash-b.sph": SOUND,
    "an4/wav/an4_clstk/fash/an253-fash-b.raw": SOUND,
    "an4/wav/an4test_clstk/fcaw/an406-fcaw-b.sph": SOUND,
}

AUDIO_MNIST: Final = {
    "data/audioMNIST_meta.txt": '{"01": {"accent": "german", "age": "30"}, "12": {"accent": "german", "age": "25"}}',
    "data/01/0_01_0.wav": SOUND,
    "data/01/7_01_49.wav": SOUND,
    "data/12/9_12_3.wav": SOUND,
}

VIVOS: Final = {
    "vivos/train/prompts.txt": "VIVOSSPK01_R001 KHÁCH SẠN\nVIVOSSPK02_R001 CHỈ BẰNG CÁCH LUÔN NỖ LỰC\n",
    "vivos/train/genders.txt": "VIVOSSPK01 m\nVIVOSSPK02 f\n",
    "vivos/train/waves/VIVOSSPK01/VIVOSSPK01_R001.wav": SOUND,
    "vivos/train/waves/VIVOSSPK02/VIVOSSPK02_R001.wav": SOUND,
    "vivos/test/prompts.txt": "VIVOSDEV01_R002 TIẾNG CẠP CẠP\n",
    "vivos/test/waves/VIVOSDEV01/VIVOSDEV01_R002.wav": SOUND,
}

AZURE_SPEECH: Final = {
    "trans.txt": "speech01.wav\tspeech recognition is awesome\nspeech02.wav\tthe quick brown fox\n",
    "speech01.wav": SOUND,
    "speech02.wav": SOUND,
}

SPEECHBRAIN: Final = {
    "train.json": (
        '{\n  "a-1": {\n    "wav": "{data_root}/LibriSpeech/a-1.flac",\n    "length": 2.1,\n'
        '    "words": "GOOD MORNING",\n    "spk_id": "a"\n  },\n'
        '  "b-1": {\n    "wav": "{data_root}/LibriSpeech/b-1.flac",\n    "length": 1.0,\n'
        '    "words": "HELLO",\n    "spk_id": "b"\n  }\n}\n'
    ),
    "valid.json": '{"c-1": {"wav": "{data_root}/LibriSpeech/c-1.flac", "length": 2.1, "words": "BYE", "spk_id": "c"}}',
    "LibriSpeech/a-1.flac": SOUND,
    "LibriSpeech/b-1.flac": SOUND,
    "LibriSpeech/c-1.flac": SOUND,
}

RECORDER_TSV: Final = {
    "audio_data/recorder.tsv": (
        "audio_data/recorder_2019-11-30_1.wav\t0\ttimit.txt\t\tShe had your dark suit.\n"
        "audio_data/recorder_2019-11-30_2.wav\t0\ttimit.txt\t\tDon't ask me.\n"
    ),
    "audio_data/recorder_2019-11-30_1.wav": SOUND,
    "audio_data/recorder_2019-11-30_2.wav": SOUND,
}

SPEECH_COMMANDS: Final = {
    "yes/0a1b2c3d_nohash_0.wav": SOUND,
    "no/ffee0011_nohash_1.wav": SOUND,
    "_background_noise_/pink_noise.wav": SOUND,
    "testing_list.txt": "no/ffee0011_nohash_1.wav\n",
    "validation_list.txt": "",
}
FSDD: Final = {"recordings/7_jackson_32.wav": SOUND, "recordings/0_george_4.wav": SOUND}
CLASS_FOLDERS: Final = {"words/train/yes/a.wav": SOUND, "words/train/no/b.wav": SOUND, "words/test/yes/c.wav": SOUND}
TABLE: Final = {"list.csv": "file,label,speaker\na.wav,yes,ana\nb.wav,no,ben\n", "a.wav": SOUND, "b.wav": SOUND}
TENSORFLOW_ASR: Final = {
    "transcripts.tsv": "PATH\tDURATION\tTRANSCRIPT\n/corpus/a.flac\t2.1\tgood morning\n/corpus/b.flac\t1.0\tbye\n",
    "a.flac": SOUND,
    "b.flac": SOUND,
}
SPEECHBRAIN_CSV: Final = {
    "train.csv": (
        "ID,duration,wav,spk_id,wrd\n1,2.1,$data_root/audio/a.wav,ana,GOOD MORNING\n"
        "2,1.0,$data_root/audio/b.wav,ben,BYE\n"
    ),
    "audio/a.wav": SOUND,
    "audio/b.wav": SOUND,
}

ELAN: Final = {
    "talk.eaf": (
        '<?xml version="1.0"?>\n'
        '<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">\n'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">'
        '<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/talk.wav" MIME_TYPE="audio/x-wav"/></HEADER>\n'
        '<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="1500"/>'
        "</TIME_ORDER>\n"
        '<TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="ana" TIER_ID="words">\n'
        '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="1" TIME_SLOT_REF1="a" TIME_SLOT_REF2="b">'
        "<ANNOTATION_VALUE>good morning</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n"
        "</TIER>\n</ANNOTATION_DOCUMENT>\n"
    ),
    "talk.wav": SOUND,
}
TEXTGRID: Final = {
    "talk.TextGrid": (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 2.3\ntiers? <exists>\nsize = 1\n'
        "item []:\n"
        '    item [1]:\n        class = "IntervalTier"\n        name = "words"\n        xmin = 0\n        xmax = 2.3\n'
        "        intervals: size = 1\n        intervals [1]:\n            xmin = 0\n            xmax = 2.3\n"
        '            text = "he said ""hello"""\n'
    ),
    "talk.wav": SOUND,
}
SUBRIP: Final = {
    "talk.srt": "1\n00:00:00,500 --> 00:00:02,000\ngood morning\n\n2\n00:00:02,500 --> 00:00:03,000\nbye\n",
    "talk.mp3": SOUND,
}
WEBVTT: Final = {
    "talk.vtt": "WEBVTT\n\n00:00.500 --> 00:02.000\n<v Ana>good morning\n\n00:02.500 --> 00:03.000\nbye\n",
    "talk.mp3": SOUND,
}
AUDACITY: Final = {"talk.txt": "0.500000\t1.250000\tgood morning\n2.000000\t3.500000\tbye\n", "talk.wav": SOUND}
STM: Final = {
    "talks.stm": ";; a comment\ntalk 1 ana 0.40 1.90 <o,f0,female> good morning\ntalk 1 ben 2.00 3.50 bye\n",
    "talk.sph": SOUND,
}
CTM: Final = {
    "talks.ctm": "talk 1 0.40 0.50 good 0.9\ntalk 1 0.90 0.50 morning 0.8\ntalk 1 3.00 0.50 bye\n",
    "talk.sph": SOUND,
}
VERBOSE_JSON: Final = {
    "talk.json": (
        '{"task": "transcribe", "language": "english", "duration": 3.5, "text": "good morning bye",\n"segments": [\n'
        '{"id": 0, "start": 0.4, "end": 1.9, "text": " good morning"},\n'
        '{"id": 1, "start": 2.0, "end": 3.5, "text": " bye"}]}\n'
    ),
    "talk.wav": SOUND,
}
SITE_BUNDLE: Final = {
    "dataset.json": '{"format": "speechsite dataset", "version": 1, "name": "Words", "kind": "words"}\n',
    "manifest.jsonl": (
        '{"file": "audio/a.flac", "text": "yes", "speaker": "ana", "split": "train", "origin": "upload"}\n'
        '{"file": "audio/b.flac", "text": "no", "speaker": "", "split": "", "origin": "recording"}\n'
    ),
    "SHA256SUMS": "0a  audio/a.flac\n0b  audio/b.flac\n",
    "README.md": "# Words\n",
    "audio/a.flac": SOUND,
    "audio/b.flac": SOUND,
}

# The name of the reader that has to win, and the upload.
SAMPLES: Final[tuple[tuple[str, Mapping[str, str | bytes]], ...]] = (
    ("librispeech", LIBRISPEECH),
    ("libritts", LIBRITTS),
    ("common_voice", COMMON_VOICE),
    ("kaldi", KALDI),
    ("nemo", NEMO),
    ("deepspeech", DEEPSPEECH),
    ("ljspeech", LJSPEECH),
    ("audio_folder", AUDIO_FOLDER),
    ("sidecar_text", SIDECAR_TEXT),
    ("an4", AN4),
    ("audio_mnist", AUDIO_MNIST),
    ("vivos", VIVOS),
    ("azure_speech", AZURE_SPEECH),
    ("speechbrain", SPEECHBRAIN),
    ("recorder_tsv", RECORDER_TSV),
    ("speech_commands", SPEECH_COMMANDS),
    ("fsdd", FSDD),
    ("class_folders", CLASS_FOLDERS),
    ("table", TABLE),
    ("elan", ELAN),
    ("textgrid", TEXTGRID),
    ("srt", SUBRIP),
    ("vtt", WEBVTT),
    ("audacity", AUDACITY),
    ("stm", STM),
    ("ctm", CTM),
    ("verbose_json", VERBOSE_JSON),
    ("site_bundle", SITE_BUNDLE),
    ("table", TENSORFLOW_ASR),
    ("table", SPEECHBRAIN_CSV),
)


def told(rows: Iterable[Row]) -> dict[str, tuple[str, str, str]]:
    """Return text, speaker and split by recording."""
    return {row.member: (row.text, row.speaker, row.split) for row in rows}


def named(problems: Iterable[Problem]) -> list[tuple[str, int | None, str]]:
    """Return file, line and code of each problem."""
    return [(problem.file, problem.line, problem.code) for problem in problems]
