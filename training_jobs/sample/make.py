"""Make the sample archive: `python -m training_jobs.sample.make OUT.zip`, with espeak-ng on the machine.

Ten words, twelve made-up speakers, four takes each, with changing speed, pitch, loudness and a little room: enough to
go once round the loop. What a speech synthesiser says is nobody's recording, so it can be shipped. No Django here.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import soundfile
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS: Final = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
TAKES: Final = 4
SAMPLE_RATE_HZ: Final = 16_000
BIT_RATE: Final = 24_000
SEED: Final = 20_240_501
MARGIN_SECONDS: Final = (0.08, 0.16)
LEVEL_DBFS: Final = (-28.0, -18.0)
NOISE_BELOW_SPEECH_DB: Final = (28.0, 45.0)
ROOM_SECONDS: Final = (0.05, 0.16)
ROOM_SHARE: Final = (0.05, 0.25)
LOUD_FROM: Final = 1e-3
EPOCH: Final = (2024, 5, 1, 0, 0, 0)
README: Final = """Sample words: ten English words said by a speech synthesiser (espeak-ng) in twelve voices.

Made by training_jobs/sample/make.py of Speechsite. Free of any rights of others: CC0.
words.csv lists each file with its label and its made-up speaker.
"""


@dataclass(frozen=True)
class Voice:
    """A made-up speaker: espeak-ng's voice with a variant, and around what speed and pitch it speaks."""

    speaker: str
    voice: str
    words_a_minute: int
    pitch: int


VOICES: Final = (
    Voice("ada", "en-us+f2", 150, 60),
    Voice("bela", "en-us+m3", 140, 42),
    Voice("cato", "en-gb+m1", 150, 35),
    Voice("dora", "en-gb+f4", 160, 66),
    Voice("emil", "en-gb-scotland+m7", 145, 48),
    Voice("fay", "en-gb-x-rp+f1", 135, 58),
    Voice("gita", "en-029+f3", 150, 62),
    Voice("hugo", "en-us+m5", 165, 30),
    Voice("iris", "en-gb-x-gbcwmd+f5", 145, 70),
    Voice("jonah", "en-gb-x-gbclan+m2", 155, 52),
    Voice("kira", "en-us+f5", 170, 54),
    Voice("luis", "en-029+m4", 140, 40),
)


def main(arguments: list[str]) -> int:
    """Write the archive named on the command line."""
    if len(arguments) != 1:
        sys.stderr.write("Say where to: python -m training_jobs.sample.make OUT.zip\n")
        return 2
    if shutil.which("espeak-ng") is None:
        sys.stderr.write("This needs the program espeak-ng, which Debian and Ubuntu package under that name.\n")
        return 1
    out = Path(arguments[0])
    clips = make_archive(out)
    sys.stdout.write(f"{out}: {clips} clips, {out.stat().st_size / 1e6:.2f} MB\n")
    return 0


def make_archive(out: Path) -> int:
    """Write the archive and return the number of its clips."""
    random = np.random.default_rng(SEED)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("file", "label", "speaker"))
    clips = 0
    with zipfile.ZipFile(out, "w") as archive:
        for voice in VOICES:
            for word in WORDS:
                for take in range(TAKES):
                    name = f"clips/{word}_{voice.speaker}_{take}.opus"
                    _add(archive, name, opus_bytes(spoken(word, voice, random)))
                    rows.writerow((name, word, voice.speaker))
                    clips += 1
        _add(archive, "words.csv", table.getvalue().encode())
        _add(archive, "README.txt", README.encode())
    return clips


def spoken(word: str, voice: Voice, random: np.random.Generator) -> NDArray[np.float32]:
    """Return one take: shape (samples,), 16 kHz, the word with a little silence of a room around it."""
    speed = voice.words_a_minute * random.uniform(0.85, 1.18)
    pitch = np.clip(voice.pitch + random.uniform(-9, 9), 0, 99)
    speech = _synthesised(word, voice.voice, speed=round(speed), pitch=round(pitch))
    start, end = (np.zeros(round(random.uniform(*MARGIN_SECONDS) * SAMPLE_RATE_HZ)) for _ in range(2))
    dry = np.concatenate((start, speech, end))
    wet = _in_a_room(dry, random)
    loud = wet / _rms(wet) * 10 ** (random.uniform(*LEVEL_DBFS) / 20)
    noise = _hum(len(loud), random)
    noisy = loud + noise / _rms(noise) * _rms(loud) * 10 ** (-random.uniform(*NOISE_BELOW_SPEECH_DB) / 20)
    return (noisy / max(1.0, float(np.abs(noisy).max()) / 0.95)).astype(np.float32)


def opus_bytes(samples: NDArray[np.float32]) -> bytes:
    """Encode 16 kHz samples as Ogg Opus, the same bytes each time."""
    out = io.BytesIO()
    container: Any
    with av.open(out, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE_HZ, bit_rate=BIT_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        # Without it the packets are numbered from nowhere and some players take the file for broken.
        frame.pts = 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()


def _synthesised(word: str, voice: str, *, speed: int, pitch: int) -> NDArray[np.float64]:
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-z", "--stdout", word]
    spoken_wav = subprocess.run(command, check=True, capture_output=True).stdout
    # espeak-ng cannot know the length when it writes the header to a pipe: the samples begin behind 44 bytes.
    samples, rate = soundfile.read(
        io.BytesIO(spoken_wav[44:]), samplerate=22_050, channels=1, format="RAW", subtype="PCM_16"
    )
    loud = np.flatnonzero(np.abs(samples) > LOUD_FROM)
    resampled: NDArray[np.float64] = soxr.resample(samples[loud[0] : loud[-1] + 1], rate, SAMPLE_RATE_HZ)
    return resampled


def _in_a_room(dry: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Add a short decaying echo, as from walls."""
    length = round(random.uniform(*ROOM_SECONDS) * SAMPLE_RATE_HZ)
    echo = random.standard_normal(length) * np.exp(-6.0 * np.arange(length) / length)
    echo *= random.uniform(*ROOM_SHARE) / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    return np.convolve(dry, echo)[: len(dry)]


def _hum(length: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return noise that falls with the frequency, as that of quiet rooms does."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    spectrum /= np.sqrt(np.arange(1, len(spectrum) + 1))
    return np.fft.irfft(spectrum, length)


def _rms(samples: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(samples**2))) + 1e-9


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Store a member with a fixed date, so that the same clips make the same archive."""
    archive.writestr(zipfile.ZipInfo(name, EPOCH), content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
