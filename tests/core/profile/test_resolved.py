"""A profile written out in full, with the file that says each part."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.profile import load_profile, read_profile, resolved_text, shipped_folder

WriteProfile = Callable[..., Path]


@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.yaml")), ids=lambda p: p.stem)
def test_the_resolved_text_reads_as_the_profile(path: Path) -> None:
    """It stands alone and says the same."""
    text = resolved_text(path)
    assert "extends" not in text
    assert read_profile(text) == load_profile(path)


def test_every_part_names_its_files(write: WriteProfile, spotted: Path) -> None:
    """Nearest first; a base of which nothing is left is not named."""
    path = write(
        "okapi",
        "extends: spotted\nsides: {opposite: soft}\nencounter: {gap_seconds: 9}\n"
        "pipelines:\n  local: {embed: {options: {max_keypoints: 7}}}\n"
        "  pairwise: {embed: {use: random}, match: {use: nearest}}\n",
    )
    spotted.write_text(spotted.read_text() + "encounter: {gap_seconds: 8}\n", encoding="utf-8")
    lines = resolved_text(path).splitlines()
    above = {line.strip(): lines[i - 1].strip() for i, line in enumerate(lines)}
    assert above["default: local"] == f"# {spotted}"
    assert above["encounter: {gap_seconds: 9}"] == f"# {path}"
    assert above["pipelines:"] == f"# {path} and {spotted}"
    assert above["local:"] == f"# {path} and {spotted}"
    assert above["pairwise:"] == f"# {path}"


@pytest.mark.parametrize("name", ["no", "1e3", "0o17", "null", "12", "ōkapi: #1", "'a' \"b\""])
def test_words_stay_words(write: WriteProfile, spotted: Path, name: str) -> None:
    """What some reader of YAML takes for a number or a yes is quoted."""
    quoted = name.replace("'", "''")
    path = write("okapi", f"extends: spotted\ncommon_name: '{quoted}'\n")
    assert read_profile(resolved_text(path)).common_name == name


def test_a_profile_without_base_is_shown_whole(spotted: Path) -> None:
    """Then there is one file to name."""
    text = resolved_text(spotted)
    assert read_profile(text) == load_profile(spotted)
    assert text.count(f"# {spotted}\n") == 6
