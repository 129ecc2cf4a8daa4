"""The self-test: does a network give here what it gave where it was published?"""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.api.selftest import (
    PICTURES,
    TOLERANCE,
    Subject,
    embeddings,
    lowest_cosine,
    pictures,
    run_self_test,
    written_test,
)
from fieldmark.errors import UserError
from fieldmark_registry.places import HOME
from fieldmark_registry.weights import SELF_TEST
from support.models import tiny_timm


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a user's folder of its own."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """Return a small network on disk."""
    return Subject("timm", {}, tiny_timm(tmp_path / "network"))


def test_the_pictures_never_change() -> None:
    """Every machine and every version draws the same bytes; published tests depend on them."""
    drawn = hashlib.sha256(b"".join(each.tobytes() for each in pictures(3))).hexdigest()
    assert drawn == "68989057cbb202076d367a13d0799bc4da662ec65296b6555f358a2592809df7"
    assert [each.shape for each in pictures(4)] == [(720, 960, 4)] * PICTURES


def test_a_published_test_passes_where_the_network_is_the_same(subject: Subject) -> None:
    """Vectors made twice agree, and the outcome says what they were compared with."""
    subject.weights.with_name(SELF_TEST).write_bytes(written_test(subject))
    outcome = run_self_test(subject)
    assert outcome.passed
    assert outcome.cosine == pytest.approx(1, abs=1e-5)
    assert "published" in outcome.against


def test_another_network_fails(subject: Subject, tmp_path: Path) -> None:
    """Weights that are not those of the references are found out."""
    subject.weights.with_name(SELF_TEST).write_bytes(written_test(subject))
    other = tiny_timm(tmp_path / "other", seed=1)
    subject.weights.write_bytes(other.read_bytes())
    outcome = run_self_test(subject)
    assert not outcome.passed
    assert outcome.cosine is not None
    assert outcome.cosine < TOLERANCE


def test_another_way_of_shrinking_fails(subject: Subject) -> None:
    """A resize without smoothing, the commonest way to spoil embeddings, is noticed."""
    subject.weights.with_name(SELF_TEST).write_bytes(written_test(subject))
    outcome = run_self_test(replace(subject, options={"resize": "plain"}))
    assert not outcome.passed


def test_without_references_those_of_this_computer_are_kept(
    subject: Subject, own_home: Path
) -> None:
    """The first test writes them, and says so; the second compares."""
    first = run_self_test(subject)
    assert first.cosine is None
    assert first.passed
    assert len(list((own_home / "self-tests").glob("*.json"))) == 1
    second = run_self_test(subject)
    assert second.cosine == pytest.approx(1, abs=1e-5)
    assert "this computer" in second.against


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}', '{"format": 1, "embeddings": []}'])
def test_a_file_that_is_no_test_is_refused(subject: Subject, content: str) -> None:
    """A damaged or newer file is never taken for a test that passed."""
    subject.weights.with_name(SELF_TEST).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="no self-test that this fieldmark can read"):
        run_self_test(subject)


def test_vectors_of_another_length_have_nothing_in_common() -> None:
    """A network with other outputs fails rather than raising."""
    assert lowest_cosine([[1.0, 0.0]], [[1.0, 0.0, 0.0]]) == 0


def test_components_without_vectors_have_no_self_test(tmp_path: Path) -> None:
    """Local features are refused in one sentence."""
    with pytest.raises(UserError, match="sift makes no vectors"):
        embeddings(Subject("sift", {}, tmp_path / "none"))
