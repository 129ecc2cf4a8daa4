"""The weights that a fine-tuning begins with: a file, a training's folder, or a shared model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldmark.api.weights import in_words, shelf
from fieldmark.errors import UserError
from fieldmark.learn.header import record_or_nothing, weights_file
from fieldmark_registry.cards import Card
from fieldmark_registry.licences import Policy, refuse


@dataclass(frozen=True)
class Start:
    """Weights to begin with.

    Attributes:
        weights: the file.
        embedder: what loads them where they do not say so themselves; None where they do.
        base: the shared weights that they come from: `name`, `reference`, `licence`; None where
            they were trained from the beginning.
    """

    weights: Path
    embedder: str | None = None
    base: Mapping[str, str] | None = None


def start_from(text: str, policy: Policy) -> Start:
    """Return the weights that a person means.

    Raises:
        UserError: if they are not here, or the policy refuses their licence.
    """
    path = Path(text).expanduser()
    if path.exists():
        file = weights_file(path)
        return Start(file, base=_base_of(file))
    with in_words():
        found = shelf().locate(text)
        weights = shelf().verified(text)
        name = found.card.name if found.card else text.partition("#")[0]
        refuse(found.licence, policy, name)
    base = {"name": name, "reference": str(found.reference), "licence": found.licence.text}
    embedder = _embedder(found.card) if found.card else "timm"
    return Start(weights, None if _own(weights) else embedder, base)


def _embedder(card: Card) -> str:
    if card.embedder is None:
        raise UserError(
            f"{card.name} is a detector, and only what makes vectors can be trained on; to see"
            " which models do: fieldmark models list"
        )
    return card.embedder


def _base_of(weights: Path) -> Mapping[str, str] | None:
    base = record_or_nothing(weights).get("base")
    return base if isinstance(base, dict) else None


def _own(weights: Path) -> bool:
    return "component" in record_or_nothing(weights)
