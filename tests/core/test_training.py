"""What the core and a plugin say to each other about training."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from fieldmark.training import merged

GROUPS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), st.integers() | inner, max_size=3),
    max_leaves=8,
)


def test_groups_are_merged_key_by_key() -> None:
    """The second wins; what it does not say stays; a value takes the place of a group."""
    first = {"rate": {"kind": "step", "factor": 0.5}, "epochs": 55, "loss": {"margin": 1}}
    second = {"rate": {"factor": 0.1}, "loss": None, "seed": 1}
    assert merged(first, second) == {
        "rate": {"kind": "step", "factor": 0.1},
        "epochs": 55,
        "loss": None,
        "seed": 1,
    }


@given(first=GROUPS, second=GROUPS)
def test_merging_keeps_the_second_and_changes_neither(
    first: dict[str, object], second: dict[str, object]
) -> None:
    """Merging once more changes nothing, and what is merged stays as it was."""
    before = deepcopy((first, second))
    once = merged(first, second)
    assert merged(once, second) == once
    assert (first, second) == before
