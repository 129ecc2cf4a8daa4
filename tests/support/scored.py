"""Tables of scores for the tests of metrics, and what they say put down as plain lists."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from fieldmark.types import Floats, Ids


class Scored(NamedTuple):
    """What a metric takes: values (q, m), owners of the columns, truth of the rows."""

    values: Floats
    owners: Ids
    truth: Ids


def scored(seed: int, q: int = 60, m: int = 80, people: int = 12, levels: int = 0) -> Scored:
    """Return random scores in which right columns are a little higher.

    One pair in ten may not be compared. Some queries have no right column. With `levels`, there are
    about so many different values, so that most are tied, and one in ten is −inf; with 0 no two are
    equal.
    """
    rng = np.random.default_rng(seed)
    owners, truth = rng.integers(0, people, m), rng.integers(0, people + 2, q)
    same = owners == truth[:, None]
    values = (rng.permutation(q * m).reshape(q, m) + (0.3 * q * m + 0.5) * same) / (q * m)
    if levels:
        values = np.floor(values * levels)
    kind = rng.random((q, m))
    values[kind < 0.1] = np.nan
    values[(kind > 0.9) & (levels > 0)] = -np.inf
    return Scored(values.astype(np.float32), owners, truth)


def listed(row: Floats, owners: Ids) -> list[int]:
    """Return the owners of the comparable columns, the best first; ties in the order of columns."""
    columns = [column for column, value in enumerate(row) if not np.isnan(value)]
    columns.sort(key=lambda column: -float(row[column]))
    return [int(owners[column]) for column in columns]


@st.composite
def tables(draw: st.DrawFn, ties: bool = True) -> Scored:
    """Draw small tables with few individuals; without `ties`, all values of a row differ."""
    q, m = draw(st.integers(1, 6)), draw(st.integers(1, 12))
    owners = draw(st.lists(st.integers(0, 4), min_size=m, max_size=m))
    truth = draw(st.lists(st.integers(0, 5), min_size=q, max_size=q))
    if ties:
        cell = st.sampled_from([np.nan, -np.inf, 0.0, 1.0, 2.0])
        values = [draw(st.lists(cell, min_size=m, max_size=m)) for _ in range(q)]
    else:
        values = [
            [v if kept else np.nan for v, kept in zip(order, some, strict=True)]
            for order, some in (
                (
                    draw(st.permutations(range(m))),
                    draw(st.lists(st.booleans(), min_size=m, max_size=m)),
                )
                for _ in range(q)
            )
        ]
    return Scored(
        np.array(values, np.float32).reshape(q, m),
        np.array(owners, np.int64),
        np.array(truth, np.int64),
    )
