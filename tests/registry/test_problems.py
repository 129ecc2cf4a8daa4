"""Problems: one family, so that a caller catches them all."""

import pytest

from fieldmark_registry import problems


@pytest.mark.parametrize(
    "name", ["ReferenceProblem", "CardProblem", "WeightsProblem", "HubProblem", "LicenceProblem"]
)
def test_every_problem_is_of_one_family(name: str) -> None:
    """Every problem can be caught as a RegistryProblem, which pydantic takes for a bad value."""
    kind = getattr(problems, name)
    assert issubclass(kind, problems.RegistryProblem)
    assert issubclass(problems.RegistryProblem, ValueError)
    assert name in (problems.__doc__ or "")
