"""A trained classifier of pairs is a text file that the matcher takes, and tells animals apart."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.testing.galleries import OpenRules
from fieldmark.training import Trained, TrainingContext, TrainingData
from fieldmark.types import Chip, Query, Vector
from fieldmark_baselines import DESCRIPTORS, PAIRS
from fieldmark_baselines.pairs import Classifier
from fieldmark_baselines.settings import DescriptorOptions, PairOptions, PairSettings

SMALL = DescriptorOptions(long_side=96)
SETTINGS = PairSettings(descriptors=SMALL, rounds=20, min_leaf=2, held_out=0.25)


def train(folder: Path, data: TrainingData, settings: PairSettings = SETTINGS) -> Trained:
    """Train in a folder."""
    assert PAIRS.training is not None
    folder.mkdir(exist_ok=True)
    return PAIRS.training.run(PairOptions(), settings, data, TrainingContext(folder, {"a": 1}))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, data: TrainingData) -> Trained:
    """Return a classifier of the drawn animals."""
    return train(tmp_path_factory.mktemp("pairs"), data)


def photos(data: TrainingData) -> list[Query]:
    """Return the vectors of the animals that were kept out, numbered."""
    embedder = DESCRIPTORS.build(SMALL, Context())
    chips = [data.load(sample) for sample in data.holdouts[0].queries]
    features = embedder.embed([chip for chip in chips if isinstance(chip, Chip)])
    return [Query(i, each) for i, each in enumerate(features)]


def test_the_folder_holds_the_model_and_its_description(trained: Trained) -> None:
    """The text is LightGBM's own; the description says with which settings it was made."""
    assert trained.weights.name == "model.txt"
    assert trained.weights.read_text(encoding="utf-8").startswith("tree\n")
    config = json.loads((trained.weights.parent / "config.json").read_text(encoding="utf-8"))
    assert config["fieldmark"] == {"format": 1, "record": {"a": 1}}
    assert config["settings"]["rounds"] == 20
    assert trained.best["held-out pairs accuracy"] > 0.6


def test_new_animals_are_found_again(trained: Trained, data: TrainingData) -> None:
    """Of animals it never saw, photos find the same one twice as often as by chance, 1 in 5."""
    matcher = PAIRS.build(PairOptions(), Context(weights=lambda: trained.weights))
    queries = photos(data)
    index = matcher.index()
    index.add([q.id for q in queries], [q.features for q in queries])
    found = index.search(queries, 1, OpenRules(named={q.id: q.id // 4 for q in queries}))
    right = [best.individual == q.id // 4 for q, (best,) in zip(queries, found, strict=True)]
    assert sum(right) > 2 / 5 * len(right)


def test_both_directions_score_the_same(trained: Trained, data: TrainingData) -> None:
    """Who asks and who is asked makes no difference."""
    score = Classifier(trained.weights, 1)
    rows = [q.features.values for q in photos(data) if isinstance(q.features, Vector)]
    forth, back = score(rows[0], np.stack(rows[1:2])), score(rows[1], np.stack(rows[0:1]))
    assert forth == back
    assert 0 < float(forth[0]) < 1


def test_vectors_of_another_embedder_are_refused(trained: Trained) -> None:
    """The sentence names the length that was learnt from, and the embedder."""
    with pytest.raises(UserError, match=r"trained on vectors of 451 numbers, got 2; use the"):
        Classifier(trained.weights, 1)(np.zeros(2, np.float32), np.zeros((1, 2), np.float32))


def test_threads_do_not_change_the_model(tmp_path: Path, data: TrainingData) -> None:
    """The same seed grows the same trees, whatever the number of threads."""
    few = SETTINGS.model_copy(update={"rounds": 2})
    made = [
        train(tmp_path / str(count), data, few.model_copy(update={"threads": count}))
        for count in (1, 2)
    ]
    one, other = (each.weights.read_text(encoding="utf-8") for each in made)
    assert one.partition("\nparameters:")[0] == other.partition("\nparameters:")[0]


def test_without_pairs_there_is_nothing_to_learn(tmp_path: Path, data: TrainingData) -> None:
    """One visit for each animal gives no pair that could be learnt from."""
    visits = tuple(replace(sample, encounter=sample.individual) for sample in data.train)
    with pytest.raises(UserError, match="there is no pair to learn from"):
        train(tmp_path, replace(data, train=visits))


def test_a_preview_writes_nothing(tmp_path: Path, data: TrainingData) -> None:
    """It counts the pairs: 8 animals with 6 pairs each, and as many of two animals."""
    assert PAIRS.training is not None
    found = PAIRS.training.preview(PairOptions(), SETTINGS, data, TrainingContext(tmp_path))
    assert "96 pairs, half of them of one animal" in found.facts
    assert found.epoch_seconds > 0
    assert list(tmp_path.iterdir()) == []
