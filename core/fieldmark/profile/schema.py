"""A JSON Schema of profiles for editors, with the options of the installed components."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Role
from fieldmark.profile.checks import Installed
from fieldmark.profile.models import (
    DetectStep,
    EmbedStep,
    MatchStep,
    PreprocessStep,
    Profile,
    Step,
)

_STEPS: tuple[type[Step], ...] = (DetectStep, PreprocessStep, EmbedStep, MatchStep)


def json_schema(installed: Installed) -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) that knows the installed components' options."""
    schema = Profile.model_json_schema()
    definitions = schema["$defs"]
    pipelines = schema["properties"]["pipelines"]
    pipelines["patternProperties"] = dict.fromkeys(pipelines["patternProperties"], _either())
    pipelines["additionalProperties"] = False
    for step in _STEPS:
        records = installed.components(step.role)
        definitions[step.__name__]["properties"]["use"]["enum"] = [r.name for r in records]
        definitions[step.__name__]["allOf"] = [_when(record, step.role) for record in records]
        for record in records:
            definitions.update(_options(record, step.role))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _either() -> dict[str, Any]:
    """Say which kind of pipeline is meant, so that an editor complains about that kind alone."""
    return {
        "if": {"required": ["fuse"]},
        "then": {"$ref": "#/$defs/Fusion"},
        "else": {"$ref": "#/$defs/Pipeline"},
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
