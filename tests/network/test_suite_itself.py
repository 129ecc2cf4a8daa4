"""The network tests, tested where there is no network: against a hub on this computer.

They run as a maintainer runs them, in a process of their own; only the repositories are small.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fieldmark_registry.cards import Cards, write_card
from fieldmark_registry.digests import sha256_of
from fieldmark_registry.places import shipped_cards
from network.place import CACHE, CARDS, MINUTES, skip_if_short
from network.stand_ins import PINNED, UNPINNED, publish_all
from support.hub import LocalHub

ROOT = Path(__file__).parents[2]
SUITE = "tests/network"
WRONG = "wrong"
"""The name of a card that says nothing right of its repository."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    """Return a hub with a small repository for every shipped card."""
    with LocalHub(tmp_path_factory.mktemp("hub")) as site:
        yield site


@pytest.fixture(scope="module")
def made(hub: LocalHub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the cards that name these repositories, and of one that is wrong."""
    folder = publish_all(hub, tmp_path_factory.mktemp("networks"))
    right = Cards([folder]).get(PINNED)
    square = right.input.model_copy(update={"height": 96})
    wrong = {
        "name": WRONG, "sha256": "0" * 64, "licence": "MIT", "input": square, "dimensions": 7,
    }  # fmt: skip
    write_card(right.model_copy(update=wrong), folder)
    return folder


@pytest.fixture(scope="module")
def whole(hub: LocalHub, made: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what a run of all network tests says."""
    publishing = {"FIELDMARK_TEST_REPO": "zoo/back-and-forth", "HF_TOKEN": hub.token}
    # Boxes of true weights are no random bytes', and need PyTorch-Wildlife besides.
    but = f"--ignore={SUITE}/test_megadetector.py"
    return run(hub, tmp_path_factory.mktemp("whole"), made, SUITE, but, **publishing).stdout


def run(
    hub: LocalHub, folder: Path, made: Path, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run the network tests, or some of them, as a command."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    ours: Mapping[str, str] = {
        **{k: v for k, v in hub.environment(folder / "user").items() if k not in environment},
        "HF_ENDPOINT": hub.endpoint,
        CACHE: str(folder / "cache"),
        CARDS: str(made),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **changes,
    }
    # Neither plugins nor the fixtures of other tests are loaded: that takes longer than the tests.
    options = [f"--confcutdir={SUITE}", f"--basetemp={folder / 'tests'}", "-p", "no:cacheprovider"]
    tests = ["-q", "-m", "network", *(arguments or (SUITE,))]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=ROOT, env={**environment, **ours}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_all_pass_where_the_hub_has_what_the_cards_say(
    hub: LocalHub, made: Path, whole: str
) -> None:
    """Of all network tests none is skipped, and none fails but for the card that is wrong."""
    assert re.fullmatch(r"4 failed, \d\d+ passed, \d+ deselected in .*", whole.splitlines()[-1])
    assert len(re.findall(rf"^FAILED .*\[{WRONG}\]", whole, flags=re.MULTILINE)) == 4
    for name in Cards([shipped_cards()]).names():
        card = Cards([made]).get(name)
        assert hub.asked(card.repo or f"/web/{name}/"), name


def test_a_card_that_says_otherwise_fails(made: Path, whole: str) -> None:
    """Another digest, licence, size of pictures or length of vectors: each fails a test."""
    failed = re.findall(rf"^FAILED .*::(\w+)\[{WRONG}\]", whole, flags=re.MULTILINE)
    assert failed == [
        "test_a_pin_names_what_the_hub_has",
        "test_the_licence_is_the_one_that_the_hub_states",
        "test_pictures_have_the_size_on_the_card",
        "test_vectors_have_the_length_on_the_card",
    ]


def test_the_end_says_what_to_write_into_the_cards(made: Path, whole: str) -> None:
    """Digest and size of the weights stand there for a card without a pin and for a wrong one."""
    said = whole.partition("to write into the model cards")[2]
    for name, source in ((UNPINNED, UNPINNED), (WRONG, PINNED)):
        weights = made.parent / source / Cards([made]).get(name).file
        assert re.search(
            rf"/{name}\.yaml\nrevision: [0-9a-f]{{40}}\n"
            rf"sha256: {sha256_of(weights)}\nsize: {weights.stat().st_size}\n",
            said,
        )


def test_without_a_network_all_fail_at_once(hub: LocalHub, made: Path, tmp_path: Path) -> None:
    """One sentence says that the hub cannot be reached, and nothing is skipped."""
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    done = run(hub, tmp_path, made, f"{SUITE}/test_cards.py", **nowhere)
    assert done.returncode == 1
    said = "the network tests need the model hub: http://127.0.0.1:9 cannot be reached"
    assert said in done.stdout
    assert re.fullmatch(r"\d+ errors in .*", done.stdout.splitlines()[-1])


def test_a_hub_that_goes_silent_is_not_waited_for(
    hub: LocalHub, made: Path, tmp_path: Path
) -> None:
    """A test that is not done in time fails, and says how to allow more."""
    hub.stall("/api/models/timm/")
    try:
        test = f"{SUITE}/test_cards.py::test_a_pin_names_what_the_hub_has[{PINNED}]"
        done = run(hub, tmp_path, made, test, **{MINUTES: "0.05"})
    finally:
        hub.heal()
    assert done.returncode == 1
    assert f"not done after 0.05 minutes; to allow more: {MINUTES}=120" in done.stdout


def test_a_download_that_does_not_fit_is_skipped(tmp_path: Path) -> None:
    """A disk that is too small is no fault of fieldmark's; the reason says what to do."""
    with pytest.raises(pytest.skip.Exception, match=f"larger disk in {CACHE}"):
        skip_if_short(tmp_path, 10**18)
    skip_if_short(tmp_path, 0)
