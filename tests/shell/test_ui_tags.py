from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.template import Context, Template

from speechsite.lib.assets import UnknownIconError, build_sprite, names_used, symbol
from speechsite.lib.templatetags import ui

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

MEANING = re.compile(r'Meaning\(\s*"([a-z0-9-]+)"')
STYLE = re.compile(r"""\sstyle=["']|<style|\son[a-z]+=["']|<script>""")


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_wave_is_one_path_with_a_bar_per_peak() -> None:
    drawn = render("{% wave peaks %}", peaks=[0, 100, 50])
    assert 'viewBox="0 0 9 40"' in drawn
    assert 'd="M0.3 19.4h2v1.2h-2zM3.3 2.0h2v36.0h-2zM6.3 11.0h2v18.0h-2z"' in drawn


def test_a_wave_of_nothing_is_drawn_empty() -> None:
    assert 'd=""' in render("{% wave peaks %}", peaks=[])


def test_an_icon_alone_has_a_name_and_beside_a_word_it_has_none() -> None:
    assert 'aria-hidden="true"' in render('{% icon "microphone" %}')
    assert 'role="img" aria-label="Close &lt;x&gt;"' in render('{% icon "x" label %}', label="Close <x>")


def test_the_locator_fills_the_arc_of_its_station() -> None:
    drawn = render('{% include "shell/_locator.html" with station=6 %}')
    assert drawn.count('class="on"') == 1
    assert "<b>Improve</b>" in drawn
    assert "then record" in drawn


def test_the_import_map_names_every_module_of_ours() -> None:
    imports = json.loads(ui.import_map())["imports"]
    modules = {path.stem for path in (settings.BASE_DIR / "static" / "js").glob("*.js")}
    assert {f"speechsite/{name}" for name in modules} <= set(imports)
    assert imports["echarts"].endswith("echarts.esm.min.js")


@pytest.mark.parametrize(
    "module", sorted((settings.BASE_DIR / "static" / "js").rglob("*.js")), ids=lambda path: path.name
)
def test_modules_import_each_other_by_name_and_stay_short(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    own = {f"speechsite/{path.stem}" for path in module.parent.glob("*.js")}
    imported = set(re.findall(r"""(?:from|import)\s+['"]([^'"]+)['"]""", text))
    # A worker knows no import map: it names the package by its place.
    packages = {"../npm/hashes/sha2.js"} if module.stem.endswith("-worker") else {"echarts", "idb", "tus-js-client"}
    assert imported <= own | packages
    assert len(text.splitlines()) <= 200


@pytest.mark.parametrize("page", sorted((settings.BASE_DIR / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_hold_no_style_and_no_script_of_their_own(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not STYLE.search(text)
    assert len(text.splitlines()) <= 150


def test_every_icon_that_is_named_exists(tmp_path: Path) -> None:
    icons = settings.NODE_MODULES / "@tabler" / "icons" / "icons"
    for name in names_used(settings.BASE_DIR):
        assert symbol(name, icons).startswith(f'<symbol id="{name}"')
    with pytest.raises(UnknownIconError):
        symbol("no-such-icon", icons)


def test_every_icon_of_a_running_job_is_in_the_sprite() -> None:
    pages = (settings.BASE_DIR / "training_jobs" / "web").glob("*_progress.py")
    named = {name for page in pages for name in MEANING.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 5
    assert named <= names_used(settings.BASE_DIR)


def test_the_sprite_is_built_whole() -> None:
    assert build_sprite().read_text(encoding="utf-8").count("<symbol") >= 50


def test_the_bar_marks_the_noun_one_is_at(owner_client: Client) -> None:
    drawn = owner_client.get("/account/").content.decode()
    assert 'aria-current="page"' not in drawn.split("</header>")[0]


def test_the_only_inline_script_carries_the_nonce_of_the_policy(owner_client: Client) -> None:
    answer = owner_client.get("/account/")
    nonces = re.findall(r'<script type="importmap" nonce="([^"]+)"', answer.content.decode())
    assert len(nonces) == 1
    assert f"'nonce-{nonces[0]}'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_page_that_is_not_there_says_so(owner_client: Client) -> None:
    answer = owner_client.get("/nothing/here/", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
