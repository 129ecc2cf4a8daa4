"""How far probabilities can be trusted, in words that claim no more than is known."""

import pytest

from fieldmark.report.trust import calibration_in_words, error_in_words, limit_in_words, percent
from fieldmark.report.view import Calibrated, Limit, Limits

NEVER = Limit(None, None, None, None, 0.0)
SURE = Limit(0.93, 0.02, 0.0, 0.08, 0.6)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.05, "5 %"),
        (0.052, "5.2 %"),
        (0.5, "50 %"),
        (0.987, "98.7 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_what_is_nearly_certain_is_not_called_certain(share: float, words: str) -> None:
    """Only 0 and 1 themselves are 0 % and 100 %."""
    assert percent(share) == words


def test_what_is_never_proposed_is_said_to_be() -> None:
    """Where no threshold keeps the target, nobody reads a rate."""
    assert "is never proposed" in limit_in_words("new", NEVER)
    assert "wrong" not in limit_in_words("new", NEVER)


def test_a_rate_comes_with_its_interval_or_with_the_reason() -> None:
    """Too few individuals for an interval is itself what a reader must know."""
    assert "95 % interval 0 % to 8 %" in limit_in_words("same as", SURE)
    few = Limit(0.93, 0.02, None, None, 0.6)
    assert "too few individuals" in limit_in_words("same as", few)
    assert "too few individuals" in error_in_words(0.03, None, None)


def test_a_report_says_on_what_probabilities_rest() -> None:
    """How many, of how many animals, when, on what, how far off, and what is supposed."""
    limits = Limits(SURE, NEVER)
    found = Calibrated(
        "2026-05-04", "my-survey", 120, 25, 0.03, 0.01, 0.06, 0.5, 0.05, limits, limits
    )
    text = calibration_in_words(found)
    for said in ("2026-05-04", "my-survey", "120 queries of 25", "0.030", "50 %", "5 %", "93 %"):
        assert said in text
