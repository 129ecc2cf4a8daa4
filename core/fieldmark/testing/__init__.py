"""The contract of a plugin, as tests that its author runs.

In the plugin's own tests, two lines::

    from fieldmark.testing import contract

    test_contract = contract("fieldmark_stripes")

give one pytest case per component and rule, such as
``test_contract[embedder:stripes-embed_is_deterministic]``. The same rules run without pytest::

    for outcome in run_contract("fieldmark_stripes"):
        print(outcome)

A component is built with the `example` options of its record, and without a network. One that
cannot do without weights is given some, which its author keeps or makes for the tests::

    test_contract = contract("fieldmark_stripes", weights={"detector:stripes": path})
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from fieldmark.testing.contracts import Case, Outcome, cases
from fieldmark.testing.subjects import ContractError

__all__ = ["ContractError", "Outcome", "contract", "run_contract"]

_NONE: Mapping[str, str] = {}
_WITHOUT: Mapping[str, Path] = {}


def contract(
    module: str,
    known_failures: Mapping[str, str] = _NONE,
    weights: Mapping[str, Path] = _WITHOUT,
) -> Callable[..., None]:
    """Return a parametrised pytest test of everything that a plugin offers.

    Args:
        module: the plugin's module, as in its entry point.
        known_failures: the reason for each check that is known to fail, by its id
            (`embedder:stripes-embed_is_deterministic`) or, where it fails for every component, by
            its name (`embed_is_deterministic`). A check that passes nevertheless is an error, so
            that the list stays true.
        weights: the file that a component's example is built with, by `role:name`; it need not
            be there before the test runs.

    Raises:
        ValueError: if `known_failures` names a check that does not exist, or `weights` a
            component.
    """
    import pytest  # noqa: PLC0415 -- plugin authors have it; users of `run_contract` need not

    @pytest.mark.parametrize(
        "case", [pytest.param(c, id=c.id) for c in cases(module, known_failures, weights)]
    )
    def test_contract(case: Case) -> None:
        outcome = case.run()
        if outcome.status == "failed":
            pytest.fail(outcome.reason, pytrace=False)
        elif outcome.status == "skipped":
            pytest.skip(outcome.reason)
        elif outcome.status == "known":
            pytest.xfail(outcome.reason)

    return test_contract


def run_contract(
    module: str,
    known_failures: Mapping[str, str] = _NONE,
    weights: Mapping[str, Path] = _WITHOUT,
) -> list[Outcome]:
    """Return what every check says of everything that a plugin offers; see `contract`.

    Raises:
        ValueError: if `known_failures` names a check that does not exist, or `weights` a
            component.
    """
    return [case.run() for case in cases(module, known_failures, weights)]
