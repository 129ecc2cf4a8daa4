"""The list of all protocols, and drawing one by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.protocols.asking_all import ATRW_PLAIN, ENCOUNTER_DISJOINT
from fieldmark.evaluate.protocols.enrolled import CLOSED_SET, ENCOUNTER_SPLIT, OPEN_SET
from fieldmark.evaluate.protocols.given import AS_GIVEN, TIME_AWARE
from fieldmark.evaluate.protocols.held import DISJOINT, UNSEEN_SPECIES
from fieldmark.evaluate.protocols.parts import Protocol, Settings
from fieldmark.evaluate.protocols.wildlife import WILDLIFE_PROTOCOLS
from fieldmark.evaluate.split import Split
from fieldmark.wording import did_you_mean

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType({
    protocol.name: protocol
    for protocol in (
        ENCOUNTER_DISJOINT, ENCOUNTER_SPLIT, OPEN_SET, TIME_AWARE, DISJOINT, UNSEEN_SPECIES,
        CLOSED_SET, AS_GIVEN, ATRW_PLAIN, *WILDLIFE_PROTOCOLS,
    )
})  # fmt: skip
"""All protocols by name; those that suit a survey come first."""

DEFAULTS: Settings = MappingProxyType({})


def default_protocol(animals: Animals) -> str:  # noqa: ARG001 - for callers, the data decide
    """Return the name of the protocol that suits the data if nobody says one.

    It is `encounter-disjoint` for all: without encounters, each photo is its own.
    """
    return ENCOUNTER_DISJOINT.name


def draw(name: str, animals: Animals, seed: int = 0, settings: Settings = DEFAULTS) -> Split:
    """Draw a split.

    Args:
        name: of the protocol.
        animals: the data.
        seed: what the draw hangs on.
        settings: of the protocol, by name; those left out have their defaults.

    Raises:
        UserError: if there is no such protocol or setting, or the data cannot serve it.
    """
    if name not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise UserError(
            f"there is no protocol {name!r}; say one of {known}{did_you_mean(name, PROTOCOLS)}"
        )
    protocol = PROTOCOLS[name]
    for setting in settings:
        if setting not in protocol.settings:
            known = ", ".join(protocol.settings) or "none"
            raise UserError(
                f"the protocol {name} has no setting {setting!r}; it has {known}"
                f"{did_you_mean(setting, protocol.settings)}"
            )
    return protocol.draw(animals, seed, {**protocol.settings, **settings})
