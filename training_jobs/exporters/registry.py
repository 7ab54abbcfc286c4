"""All layouts this site writes, the one that keeps most first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from training_jobs.exporters.audio_folder import AudioFolder
from training_jobs.exporters.class_folders import ClassFolders
from training_jobs.exporters.common_voice import CommonVoice
from training_jobs.exporters.deepspeech import DeepSpeech
from training_jobs.exporters.kaldi import Kaldi
from training_jobs.exporters.ljspeech import LJSpeech
from training_jobs.exporters.nemo import Nemo
from training_jobs.exporters.site_bundle import SiteBundle

if TYPE_CHECKING:
    from training_jobs.exporters.layout import Layout

LAYOUTS: Final[tuple[Layout, ...]] = (
    SiteBundle(),
    CommonVoice(),
    Nemo(),
    AudioFolder(),
    Kaldi(),
    DeepSpeech(),
    LJSpeech(),
    ClassFolders(),
)
DEFAULT: Final = SiteBundle.name


def layout_named(name: str) -> Layout | None:
    """Return the layout with this name, if there is one."""
    return next((layout for layout in LAYOUTS if layout.name == name), None)


def layouts_for(kind: str) -> tuple[Layout, ...]:
    """Return the layouts a dataset of this kind can be written in."""
    return tuple(layout for layout in LAYOUTS if kind in layout.kinds)
