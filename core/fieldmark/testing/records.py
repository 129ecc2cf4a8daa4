"""Checks for every component: its record, its options, and what importing the plugin costs."""

import os
import subprocess
import sys

from pydantic import ValidationError

from fieldmark.components import (
    NAME,
    Detector,
    Embedder,
    Matcher,
    Options,
    Preprocessor,
    Role,
    fingerprint,
)
from fieldmark.testing.subjects import Subject, require

HEAVY = ("cv2", "faiss", "onnxruntime", "sklearn", "tensorflow", "timm", "torch", "torchvision")
"""Modules that only `build` may import, because listing the plugins would pay for them."""

_PROTOCOLS = {
    Role.DETECTOR: Detector,
    Role.PREPROCESSOR: Preprocessor,
    Role.EMBEDDER: Embedder,
    Role.MATCHER: Matcher,
}


def import_is_light(module: str) -> None:
    """Importing the plugin imports no heavy library, in a fresh interpreter."""
    code = (
        "import importlib, sys; importlib.import_module(sys.argv[1]);"
        " print(*(name for name in sys.argv[2:] if name in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", code, module, *HEAVY]
    done = subprocess.run(  # noqa: S603 -- our own interpreter
        command, env=environment, capture_output=True, text=True, check=False
    )
    require(done.returncode == 0, f"importing {module} in a fresh interpreter fails: {done.stderr}")
    heavy = ", ".join(done.stdout.split())
    require(not heavy, f"importing {module} imports {heavy}; import it inside build")


def name_is_lower_case_words(subject: Subject) -> None:
    """The name can be written in a profile."""
    name: object = subject.record.name
    valid = isinstance(name, str) and NAME.fullmatch(name)
    require(valid, f"the name must be lower case words joined by hyphens, got {name!r}")


def summary_is_one_line(subject: Subject) -> None:
    """The summary fits a list."""
    summary: object = subject.record.summary
    valid = isinstance(summary, str) and summary.strip() and len(summary.splitlines()) == 1
    require(valid, f"the summary must be one non-empty line, got {summary!r}")


def kind_is_declared(subject: Subject) -> None:
    """An embedder says what it emits, a matcher what it takes."""
    record, role = subject.record, subject.role
    emits, takes = role is Role.EMBEDDER, role is Role.MATCHER
    require(record.emits or not emits, "an embedder must say which kind of features it emits")
    require(record.takes or not takes, "a matcher must say which kind of features it takes")


def options_refuse_unknown_keys(subject: Subject) -> None:
    """A misspelt option is an error, never silently ignored."""
    options: object = subject.record.options
    proper = isinstance(options, type) and issubclass(options, Options)
    require(proper, "options must be a subclass of fieldmark.components.Options")
    try:
        subject.record.options.model_validate({**subject.record.example, "no-such-option": 1})
    except ValidationError as error:
        refused = any(each["type"] == "extra_forbidden" for each in error.errors())
        require(refused, f"the example's options are not valid: {error}")
        return
    require(condition=False, message="options accept an unknown key; keep extra='forbid'")


def options_have_a_fingerprint(subject: Subject) -> None:
    """The options can be written as JSON, so that features are cached under what made them."""
    options = subject.record.options.model_validate(dict(subject.record.example))
    again = subject.record.options.model_validate(dict(subject.record.example))
    same = fingerprint(subject.record, options) == fingerprint(subject.record, again)
    require(same, "the same options give two fingerprints; use plain, ordered values")


def options_are_described(subject: Subject) -> None:
    """Every option has a description, which editors and `plugins list` show."""
    fields = subject.record.options.model_fields
    bare = ", ".join(name for name, field in fields.items() if not field.description)
    require(not bare, f"options without a description: {bare}; use Field(description=...)")


def example_builds_offline(subject: Subject) -> None:
    """The record's example builds a component of its role without a network or weights."""
    made = subject.made
    got = f"build returns a {type(made).__name__}, which has not the methods of a {subject.role}"
    require(isinstance(made, _PROTOCOLS[subject.role]), got)


CHECKS = (
    name_is_lower_case_words,
    summary_is_one_line,
    kind_is_declared,
    options_refuse_unknown_keys,
    options_have_a_fingerprint,
    options_are_described,
)
