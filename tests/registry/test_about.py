"""What the weights say of themselves fills in what the publisher does not say."""

from typing import Any

from fieldmark_registry.about import About, Dataset, Row, measured

RECORD: dict[str, Any] = {
    "data": [{"name": "Amur tigers", "photos": 1887, "sha256": "0" * 64}],
    "measured": {
        "epoch": 6,
        "new individuals top-1": 0.2968299711815562,
        "new individuals mAP": 0.26693721394245645,
        "new individuals queries": 347.0,
    },
}


def test_what_a_training_measured() -> None:
    """Measurements become rows; how many queries there were is their note."""
    assert measured(RECORD) == (
        Row("new individuals", "top-1", 0.2968299711815562, "347 queries"),
        Row("new individuals", "mAP", 0.26693721394245645, "347 queries"),
    )
    assert measured({}) == ()
    assert measured({"measured": {"new encounters top-1": None, "epoch": 3}}) == ()


def test_publisher_comes_first() -> None:
    """What the publisher says takes the place of what the record says."""
    assert About("x", "MIT", record=RECORD).sets == (Dataset("Amur tigers"),)
    told = About(
        "x", "MIT", record=RECORD, datasets=(Dataset("y", "MIT"),), scores=[Row("z", "w", 1)]
    )
    assert told.sets == (Dataset("y", "MIT"),)
    assert told.rows == (Row("z", "w", 1),)
