"""The contract tests themselves: how they report, what they skip, what may be known to fail."""

import gc
import socket
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from fieldmark.components import Component, NoOptions, Role, Rules
from fieldmark.testing import Outcome, contract, run_contract
from fieldmark.testing.galleries import OpenRules, gallery, same
from fieldmark.testing.subjects import (
    ContractError,
    Subject,
    chips,
    offline,
    picture,
    same_pixels,
    scattered,
)
from fieldmark.testing.trainings import ANIMALS, PHOTOS, Trial
from fieldmark.training import Training
from fieldmark.types import Candidate, Chip, FeatureKind, Keypoints

pytest_plugins = ["pytester"]

SOURCE = """
from dataclasses import replace
from fieldmark.components import Component, NoOptions
from fieldmark.hookspecs import hookimpl

class Keep:
    def apply(self, chip):
        return chip

class Blank:
    def apply(self, chip):
        chip.pixels[:] = 0
        return chip

KEEP = Component("keep", "Keeps the chip", NoOptions, lambda options, context: Keep())
BLANK = Component("blank", "Blanks the chip", NoOptions, lambda options, context: Blank())
NONE = Component("none", "Builds nothing", NoOptions, lambda options, context: None)

@hookimpl
def fieldmark_preprocessors():
    yield from (KEEP, BLANK, NONE)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of an importable plugin: one good component and two bad ones."""
    (tmp_path / "plug_contract.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "plug_contract", raising=False)
    return "plug_contract"


def by_id(outcomes: list[Outcome]) -> dict[str, Outcome]:
    """Return the outcomes by subject and check."""
    return {f"{each.subject}-{each.check}": each for each in outcomes}


def test_outcomes_tell_passed_failed_and_skipped(module: str) -> None:
    """A fault fails its own check; what builds on a failed check is skipped, saying so."""
    found = by_id(run_contract(module))

    assert all(each.status == "passed" for id_, each in found.items() if ":keep-" in id_)
    alone = found["preprocessor:blank-apply_leaves_the_chip_alone"]
    assert str(alone) == (
        "failed  preprocessor:blank  apply_leaves_the_chip_alone"
        "  apply changes the chip it was given; make a new one"
    )
    skipped = found["preprocessor:none-apply_is_deterministic"]
    assert skipped.status == "skipped"
    assert skipped.reason == "builds on apply_makes_a_chip, which did not pass"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nothing_of_the_kind", "the plugin cannot be imported: ModuleNotFoundError"),
        ("x = 1", "the plugin's hooks yield nothing"),
        ("def fieldmark_matchers(): pass", "the plugin has a hook 'fieldmark_matchers' without"),
    ],
)
def test_plugin_that_does_not_load(module: str, tmp_path: Path, source: str, words: str) -> None:
    """A plugin that does not load fails one check, and its weight is not tested."""
    (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
    loads, light = run_contract(module)
    assert (loads.subject, loads.check, loads.status) == (
        "plugin:plug_contract",
        "plugin_loads",
        "failed",
    )
    assert loads.reason.startswith(words)
    assert light.status == "skipped"


def test_known_failures_are_told_apart(module: str) -> None:
    """A known failure, by name or id, keeps its reason; one that passes must leave the list."""
    known = {
        "preprocessor:blank-apply_leaves_the_chip_alone": "saves memory",
        "apply_survives_odd_chips": "was once wrong",
        "preprocessor:none-example_builds_offline": "needs a licence",
    }
    found = by_id(run_contract(module, known))

    alone = found["preprocessor:blank-apply_leaves_the_chip_alone"]
    assert (alone.status, alone.reason) == ("known", "saves memory")
    outdated = found["preprocessor:keep-apply_survives_odd_chips"]
    assert outdated.status == "failed"
    assert "take it off the list" in outdated.reason
    assert found["preprocessor:none-example_builds_offline"].status == "known"


def test_known_failures_must_exist(module: str) -> None:
    """A misspelt check in the list is refused with what was probably meant."""
    with pytest.raises(ValueError, match="did you mean 'apply_is_deterministic'"):
        run_contract(module, {"apply_is_determinstic": "?"})


WEIGHED = """
from fieldmark.components import Component, NoOptions
from fieldmark.hookspecs import hookimpl
from fieldmark.types import Box, Detection

class Weighed:
    def __init__(self, label):
        self.label = label

    def detect(self, photos):
        return [[Detection(Box(), self.label, 1.0)] for _ in photos]

def build(options, context):
    return Weighed(context.weights().read_text())

WEIGHED = Component("weighed", "Sees what its weights say", NoOptions, build)

@hookimpl
def fieldmark_detectors():
    yield WEIGHED
"""


def test_weights_are_given_to_the_example(module: str, tmp_path: Path) -> None:
    """A component that needs weights is built with those that its author gives, and checked."""
    (tmp_path / f"{module}.py").write_text(WEIGHED, encoding="utf-8")
    without = by_id(run_contract(module))["detector:weighed-example_builds_offline"]
    assert without.status == "failed"
    assert "contract(..., weights={'detector:weighed': PATH})" in without.reason

    weights = tmp_path / "weights.txt"
    weights.write_text("animal", encoding="utf-8")
    found = run_contract(module, weights={"detector:weighed": weights})
    assert [str(each) for each in found if each.status != "passed"] == []

    weights.write_text("Animal", encoding="utf-8")
    checked = by_id(run_contract(module, weights={"detector:weighed": weights}))
    verdict = checked["detector:weighed-detect_gives_a_list_per_photo"]
    assert verdict.reason == "expected a label in small letters, such as 'animal', got 'Animal'"


def test_weights_must_be_of_a_component(module: str, tmp_path: Path) -> None:
    """Weights for a component that is not there are refused with what was probably meant."""
    (tmp_path / f"{module}.py").write_text(WEIGHED, encoding="utf-8")
    with pytest.raises(ValueError, match="no component; did you mean 'detector:weighed'"):
        run_contract(module, weights={"detector:weighted": tmp_path / "weights.txt"})


def test_pytest_sees_every_outcome(pytester: pytest.Pytester, module: str) -> None:
    """In pytest, cases pass, fail with the reason alone, are skipped, or are expected to fail."""
    del module
    pytester.makepyfile(plug_contract=SOURCE)
    pytester.makepyfile(
        test_author=dedent("""
            from fieldmark.testing import contract
            known = {"preprocessor:blank-apply_leaves_the_chip_alone": "saves memory"}
            test_contract = contract("plug_contract", known_failures=known)
        """)
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rA")
    result.stdout.fnmatch_lines(
        [
            "build returns a NoneType, which has not the methods of a preprocessor",
            "FAILED test_author.py::test_contract[[]preprocessor:none-example_builds_offline[]]*",
        ]
    )
    counts = result.parseoutcomes()
    assert (counts["failed"], counts["xfailed"]) == (1, 1)
    assert counts["passed"] > 20
    assert counts["skipped"] > 5


def test_contract_names_its_cases(module: str) -> None:
    """Each case is named by role, component and check."""
    (mark,) = contract(module).pytestmark  # type: ignore[attr-defined] # pytest adds it
    ids = [parameter.id for parameter in mark.args[1]]
    assert ids[:2] == ["plugin:plug_contract-plugin_loads", "plugin:plug_contract-import_is_light"]
    assert "preprocessor:keep-options_refuse_unknown_keys" in ids
    assert len(ids) == len(set(ids))


def test_offline_refuses_every_way_out() -> None:
    """While it runs, neither a name is looked up nor a connection made; afterwards all is well."""
    with offline(), pytest.raises(ContractError, match="must work offline"):
        socket.create_connection(("localhost", 9))
    with offline(), pytest.raises(ContractError), socket.socket() as probe:
        probe.connect(("127.0.0.1", 9))
    assert socket.getaddrinfo("127.0.0.1", 9)


def test_pictures_are_new_each_time() -> None:
    """A check that spoils its pictures does not spoil those of the next."""
    picture(3)[:] = 0
    assert picture(3).max() == 255
    for one, other in zip(chips(), chips(), strict=True):
        assert same_pixels(one, other)
        assert same_pixels(one, scattered(one))
        assert one.pixels is not other.pixels
    assert not same_pixels(chips()[0], chips()[1])


def test_open_rules_are_rules() -> None:
    """The rules of the checks answer as the contract says: one number per annotation."""
    rules: Rules = OpenRules({10: 0.5}, {11: 7})
    ids = np.array([10, 11, 20], np.int64)
    assert rules.weights(1, ids).tolist() == [0.5, 1.0, 1.0]
    assert rules.individuals(ids).tolist() == [101, 7, 102]
    assert rules.individuals(ids[:0]).shape == (0,)
    assert rules.weights(1, ids).dtype == np.float32
    assert rules.individuals(ids).dtype == np.int64


def test_same_results_but_for_rounding() -> None:
    """Two results agree when individuals, annotations and, nearly, scores agree."""
    one = [[Candidate(1, 0.5, (10, 11)), Candidate(2, 0.4, (20,))]]
    assert same(one, [[Candidate(1, 0.500001, (11, 10)), Candidate(2, 0.4, (20,))]])
    assert not same(one, [[Candidate(1, 0.6, (10, 11)), Candidate(2, 0.4, (20,))]])
    assert not same(one, [[Candidate(1, 0.5, (10,)), Candidate(2, 0.4, (20,))]])
    assert not same(one, [one[0][:1]])
    assert not same(one, [])


def _none(*_arguments: object) -> Any:
    return None


@pytest.mark.parametrize(("label", "species"), [("individual", 1), ("species", 2)])
def test_trial_has_something_to_learn(label: Any, species: int) -> None:
    """Four animals with four photos each, of two species where species are told apart."""
    training = Training(NoOptions, _none, _none, label=label)
    record: Component[Any, Any] = Component("x", "x", NoOptions, _none, training=training)
    trial = Trial(Subject(Role.EMBEDDER, record))
    data = trial.data
    assert len(data.train) == ANIMALS * PHOTOS == 16
    assert len({sample.individual for sample in data.train}) == ANIMALS
    assert len({sample.species for sample in data.train}) == species
    chips = [data.load(sample) for sample in data.train]
    assert len({chip.pixels.tobytes() for chip in chips if isinstance(chip, Chip)}) == 16


def test_trial_leaves_nothing_behind() -> None:
    """Its photos and trainings are deleted with it."""
    record: Component[Any, Any] = Component("x", "x", NoOptions, _none)
    trial = Trial(Subject(Role.EMBEDDER, record))
    folder = trial.folder
    assert folder.is_dir()
    del trial
    gc.collect()
    assert not folder.exists()


def test_training_must_be_one(module: str, tmp_path: Path) -> None:
    """Something else in place of a training fails one check, in words."""
    source = SOURCE.replace("yield from (KEEP,", "yield from (replace(KEEP, training='later'),")
    (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
    found = by_id(run_contract(module))
    first = found["preprocessor:keep-training_settings_have_defaults"]
    assert (first.status, first.reason) == (
        "failed",
        "training must be a fieldmark.training.Training",
    )
    assert found["preprocessor:keep-training_leaves_weights"].status == "skipped"


def test_galleries_are_new_each_time() -> None:
    """Features that a matcher spoils are not those of the next check."""
    for kind in FeatureKind:
        record: Component[Any, Any] = Component("x", "x", NoOptions, _none, takes=kind)
        first, second = (gallery(Subject(Role.MATCHER, record)).features[0] for _ in range(2))
        assert first.kind is kind
        if isinstance(first, Keypoints) and isinstance(second, Keypoints):
            first.descriptors[:] = 0
            assert second.descriptors.any()
