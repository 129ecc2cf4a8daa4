"""What an import remembers of what it could not use."""

from fieldmark.catalog.imports import summary
from fieldmark.catalog.imports.summary import Tally


def test_the_list_of_what_was_rejected_is_bounded() -> None:
    """A million missing photos are counted, and the first of them listed."""
    tally = Tally()
    for number in range(summary.KEPT + 5):
        tally.reject(f"row {number}", "there is no such file")
    made = tally.summary(1, 0)
    assert (len(made.rejected), made.rejected_more) == (summary.KEPT, 5)
    assert made.as_json()["rejected_total"] == summary.KEPT + 5


def test_the_kinds_of_notes_are_bounded() -> None:
    """Notes that quote the source are counted together when there are too many kinds."""
    tally = Tally()
    for number in range(summary.KINDS + 5):
        tally.remark(f"the side {number!r} is not known")
    tally.remark("the side 0 is not known")
    assert len(tally.remarks) == summary.KINDS + 1
    assert tally.remarks.total() == summary.KINDS + 6
    assert tally.remarks["the side 0 is not known"] == 2
