"""A place for every network test, a limit to its time, and a word at the end on the cards."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fieldmark_registry.hub import Hub
from fieldmark_registry.places import HOME
from fieldmark_registry.problems import HubProblem
from fieldmark_registry.remote import Repo
from network.place import CACHE, MINUTES, Place, cards_folder

NOBODYS = "fieldmark-tests/no-such-repository"
"""A hub that answers says that it has no such repository."""
_SAID = pytest.StashKey[list[str]]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show what a maintainer may copy into the cards."""
    said = config.stash.get(_SAID, [])
    if said:
        terminalreporter.section("to write into the model cards")
    for text in sorted(set(said)):
        terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def _folder() -> Iterator[Path]:
    """Return the folder of all downloads; the cards in it are those of today."""
    with TemporaryDirectory(prefix="fieldmark-network-") as passing:
        folder = Path(os.environ.get(CACHE) or passing).expanduser().resolve()
        models = folder / "fieldmark" / "models"
        shutil.rmtree(models, ignore_errors=True)  # an earlier run pinned some of them
        shutil.copytree(cards_folder(), models)
        yield folder


@pytest.fixture(scope="session")
def _looked() -> dict[tuple[str, str | None], Repo]:
    """Return what the hub has said of repositories in this run."""
    return {}


@pytest.fixture(scope="session")
def _reached(_folder: Path) -> None:
    """Ask the hub something, once: where it does not answer, every test fails at once."""
    hub = Hub(cache=_folder / "hub", token=False, pauses=())
    try:
        hub.look(NOBODYS)
    except HubProblem as problem:
        if f"has no repository {NOBODYS}" not in str(problem):
            pytest.fail(f"the network tests need the model hub: {problem}", pytrace=False)


@pytest.fixture
def _limit() -> Iterator[None]:
    """Fail a test that takes too long, where the system has an alarm clock."""
    minutes = float(os.environ.get(MINUTES, "30"))

    def stop(_number: int, _frame: object) -> None:
        pytest.fail(f"not done after {minutes:g} minutes; to allow more: {MINUTES}=120")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, minutes * 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    _limit: None,
    _folder: Path,
    _looked: dict[tuple[str, str | None], Repo],
) -> Place:
    """Return a computer with a hub that answers; its cache is kept between the tests."""
    request.getfixturevalue("_reached")  # not as an argument: those come before the limit
    monkeypatch.setenv(HOME, str(_folder / "fieldmark"))
    monkeypatch.delenv("FIELDMARK_LICENCE_POLICY", raising=False)
    # The setting itself: the library has read its variable, HF_HUB_CACHE, when it was imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(_folder / "hub"))
    monkeypatch.setenv("COLUMNS", "200")
    return Place(_folder, request.config.stash.setdefault(_SAID, []).append, _looked)
