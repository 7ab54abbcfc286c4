"""VIVOS: prompts and waves."""

from __future__ import annotations

from tests.datasets.readers.samples import SOUND, VIVOS, named, told
from tests.datasets.readers.sources import read, source_of

PROMPTS = "vivos/train/prompts.txt"


def test_vivos_as_published() -> None:
    found, rows, problems = read(source_of(VIVOS))
    assert found.reader.name == "vivos"
    assert told(rows) == {
        "vivos/train/waves/VIVOSSPK01/VIVOSSPK01_R001.wav": ("KHÁCH SẠN", "VIVOSSPK01", "train"),
        "vivos/train/waves/VIVOSSPK02/VIVOSSPK02_R001.wav": ("CHỈ BẰNG CÁCH LUÔN NỖ LỰC", "VIVOSSPK02", "train"),
        "vivos/test/waves/VIVOSDEV01/VIVOSDEV01_R002.wav": ("TIẾNG CẠP CẠP", "VIVOSDEV01", "test"),
    }
    assert not problems


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    text = (
        "VIVOSSPK01_R001 KHÁCH SẠN\nVIVOSSPK02_R001\nVIVOSSPK09_R001 KHÔNG CÓ\n../VIVOSSPK02_R001 RA\n".encode()
        + b"VIVOSSPK02_R001 CH\xcc \nVIVOSSPK01_R001 KH\n"
    )
    _, rows, problems = read(
        source_of({**VIVOS, PROMPTS: text, "vivos/train/waves/VIVOSSPK02/VIVOSSPK02_R002.wav": SOUND})
    )
    assert [row.text for row in rows if row.split == "train"] == ["KHÁCH SẠN"]
    assert named(problems) == [
        (PROMPTS, 2, "text_empty"),
        (PROMPTS, 3, "file_missing"),
        (PROMPTS, 4, "path_unsafe"),
        (PROMPTS, 5, "text_not_utf8"),
        (PROMPTS, 6, "label_conflict"),
        ("vivos/train/waves/VIVOSSPK02/VIVOSSPK02_R002.wav", None, "files_unlisted"),
    ]
