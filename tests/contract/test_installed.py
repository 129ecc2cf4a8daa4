"""A stranger's plugin, installed as a real distribution, and its faulty twin."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]
HERE = Path(__file__).parent

LISTING = """
import json
from fieldmark.plugins import Plugins
plugins = Plugins.installed()
offers = [[o.plugin, o.source, o.role, o.record.name] for o in plugins.offers]
broken = [[b.name, b.source, b.reason] for b in plugins.broken]
print(json.dumps({"offers": offers, "broken": broken}))
"""

OUTCOMES = """
import json
import fieldmark_faulty
from fieldmark.testing import run_contract
outcomes = [[o.subject, o.check, o.status, o.reason] for o in run_contract("fieldmark_faulty")]
print(json.dumps({"outcomes": outcomes, "breaks": fieldmark_faulty.BREAKS}))
"""


def test_installed_plugin_is_found(run: Run) -> None:
    """An installed distribution's components are listed with its name and version."""
    offers = json.loads(run("-c", LISTING))["offers"]
    assert [offer[2:] for offer in offers if offer[:2] == ["toy", "fieldmark-toy 1.2"]] == [
        ["detector", "contrast"],
        ["preprocessor", "trim"],
        ["embedder", "corners"],
        ["embedder", "learnt-colour"],
        ["embedder", "mean-colour"],
        ["matcher", "cosine"],
        ["matcher", "mutual"],
    ]


@pytest.mark.slow
def test_installed_plugin_is_type_checked(run: Run, site: Path) -> None:
    """A stranger who checks types strictly finds the contract annotated and his plugin right."""
    run("-m", "mypy", "--strict", "--cache-dir", "cache", str(site / "fieldmark_toy"))


def test_faulty_twin_is_broken_and_harms_nobody(run: Run) -> None:
    """A plugin with a bad record is listed with the reason; none of it is offered."""
    listing = json.loads(run("-c", LISTING))
    reasons = {name: (source, reason) for name, source, reason in listing["broken"]}
    source, reason = reasons["faulty"]
    assert source == "fieldmark-faulty 0.3"
    assert "offers a bad record" in reason
    assert not any(offer[0] == "faulty" for offer in listing["offers"])


def test_author_runs_the_contract(run: Run, tmp_path: Path) -> None:
    """The author's two lines give one named pytest case per component and rule, and all pass."""
    shutil.copy(HERE / "toy_plugin" / "test_contract.py", tmp_path)
    quiet = ("-q", "-rA", "-p", "no:cacheprovider", "-W", "error", "--rootdir", str(tmp_path))
    output = run("-m", "pytest", *quiet, "test_contract.py")

    assert "test_contract[embedder:mean-colour-embed_is_deterministic]" in output
    assert "test_contract[plugin:fieldmark_toy-import_is_light]" in output
    assert "skipped" not in output
    assert "failed" not in output


@pytest.fixture
def verdict(run: Run) -> tuple[list[tuple[str, str, str, str]], dict[str, str]]:
    """Return what every check says of the faulty twin, and which check each fault must fail."""
    result = json.loads(run("-c", OUTCOMES))
    return [tuple(outcome) for outcome in result["outcomes"]], result["breaks"]


def test_each_fault_fails_exactly_its_check(
    verdict: tuple[list[tuple[str, str, str, str]], dict[str, str]],
) -> None:
    """Every planted fault is named by one check, with words, and no check is left without fault."""
    outcomes, breaks = verdict
    failed: dict[str, list[str]] = {}
    for subject, check, status, reason in outcomes:
        if status == "failed":
            failed.setdefault(subject, []).append(check)
            assert reason
    assert failed == {subject: [check] for subject, check in breaks.items()}
    unproved = {check for _, check, _, _ in outcomes} - set(breaks.values())
    assert unproved == {"plugin_loads"}
