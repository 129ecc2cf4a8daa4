"""A JSON Schema of profiles for editors, with the options of the installed components.

It holds every part twice: as a profile that stands alone must say it, and, named `Heir…`, as one
that inherits may say it, with keys left out or `null`.
"""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Role
from fieldmark.profile.checks import Installed
from fieldmark.profile.merging import EXTENDS, OWN
from fieldmark.profile.models import (
    DetectStep,
    EmbedStep,
    Encounter,
    MatchStep,
    Pipeline,
    PreprocessStep,
    Profile,
    SideClassifier,
    Sides,
    Step,
)

_STEPS: tuple[type[Step], ...] = (
    DetectStep,
    PreprocessStep,
    SideClassifier,
    EmbedStep,
    MatchStep,
)
_MERGED = (
    Profile,
    Sides,
    SideClassifier,
    Encounter,
    Pipeline,
    DetectStep,
    EmbedStep,
    MatchStep,
)
"""What is merged key by key; steps of `preprocess` are not, because lists are replaced whole."""


def json_schema(installed: Installed) -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) that knows the installed components' options."""
    whole = Profile.model_json_schema()
    definitions = whole.pop("$defs")
    pipelines = whole["properties"]["pipelines"]
    pipelines["patternProperties"] = dict.fromkeys(
        pipelines["patternProperties"], _either("Pipeline")
    )
    pipelines["additionalProperties"] = False
    for step in _STEPS:
        records = installed.components(step.role)
        definitions[step.__name__]["properties"]["use"]["enum"] = [r.name for r in records]
        definitions[step.__name__]["allOf"] = [_when(record, step.role) for record in records]
        for record in records:
            definitions.update(_options(record, step.role))
    definitions["Profile"] = whole
    definitions.update({_heir(part.__name__): _partial(definitions, part) for part in _MERGED})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Profile",
        "if": {"required": [EXTENDS]},
        "then": {"$ref": "#/$defs/HeirProfile"},
        "else": {"$ref": "#/$defs/Profile"},
        "$defs": definitions,
    }


def _either(pipeline: str) -> dict[str, Any]:
    """Say which kind of pipeline is meant, so that an editor complains about that kind alone."""
    return {
        "if": {"required": ["fuse"]},
        "then": {"$ref": "#/$defs/Fusion"},
        "else": {"$ref": f"#/$defs/{pipeline}"},
    }


def _when(record: Component[Any, Any], role: Role) -> dict[str, Any]:
    then: dict[str, Any] = {"properties": {"options": {"$ref": f"#/$defs/{_key(record, role)}"}}}
    if any(field.is_required() for field in record.options.model_fields.values()):
        then["required"] = ["options"]
    return {"if": {"properties": {"use": {"const": record.name}}}, "then": then}


def _options(record: Component[Any, Any], role: Role) -> Iterator[tuple[str, Any]]:
    key = _key(record, role)
    schema = record.options.model_json_schema(ref_template=f"#/$defs/{key}.{{model}}")
    inner = schema.pop("$defs", {})
    yield key, schema
    yield from ((f"{key}.{name}", part) for name, part in inner.items())


def _key(record: Component[Any, Any], role: Role) -> str:
    return f"{role}-{record.name}"


def _heir(name: str) -> str:
    return f"Heir{name}"


def _partial(definitions: dict[str, Any], part: type[Any]) -> dict[str, Any]:
    """Return what a part may say where the rest of it is inherited."""
    whole = definitions[part.__name__]
    properties = {
        key: value if part is Profile and key in OWN else _nullable(_partly(key, value))
        for key, value in whole["properties"].items()
    }
    required = [key for key in whole.get("required", []) if part is Profile and key in OWN]
    partial = {**whole, "properties": properties, "required": required}
    if "allOf" in whole:
        partial["allOf"] = [_named(rule, definitions) for rule in whole["allOf"]]
    return partial


def _partly(key: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return a property whose parts, too, may be left out."""
    if key == "pipelines":
        each = _nullable(_either(_heir("Pipeline")))
        patterns = dict.fromkeys(value["patternProperties"], each)
        return {**value, "minProperties": 0, "patternProperties": patterns}
    names = [part.__name__ for part in _MERGED]
    found = [name for name in names if f"'#/$defs/{name}'" in str(value)]
    if not found:
        return value
    kept = {key: each for key, each in value.items() if key not in ("$ref", "anyOf", "default")}
    return {**kept, "$ref": f"#/$defs/{_heir(found[0])}"}


def _nullable(value: dict[str, Any]) -> dict[str, Any]:
    """Return what a value may be, or null, which removes what is inherited.

    Written as a condition, because of an `anyOf` editors say no more than that nothing fits.
    """
    notes = ("description", "title")
    told = {key: each for key, each in value.items() if key in notes}
    rest = {key: each for key, each in value.items() if key not in notes}
    return {**told, "if": {"type": "null"}, "else": rest}


def _named(rule: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the rule for a component's options where the component itself may be inherited.

    Options that must be there may be inherited, too, so none is asked for.
    """
    options = rule["then"]["properties"]["options"]
    definition = definitions[options["$ref"].rpartition("/")[2]]
    if "required" in definition:
        options = {**definition, "required": []}
    return {
        "if": {**rule["if"], "required": ["use"]},
        "then": {"properties": {"options": _nullable(options)}},
    }
