"""The documentation says what the program does."""

import re
from pathlib import Path

import pytest

from support.cli_docs import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "species" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_command_line_page_is_the_commands_own_help() -> None:
    """If this fails, write it again: python tests/support/cli_docs.py."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    """Every relative link names a file or folder of the project."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)", text)
    missing = [
        link
        for link in links
        if not link.startswith(("http", "mailto")) and not (path.parent / link).exists()
    ]
    assert missing == []


def test_the_readme_names_commands_that_exist() -> None:
    """Every `fieldmark …` of the README and the guide is a command of the program."""
    known = set(re.findall(r"^## fieldmark (\w+)", page(), flags=re.MULTILINE))
    for path in (ROOT / "README.md", ROOT / "docs" / "guide.md"):
        used = set(re.findall(r"`fieldmark (\w+)|^fieldmark (\w+)", path.read_text("utf-8"), re.M))
        assert {one or other for one, other in used} <= known


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    """What is checked is what the README tells a person to type."""
    assert "make test " in (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().splitlines()[-1] == "make test"
