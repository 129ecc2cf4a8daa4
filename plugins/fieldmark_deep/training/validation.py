"""Measuring a network on what was kept out of its training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from fieldmark.types import Floats
from fieldmark_deep.engines import torch_engine
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.training.chips import Chips
from fieldmark_deep.training.retrieval import Answers, Batch, answer

_BATCH = 64


@dataclass(frozen=True)
class Place:
    """Where a holdout's samples are among the chips.

    Attributes:
        queries, gallery: places; an empty gallery: the queries search among themselves.
        incomparable: whether opposite sides are never compared.
    """

    name: str
    queries: tuple[int, ...]
    gallery: tuple[int, ...]
    incomparable: bool = False


def embed(
    network: EmbeddingNetwork,
    chips: Chips,
    places: Sequence[int],
    device: torch.device,
    precision: torch.dtype,
) -> Floats:
    """Return the network's outputs for some chips: (n, d) float32."""
    training = network.training
    engine = torch_engine(network, device, precision, compiled=False)
    lists = [places[start : start + _BATCH] for start in range(0, len(places), _BATCH)]
    rows = [engine(batch).numpy() for batch in chips.batches(lists)]
    network.train(training)
    width = network.embedding_size
    return np.concatenate(rows) if rows else np.empty((0, width), np.float32)


def retrieve(place: Place, made: dict[int, Floats], chips: Chips) -> Answers:
    """Search a holdout's queries in its gallery, with embeddings by place."""
    return answer(
        _side(place.queries, made, chips),
        _side(place.gallery, made, chips) if place.gallery else None,
        incomparable=place.incomparable,
    )


def _side(places: Sequence[int], made: dict[int, Floats], chips: Chips) -> Batch:
    return Batch(np.stack([made[p] for p in places]), [chips.samples[p] for p in places])


def accuracy(
    place: Place, made: dict[int, Floats], labels: Mapping[int, str], names: Sequence[str]
) -> dict[str, float]:
    """Return a classifier's accuracy: over all photos (micro), and averaged over classes (macro).

    Photos of classes that the classifier never learnt are left out.

    Args:
        place: of which the queries are asked.
        made: the network's outputs by place.
        labels: the true class of each place.
        names: of the classes, in the order of the outputs.
    """
    known = [p for p in place.queries if labels[p] in names]
    if not known:
        return {"queries": 0.0}
    wanted = np.array([names.index(labels[p]) for p in known])
    right = np.array([made[p].argmax() for p in known]) == wanted
    macro = [right[wanted == each].mean() for each in np.unique(wanted)]
    return {"micro": float(right.mean()), "macro": float(np.mean(macro)), "queries": len(known)}
