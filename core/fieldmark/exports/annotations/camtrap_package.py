"""datapackage.json of Camtrap DP: what the package is, and of which time, place and species."""

from typing import Any

from fieldmark import __version__
from fieldmark.catalog.tables import utc_now
from fieldmark.exports.annotations.camtrap_deployments import Stand
from fieldmark.exports.annotations.camtrap_terms import ADDRESS, TABLES
from fieldmark.exports.annotations.outgoing import Outgoing


def datapackage(outgoing: Outgoing, stands: list[Stand]) -> dict[str, Any]:
    """Return the description; `stands` must not be empty."""
    return {
        "profile": f"{ADDRESS}/camtrap-dp-profile.json",
        "name": "fieldmark-export",
        "title": outgoing.package.title,
        "description": f"Written by fieldmark {__version__}. {outgoing.terms.sentence}",
        "created": utc_now(),
        "contributors": [{"title": "Not stated", "role": "contributor"}],
        "project": {
            "title": outgoing.package.title,
            "samplingDesign": "opportunistic",
            "captureMethod": ["activityDetection"],
            "individualAnimals": True,
            "observationLevel": ["media", "event"],
        },
        **_generalised(outgoing),
        "spatial": _spatial(stands),
        "temporal": {
            "start": min(one.start for one in stands)[:10],
            "end": max(one.end for one in stands)[:10],
        },
        "taxonomic": [
            {"scientificName": name}
            for name in dict.fromkeys(map(outgoing.scientific, outgoing.species_there()))
        ],
        "resources": [_resource(name) for name in TABLES],
    }


def _resource(name: str) -> dict[str, str]:
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": f"{ADDRESS}/{name}-table-schema.json",
    }


def _generalised(outgoing: Outgoing) -> dict[str, Any]:
    """Say how places were generalised; `dataGeneralizations` is Darwin Core's word for it."""
    if outgoing.terms.private:
        return {}
    step = outgoing.terms.precision
    return {
        "coordinatePrecision": step,
        "dataGeneralizations": f"Coordinates are rounded to {step:g}°; the names of stations, files"
        " and people are replaced.",
    }


def _spatial(stands: list[Stand]) -> dict[str, Any]:
    """Return the rectangle around the cameras, as GeoJSON, counter-clockwise."""
    south, north = min(s.latitude for s in stands), max(s.latitude for s in stands)
    west, east = min(s.longitude for s in stands), max(s.longitude for s in stands)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
