"""The models of this computer, seen from profiles and from what was trained here."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fieldmark.api.selftest import Subject
from fieldmark.api.weights import in_words, shelf
from fieldmark.errors import ProfileError, UserError
from fieldmark.learn.header import record_or_nothing
from fieldmark.profile import Fusion, Profile, find_profile, list_profiles, load_profile
from fieldmark_registry.cards import Card
from fieldmark_registry.licences import Licence, licence_of

State = Literal["here", "not here", "not pinned"]


@dataclass(frozen=True)
class Listed:
    """A model card, and whether its weights are on this computer."""

    card: Card
    origin: str
    licence: Licence
    state: State


def listed(text: str = "") -> list[Listed]:
    """Return the model cards, in order of their names; with a text only those that mention it.

    Raises:
        UserError: if a card of the user's cannot be read.
    """
    with in_words():
        cards = shelf().cards
        found = cards.search(text) if text else [cards.get(name) for name in cards.names()]
        return [
            Listed(card, cards.origin(card.name), licence_of(card.licence), _state(card))
            for card in found
        ]


def _state(card: Card) -> State:
    if not card.pinned:
        return "not pinned"
    return "here" if shelf().locate(card.name).path else "not here"


def here() -> list[str]:
    """Return what names the weights on this computer: cards, then references without a card.

    Files that nobody fetched by fieldmark, and no card names, are not known to it.
    """
    cards = [each.card.name for each in listed() if each.state == "here"]
    with in_words():
        mine = shelf()
        named = {receipt.reference for _, receipt in mine.receipts.all() if receipt}
        named |= {entry.origin.get("reference", "") for entry in mine.store.all()}
        others = named - {"", *(str(mine.exact(name)) for name in cards)}
        return [*cards, *(text for text in sorted(others) if mine.locate(text).path)]


def references(
    names: Sequence[str], species: str | None, pipeline: str | None, *, photos: bool = False
) -> list[str]:
    """Return the references to weights that are meant, each once.

    Args:
        names: of cards, or references.
        species: a profile, whose pipelines' weights are added.
        pipeline: of that profile only this one.
        photos: also those of what looks at photos before any pipeline, unless one is named.

    Raises:
        UserError: if nothing is meant, or the profile has no such pipeline.
    """
    wanted = list(names)
    if species is not None:
        profile = load_profile(find_profile(species, Path()))
        chosen = [pipeline] if pipeline else list(profile.pipelines)
        wanted += [text for name in chosen for text in weights_of(profile, name)]
        wanted += _of_photos(profile) if photos and not pipeline else []
        if not wanted:
            raise UserError(
                f"no pipeline of {profile.name} that was asked for names weights; to see them:"
                f" fieldmark species show {profile.name} --resolved"
            )
    if not wanted:
        raise UserError(
            "name a model card (fieldmark models list), a reference, or a profile with --species"
        )
    return list(dict.fromkeys(wanted))


def weights_of(profile: Profile, pipeline: str) -> list[str]:
    """Return the references that a pipeline of a profile names, those of its parts included."""
    found = profile.pipeline(pipeline)
    if isinstance(found, Fusion):
        return [text for part in found.fuse for text in weights_of(profile, part)]
    steps = (*found.preprocess, found.embed, found.match)
    return [step.weights for step in steps if step.weights]


def _of_photos(profile: Profile) -> list[str]:
    """Return the references of what looks at photos: the detector, and what says their sides."""
    classifier = profile.sides.classifier
    before = classifier.preprocess if classifier else ()
    steps = (profile.detect, *before, classifier)
    return [step.weights for step in steps if step and step.weights]


def named_anywhere(project: Path) -> set[str]:
    """Return every reference that a profile or a pinned card names: what must be kept.

    A profile that cannot be read may name anything, so that it stops whoever wants to delete.

    Raises:
        UserError: if a profile cannot be read.
    """
    named: set[str] = set()
    for found in list_profiles(project):
        try:
            profile = load_profile(found.path)
        except ProfileError as error:
            raise UserError(
                f"{found.path} cannot be read, so it is not known which weights it needs and"
                f" nothing is deleted; mend it: fieldmark species check {found.path}"
            ) from error
        for name in profile.pipelines:
            named |= set(weights_of(profile, name))
        named |= set(_of_photos(profile))
    with in_words():
        cards = shelf().cards
        named |= {name for name in cards.names() if cards.get(name).pinned}
        exact = set()
        for text in named:
            with suppress(ValueError):  # a card that is not pinned keeps nothing
                exact.add(str(shelf().exact(text)))
    return exact


def subject_of(reference: str) -> Subject:
    """Return weights, verified, and the component that loads them.

    Raises:
        UserError: if they are not here, or it is not known what loads them.
    """
    with in_words():
        found = shelf().locate(reference)
        weights = shelf().verified(reference)
    record = record_or_nothing(weights)
    if found.card and found.card.embedder is None:
        raise UserError(
            f"{found.card.name} is a detector, and only what makes vectors has a self-test; to try"
            f" it: fieldmark detect --detector {found.card.detector} --weights {found.card.name}"
        )
    if found.card and found.card.embedder is not None:
        return Subject(found.card.embedder, {}, weights, found.card.input.channels)
    if not record:  # a plain file of the hub: the component for any network of timm
        return Subject("timm", {}, weights)
    return subject_of_training(weights, record)


def subject_of_training(weights: Path, record: dict[str, Any]) -> Subject:
    """Return weights that were trained here as what a self-test takes.

    Raises:
        UserError: if they are no embedder's.
    """
    if record["role"] != "embedder":
        raise UserError(
            f"{weights.name} belongs to the {record['role']} {record['component']}; only embedders"
            " have a self-test"
        )
    channels = record.get("settings", {}).get("network", {}).get("channels", 3)
    return Subject(record["component"], record["options"], weights, int(channels))
