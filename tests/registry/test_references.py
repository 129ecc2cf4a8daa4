"""References to weights: pinned to their content, or refused in words."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_registry.places import HOME
from fieldmark_registry.problems import ReferenceProblem
from fieldmark_registry.references import (
    CardReference,
    FileReference,
    HubReference,
    inside,
    known_cards,
    parse_reference,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "fedcba9876543210" * 4


def test_hub_reference() -> None:
    """A file on the hub is pinned by the repository's commit and its own digest."""
    text = f"hf://org/model-1.0@{COMMIT}/weights/model.safetensors#sha256={DIGEST}"
    assert parse_reference(text) == HubReference(
        "org/model-1.0", COMMIT, "weights/model.safetensors", DIGEST
    )


def test_file_reference() -> None:
    """A file on this computer is pinned by its digest; its path may hold escaped characters."""
    assert parse_reference(f"file:///data/my%20model.safetensors#sha256={DIGEST}") == FileReference(
        Path("/data/my model.safetensors"), DIGEST
    )


def test_card_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name stands for a model card that the registry holds."""
    monkeypatch.setattr("fieldmark_registry.references.known_cards", lambda: ("tiger-1",))
    assert parse_reference("tiger-1") == CardReference("tiger-1")
    with pytest.raises(ReferenceProblem, match="no model card 'tiger-2'; did you mean 'tiger-1'"):
        parse_reference("tiger-2")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"hf://org/repo@main/m.safetensors#sha256={DIGEST}", "not a branch such as 'main'"),
        (f"hf://org/repo/m.safetensors#sha256={DIGEST}", "write the full commit, 40 .*got none"),
        (f"hf://org/repo@{COMMIT[:7]}/m.safetensors#sha256={DIGEST}", "got '0123456'"),
        (f"hf://org/repo@{COMMIT.upper()}/m.safetensors#sha256={DIGEST}", "letters a–f"),
        (f"hf://org/repo@{COMMIT}#sha256={DIGEST}", "written hf://ORG/REPO@<commit>/<file>"),
        (f"hf://org/repo@{COMMIT}/../m.bin#sha256={DIGEST}", "written hf://ORG/REPO"),
        (f"hf://org/repo@{COMMIT}//m.bin#sha256={DIGEST}", "written hf://ORG/REPO"),
        (f"hf://org/repo@{COMMIT}/a\x1bm.bin#sha256={DIGEST}", "written hf://ORG/REPO.*x1bm"),
        (f"hf://org/..@{COMMIT}/m.bin#sha256={DIGEST}", "written hf://ORG/REPO"),
        (f"hf://repo@{COMMIT}/m.safetensors#sha256={DIGEST}", "written hf://ORG/REPO"),
        (f"hf://org/repo@{COMMIT}/m.safetensors", "#sha256= .* is noticed .got 'none'"),
        (f"hf://org/repo@{COMMIT}/m.safetensors#sha256=12ab", "64 digits .*got '#sha256=12ab'"),
        (f"hf://org/repo@{COMMIT}/m.safetensors#md5={DIGEST}", "must end in #sha256="),
        ("file:///data/m.safetensors", "must end in #sha256="),
        (f"file://data/m.safetensors#sha256={DIGEST}", "named by its full path"),
        (f"file:m.safetensors#sha256={DIGEST}", "named by its full path"),
        (f"file:///data/a%00b#sha256={DIGEST}", "named by its full path"),
        (f"file://[x#sha256={DIGEST}", "named by its full path"),
        ("https://example.org/m.safetensors", "must end in #sha256="),
        (f"http://example.org/m.pt#sha256={DIGEST}", "written https://HOST/path/file"),
        (f"https://me:key@example.org/m.pt#sha256={DIGEST}", "without user, password or query"),
        (f"https://example.org/m.pt?download=1#sha256={DIGEST}", "without user, password or query"),
        (f"https://example.org/../m.pt#sha256={DIGEST}", "written https://HOST/path/file"),
        (f"https://example.org/#sha256={DIGEST}", "written https://HOST/path/file"),
        ("models/m.safetensors", "hf://, https://, file:/// or the name of a model"),
        ("Tiger Model", "no model card 'Tiger Model' .write small letters"),
        ("", "no model card ''"),
    ],
)
def test_what_is_not_pinned_is_refused(text: str, words: str) -> None:
    """The message says in words what is missing and how it is written."""
    with pytest.raises(ReferenceProblem, match=words):
        parse_reference(text)


@given(st.text() | st.text(alphabet="hf:/@#=ae0%[]").map(lambda text: "file://" + text))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    """No text raises anything but a ReferenceProblem."""
    with contextlib.suppress(ReferenceProblem):
        parse_reference(text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (f"hf://org/repo@main/m.bin#sha256={DIGEST}", "org/repo@main/m.bin"),
        (f"hf://org/repo/m.bin#sha256={DIGEST}", "org/repo/m.bin"),
        (f"hf://org/repo@{COMMIT}/m.bin", f"org/repo@{COMMIT}/m.bin"),
        (f"hf://org/repo@{COMMIT}", "org/repo"),
        ("hf://org/repo@a b/m x.bin", "'org/repo@a b/m x.bin'"),
        ("file:///data/my%20model.bin", "'/data/my model.bin'"),
        ("https://example.org/a/m.pt", "m.pt"),
    ],
)
def test_what_is_not_pinned_names_the_command_that_pins(text: str, command: str) -> None:
    """A branch or a missing digest is refused with what to type, quoted for the shell."""
    with pytest.raises(ReferenceProblem) as refused:
        parse_reference(text)
    assert str(refused.value).endswith(f": fieldmark models pin {command}")


@pytest.mark.parametrize(
    "text",
    [
        f"hf://org/model-1.0@{COMMIT}/weights/model.safetensors#sha256={DIGEST}",
        f"file:///data/my%20m%C3%B6del%23.safetensors#sha256={DIGEST}",
        f"https://example.org:8443/records/1/files/m-1.0.ckpt#sha256={DIGEST}",
        "tiger-1",
    ],
)
def test_a_reference_is_written_as_it_is_read(text: str) -> None:
    """The text of a reference is its canonical form, and is read as the same reference."""
    reference = parse_reference(text, cards=["tiger-1"])
    assert str(reference) == text
    assert parse_reference(f" {reference}\n", cards=["tiger-1"]) == reference


@given(st.text(min_size=1))
def test_every_full_path_can_be_written(name: str) -> None:
    """Any path that can be named at all survives being written as a reference."""
    path = Path("/data", name.replace("\0", ""))
    with contextlib.suppress(UnicodeEncodeError):
        reference = FileReference(path, DIGEST)
        assert parse_reference(str(reference)) == reference


def test_paths_stay_inside() -> None:
    """A file's path in a repository may not leave it."""
    assert inside("weights/model.safetensors")
    refused = ["", "/m", "a//m", "../m", "a/../m", "./m", "a\\m", "a/", "m\n", "a\0"]
    assert not [path for path in refused if inside(path)]


def test_known_cards_are_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The known cards are the YAML files of the package and of the user, each name once."""
    folder = Path(__file__).parents[2] / "registry" / "fieldmark_registry" / "models"
    shipped = {path.stem for path in folder.glob("*.yaml")}
    monkeypatch.setenv(HOME, str(tmp_path))
    assert known_cards() == tuple(sorted(shipped))
    (tmp_path / "models").mkdir()
    for name in ("mine.yaml", ".hidden.yaml", "notes.txt", *(f"{name}.yaml" for name in shipped)):
        (tmp_path / "models" / name).touch()
    assert known_cards() == tuple(sorted({*shipped, "mine"}))
