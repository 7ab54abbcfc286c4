"""What the documentation promises is there, and what is there is documented."""

from __future__ import annotations

import re

from django.core.management import get_commands

from tests.conftest import REPOSITORY

OUR_APPS = {"speechsite", "speechsite.accounts", "recognition", "training_jobs"}


def page(name: str) -> str:
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_of_the_operating_page() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "speechsite").rglob("*.py"))
    names = set(re.findall(r'env\.(?:text|flag|number|words)\(\s*"([A-Z_]+)"', source))
    assert names, "no settings found: the pattern of this test is stale"
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", page("operating.md"), flags=re.MULTILINE))
    assert names == table


def test_every_management_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if app in OUR_APPS}
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", page("operating.md"), flags=re.MULTILINE))
    assert ours == documented


def test_every_dependency_has_its_line() -> None:
    text = page("dependencies.md")
    for file in ("requirements.in", "requirements-dev.in"):
        for line in (REPOSITORY / file).read_text(encoding="utf-8").splitlines():
            name = re.match(r"[a-z0-9-]+", line)
            if name:
                assert name.group() in text, f"{name.group()} of {file} has no line in docs/dependencies.md"


def test_every_local_link_in_the_docs_leads_somewhere() -> None:
    pages = [*(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]
    for file in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name} points to {target}, which is not there"
