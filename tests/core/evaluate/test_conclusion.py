"""The conclusion says what the intervals allow, and nothing more."""

from typing import Literal

import pytest

from fieldmark.evaluate.conclusion import CALIBRATED, WIDE, conclude
from fieldmark.evaluate.controls import BACKGROUND, MIRRORED
from fieldmark.evaluate.results import Cell, Comparison, Decided, Difference, Estimate
from fieldmark.evaluate.standing import FEW, LEAKY, NONE, strictness
from support.compared import between, cell, data_used, estimate, used


def compared(*cells: Cell, differences: tuple[Difference, ...] = ()) -> Comparison:
    """Return a comparison of these cells."""
    names = dict.fromkeys(each.pipeline for each in cells)
    return Comparison(
        version="1",
        command="fieldmark compare",
        machine="",
        made="",
        profile="nyala",
        pipelines=tuple(map(used, names)),
        data=(),
        cells=cells,
        differences=differences,
    )


def gap(first: str, second: str, value: float, half: float, data: str = "Nyala") -> Difference:
    """Return a paired difference in top-1 with its interval."""
    return Difference(
        data=data,
        protocol="encounter-disjoint",
        metric="top-1",
        first=first,
        second=second,
        estimate=between(value, half),
    )


def test_a_real_lead_is_said_with_its_size_and_its_interval() -> None:
    """The first sentence names the best pipeline, and by how much it is ahead."""
    first, *_ = conclude(
        compared(
            cell("local", top1=estimate(0.5)),
            cell("fused", top1=estimate(0.56)),
            differences=(gap("fused", "local", 0.06, 0.04),),
        )
    )
    assert "`fused` is the best pipeline" in first
    assert "56.0 % (49.0–63.0 %)" in first
    assert "6.0 points (2.0 to 10.0) more than `local`" in first
    assert "excludes zero" in first


def test_a_difference_is_understood_whichever_way_round_it_was_measured() -> None:
    """`local` minus `fused` below zero says the same as `fused` minus `local` above it."""
    first, *_ = conclude(
        compared(
            cell("local", top1=estimate(0.5)),
            cell("fused", top1=estimate(0.56)),
            differences=(gap("local", "fused", -0.06, 0.04),),
        )
    )
    assert "6.0 points (2.0 to 10.0) more than `local`" in first


def test_a_lead_whose_interval_holds_zero_is_no_lead() -> None:
    """No pipeline is called the best where another may be as good."""
    first, *_ = conclude(
        compared(
            cell("local", top1=estimate(0.55)),
            cell("fused", top1=estimate(0.56)),
            differences=(gap("fused", "local", 0.01, 0.04),),
        )
    )
    assert "cannot be told which pipeline is best" in first
    assert "an interval with zero in it" in first
    assert "is the best pipeline" not in first


def test_every_pipeline_that_may_be_as_good_is_named() -> None:
    """A sure lead over the second does not hide an unsure one over the third."""
    first, *_ = conclude(
        compared(
            cell("deep", top1=estimate(0.49)),
            cell("local", top1=estimate(0.5)),
            cell("fused", top1=estimate(0.56)),
            differences=(gap("fused", "local", 0.06, 0.01), gap("fused", "deep", 0.07, 0.1)),
        )
    )
    assert "`deep` may be as good" in first
    assert "cannot be told" in first


def test_without_a_paired_difference_nothing_is_called_better() -> None:
    """Two intervals side by side are no comparison."""
    first, *_ = conclude(
        compared(cell("local", top1=estimate(0.2)), cell("fused", top1=estimate(0.8)))
    )
    assert "not compared with it query by query" in first
    assert "cannot be told" in first


def test_a_pick_among_many_is_said_to_flatter() -> None:
    """The best of three was chosen on the same queries that it is judged by."""
    rivals = (gap("fused", "local", 0.2, 0.01), gap("fused", "deep", 0.3, 0.01))
    cells = [
        cell(name, top1=estimate(v)) for name, v in (("fused", 0.7), ("local", 0.5), ("deep", 0.4))
    ]
    assert any("best of 3" in said for said in conclude(compared(*cells, differences=rivals)))
    assert not any("best of" in said for said in conclude(compared(*cells[:2], differences=rivals)))


@pytest.mark.parametrize(
    ("individuals", "why"),
    [(NONE - 1, "not even an interval"), (NONE, "too narrow"), (FEW - 1, "too narrow")],
)
def test_too_few_individuals_say_nothing(individuals: int, why: str) -> None:
    """Below ten individuals with answerable queries no pipeline is called better or worse."""
    few = estimate(0.5, individuals=individuals)
    more = estimate(0.9, individuals=individuals)
    said = conclude(
        compared(
            cell("local", top1=few),
            cell("fused", top1=more),
            differences=(gap("fused", "local", 0.4, 0.1),),
        )
    )
    assert len(said) == 1
    assert "the data are too few to say anything" in said[0]
    assert f"{individuals} individuals" in said[0]
    assert why in said[0]


def test_ten_individuals_are_enough_to_be_asked() -> None:
    """The stated number is the one that counts."""
    first, *_ = conclude(compared(cell("local", top1=estimate(0.5, individuals=FEW))))
    assert "too few" not in first


def test_a_wide_interval_is_called_too_wide() -> None:
    """How good a pipeline is stays open where its interval is wider than the stated width."""
    wide = conclude(compared(cell("local", top1=estimate(0.5, WIDE / 2 + 0.01))))
    narrow = conclude(compared(cell("local", top1=estimate(0.5, WIDE / 2 - 0.01))))
    assert any("too few to say how good `local` is" in said for said in wide)
    assert not any("too few" in said for said in narrow)


def test_the_strictest_protocol_is_the_one_that_is_reported() -> None:
    """A closed set never outshines an answer without the query's own encounter."""
    said = conclude(
        compared(
            cell("local", protocol="closed-set", top1=estimate(0.95, 0.02)),
            cell("local", top1=estimate(0.5)),
        )
    )
    assert said[0].startswith("On Nyala (`encounter-disjoint`)")
    (leak,) = [each for each in said if "closed-set" in each]
    assert "do not quote the first" in leak


def test_protocols_that_agree_are_not_called_leaky() -> None:
    """Touching intervals are no evidence of a leak."""
    said = conclude(
        compared(
            cell("local", protocol="closed-set", top1=estimate(0.6)),
            cell("local", top1=estimate(0.5)),
        )
    )
    assert not any("closed-set" in each for each in said)


@pytest.mark.parametrize("protocol", [*LEAKY, "wildlife-time-cutoff"])
def test_a_leaky_protocol_alone_is_warned_of(protocol: str) -> None:
    """Where nothing stricter was asked, the reader is told what to ask."""
    said = conclude(compared(cell("local", protocol=protocol, top1=estimate(0.9))))
    assert any("--protocol encounter-disjoint" in each for each in said)


def test_visits_that_nobody_knows_are_warned_of() -> None:
    """Without encounters the strictest protocol is none, whatever its name."""
    known = compared(cell("local", top1=estimate(0.9)))
    used = data_used("Nyala", "encounter-disjoint")
    unknown = used.model_copy(update={"encounters": None})
    words = "not known which photos are of one visit"
    assert any(words in s for s in conclude(known.model_copy(update={"data": (unknown,)})))
    assert not any(words in s for s in conclude(known.model_copy(update={"data": (used,)})))


def test_an_unknown_protocol_stands_between_the_strict_and_the_leaky() -> None:
    """Only what is known to leak comes after it."""
    order = sorted(["closed-set", "own", "unseen-species", "open-set"], key=strictness)
    assert order == ["unseen-species", "open-set", "own", "closed-set"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"{BACKGROUND}local", "the enclosure or the site"),
        (f"{MIRRORED}local", "not to the pattern"),
    ],
)
def test_a_control_above_chance_is_pointed_at(name: str, words: str) -> None:
    """What is reached without the animal is owed to something else."""
    above = cell(name, top1=estimate(0.3), chance=0.02)
    at_chance = cell(name, top1=estimate(0.05), chance=0.02)
    local = cell("local", top1=estimate(0.6))
    assert any(words in said for said in conclude(compared(local, above)))
    assert not any(words in said for said in conclude(compared(local, at_chance)))


def test_a_floor_as_good_as_a_network_is_pointed_at() -> None:
    """A pipeline that may be no better than guessing is no evidence of recognising."""
    cells = cell("deep", top1=estimate(0.1)), cell("random", top1=estimate(0.08))
    same = conclude(compared(*cells, differences=(gap("deep", "random", 0.02, 0.05),)))
    better = conclude(compared(*cells, differences=(gap("deep", "random", 0.02, 0.01),)))
    assert any("`deep` cannot be told apart from `random`" in said for said in same)
    assert not any("cannot be told apart" in said for said in better)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (estimate(CALIBRATED + 0.04, 0.01), "cannot be taken at their word"),
        (estimate(CALIBRATED - 0.01, 0.03), "cannot be told"),
        (estimate(CALIBRATED - 0.03, 0.01), "can be taken at their word"),
        (Estimate(value=0.01), "cannot be told"),
        (None, "is not calibrated"),
    ],
)
def test_calibration_is_judged_by_its_interval(error: Estimate | None, words: str) -> None:
    """Probabilities are trusted only where the whole interval lies under the aim."""
    metrics = {"top-1": estimate(0.5)} | ({} if error is None else {"ECE": error})
    (said,) = [each for each in conclude(compared(cell("local", metrics=metrics))) if words in each]
    assert "`local`" in said


def decided(threshold: float | None, rate: Estimate | None) -> Decided:
    """Return that 40 % of 300 queries are decided at 5 % wrong names."""
    kind: Literal["false-match"] = "false-match"
    return Decided(kind=kind, target=0.05, threshold=threshold, decided=estimate(0.4), rate=rate)


@pytest.mark.parametrize(
    ("threshold", "rate", "words"),
    [
        (None, None, "No threshold of `local` keeps at most 5 % wrong names"),
        (0.9, estimate(0.02, 0.01), "2.0 % (1.0–3.0 %) were wrong."),
        (0.9, estimate(0.04, 0.03), "so it may be more than asked for"),
        (0.9, None, "could not be measured"),
    ],
)
def test_the_work_left_for_a_person_is_said(
    threshold: float | None, rate: Estimate | None, words: str
) -> None:
    """How many queries are decided at 5 % wrong names, and whether the rate was kept."""
    known = cell("local", top1=estimate(0.5), decided=(decided(threshold, rate),))
    (said,) = [each for each in conclude(compared(known)) if words in each]
    assert threshold is None or "(120 of 300)" in said


def test_several_sets_of_data_are_summed_up_first() -> None:
    """The first sentence says who leads where, and where the lead is sure."""
    cells = [
        cell(name, data, top1=estimate(value))
        for data in ("Nyala", "ATRW")
        for name, value in (("local", 0.5), ("fused", 0.6))
    ]
    sure, unsure = gap("fused", "local", 0.1, 0.05), gap("fused", "local", 0.1, 0.2, "ATRW")
    first, second, *_ = conclude(compared(*cells, differences=(sure, unsure)))
    assert first == (
        "`fused` is first on all 2 sets of data."
        " The lead over every other pipeline is sure on Nyala."
    )
    assert second.startswith("On Nyala (`encounter-disjoint`)")


def test_leaders_that_differ_are_all_named() -> None:
    """No pipeline is made the winner of data that another leads."""
    few = estimate(0.9, individuals=3)
    cells = (
        cell("local", "Nyala", top1=estimate(0.5)),
        cell("fused", "Nyala", top1=estimate(0.6)),
        cell("local", "ATRW", top1=estimate(0.6)),
        cell("fused", "ATRW", top1=estimate(0.5)),
        cell("fused", "Lions", top1=few),
    )
    first, *_ = conclude(compared(*cells))
    assert "`fused` is first on Nyala; `local` is first on ATRW" in first
    assert "1 are too few to say anything" in first
    assert "Nowhere" in first


def test_without_a_result_nothing_is_concluded() -> None:
    """An empty comparison says so."""
    assert conclude(compared()) == ("Nothing can be concluded: no pipeline gave a result.",)
    assert conclude(compared(cell("local"))) == conclude(compared())
