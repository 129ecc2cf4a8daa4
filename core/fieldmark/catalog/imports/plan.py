"""What holds for a whole import."""

from dataclasses import dataclass, field
from typing import Any

from fieldmark.catalog.imports.stations import Stations


@dataclass(frozen=True)
class Plan:
    """What holds for a whole import.

    Attributes:
        command: how the run is called, e.g. `import folder`.
        name: of what is imported, without its folder; decisions are made by `import:<name>`.
        scope: its path, in which a label such as the sighting `7` means one encounter.
        source: who drew the boxes.
        species: of animals whose species the source does not say.
        options: what tells this import from others; a killed one is continued if they are equal.
        stations: how photos get their stations.
        station_words: how to say where a station's name came from.
        table: whether the source names stations itself, which is believed before GPS.
        tagged: whether the tags that people wrote into the photos are read.
    """

    command: str
    name: str
    scope: str
    source: str
    species: str
    options: dict[str, Any] = field(default_factory=dict)
    stations: Stations = "auto"
    station_words: str = "folder"
    table: bool = False
    tagged: bool = False
