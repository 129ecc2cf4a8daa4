"""The catalogue of plugins: strangers are isolated, named and explained."""

import sys
from collections.abc import Callable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from textwrap import dedent, indent

import pytest

from fieldmark.components import Preprocessor, Role
from fieldmark.errors import (
    BadRecordError,
    MissingLibraryError,
    NameClashError,
    UnknownComponentError,
    UserError,
)
from fieldmark.plugins import DISABLE, Plugins

Install = Callable[..., Plugins]

HEADER = """
from pydantic import Field
from fieldmark.components import Component, NoOptions, Options
from fieldmark.hookspecs import hookimpl
from fieldmark.types import FeatureKind

class Keep:
    def apply(self, chip):
        return chip

class Width(Options):
    width: int = Field(3, ge=1)

def keep(options, context):
    return Keep()
"""


def plugin(body: str) -> str:
    """Return the source of a plugin: the usual imports, and a body."""
    return HEADER + dedent(body)


def offering(name: str, build: str = "keep", more: str = "") -> str:
    """Return the source of a plugin with one preprocessor."""
    return plugin(f"""
        RECORD = Component("{name}", "Keeps the chip", Width, {build}, {more})

        @hookimpl
        def fieldmark_preprocessors():
            yield RECORD
    """)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that fakes installed distributions and loads them."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def installed(sources: Mapping[str, str], disabled: str = "") -> Plugins:
        for package, source in sources.items():
            module = f"plug_{package}"
            monkeypatch.delitem(sys.modules, module, raising=False)
            (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
            info = tmp_path / f"{package}-1.{len(package)}.dist-info"
            info.mkdir()
            metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.{len(package)}\n"
            (info / "METADATA").write_text(metadata, encoding="utf-8")
            points = f"[fieldmark]\n{package} = {module}\n"
            (info / "entry_points.txt").write_text(points, encoding="utf-8")
        entries = [
            entry
            for dist in distributions(path=[str(tmp_path)])
            for entry in dist.entry_points.select(group="fieldmark")
        ]
        return Plugins(entries, disabled.split(","))

    return installed


def test_offers_what_a_plugin_yields(install: Install) -> None:
    """A component is listed under its role and name, with the package that offers it."""
    plugins = install({"good": offering("keep")})

    assert [record.name for record in plugins.components(Role.PREPROCESSOR)] == ["keep"]
    offer = plugins.offer(Role.PREPROCESSOR, "keep")
    assert (offer.plugin, offer.module, offer.source) == ("good", "plug_good", "good 1.4")
    assert plugins.get(Role.PREPROCESSOR, "keep") is offer.record
    assert plugins.components(Role.MATCHER) == []
    assert not plugins.broken


BROKEN = {
    "missing import": ("import no_such_module_at_all", "ModuleNotFoundError", "no_such_module"),
    "error at import": ("1 / 0", "cannot be imported: ZeroDivisionError", "plug_bad.py:1"),
    "exit at import": ("import sys; sys.exit(3)", "cannot be imported: SystemExit", "plug_bad.py"),
    "misspelt hook": (
        plugin("@hookimpl\ndef fieldmark_embeders():\n    yield"),
        "unknown hook 'fieldmark_embeders'",
        "did you mean 'fieldmark_embedders'?",
    ),
    "unmarked hook": (
        plugin("def fieldmark_embedders():\n    yield"),
        "'fieldmark_embedders' without @hookimpl",
        "above it",
    ),
    "wrong argument": (
        plugin("@hookimpl\ndef fieldmark_embedders(register):\n    yield"),
        "has a wrong hook",
        "register",
    ),
    "raising hook": (
        plugin("@hookimpl\ndef fieldmark_embedders():\n    yield from []\n    raise OSError('no')"),
        "its hook fieldmark_embedders fails: OSError: no",
        "plug_bad.py",
    ),
    "not iterable": (
        plugin("@hookimpl\ndef fieldmark_embedders():\n    return 5"),
        "its hook fieldmark_embedders fails: TypeError",
        "not iterable",
    ),
    "not a record": (
        plugin("@hookimpl\ndef fieldmark_embedders():\n    yield 'sift'"),
        "yields a str, expected a Component",
        "fieldmark_embedders",
    ),
    "bad record": (offering("Keep It"), "offers a bad record", "lower case words"),
    "name that is no text": (
        offering("x").replace('"x"', "5"),
        "offers a bad record",
        "expected string",
    ),
    "same name twice": (
        offering("keep").replace("yield RECORD", "yield RECORD; yield RECORD"),
        "offers the preprocessor 'keep' twice",
        "keep",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_plugin_disables_nothing_else(install: Install, fault: str) -> None:
    """A broken plugin is listed with package and reason, and all others work."""
    source, *words = BROKEN[fault]
    plugins = install({"bad": source, "good": offering("keep")})

    (broken,) = plugins.broken
    assert (broken.name, broken.source, broken.module) == ("bad", "bad 1.3", "plug_bad")
    assert all(word in broken.reason for word in words), broken.reason
    assert "\n" not in broken.reason
    assert isinstance(plugins.build(Role.PREPROCESSOR, "keep"), Preprocessor)


def test_interrupt_is_no_fault_of_the_plugin(install: Install) -> None:
    """Ctrl-C while plugins load stops the program."""
    with pytest.raises(KeyboardInterrupt):
        install({"bad": "raise KeyboardInterrupt"})


def test_unknown_name_says_what_there_is(install: Install) -> None:
    """An unknown component: what is installed, what is broken, and what was probably meant."""
    plugins = install({"good": offering("keep"), "bad": "1/0"})

    with pytest.raises(UnknownComponentError) as caught:
        plugins.get(Role.PREPROCESSOR, "kepe")
    assert str(caught.value) == (
        "no installed plugin provides the preprocessor 'kepe'; installed preprocessors: 'keep';"
        " broken plugins: bad (bad 1.3); see: fieldmark plugins list; did you mean 'keep'?"
    )


def test_name_of_another_role_is_recognised(install: Install) -> None:
    """A preprocessor named where a matcher belongs is called what it is."""
    plugins = install({"good": offering("keep")})
    with pytest.raises(UnknownComponentError, match="'keep' is a preprocessor"):
        plugins.get(Role.MATCHER, "keep")


def test_clash_names_both_packages(install: Install) -> None:
    """Two packages with one name: an error when it is used, and no other name suffers."""
    plugins = install({"one": offering("keep"), "second": offering("keep"), "x": offering("own")})

    with pytest.raises(NameClashError) as caught:
        plugins.build(Role.PREPROCESSOR, "keep")
    assert str(caught.value) == (
        "2 packages provide the preprocessor 'keep': one 1.3 and second 1.6;"
        " uninstall one of them, e.g.: pip uninstall second"
    )
    assert [str(clash) for clash in plugins.clashes()] == [str(caught.value)]
    assert [record.name for record in plugins.components(Role.PREPROCESSOR)] == ["own"]
    assert [offer.source for offer in plugins.offers] == ["one 1.3", "second 1.6", "x 1.1"]


def test_disabled_plugin_is_not_imported(install: Install) -> None:
    """A disabled plugin is left out, and mentioned where its component is asked for."""
    plugins = install({"bad": "1/0", "good": offering("keep")}, disabled="bad,good")

    assert plugins.disabled == ("bad", "good")
    assert not plugins.broken
    with pytest.raises(UnknownComponentError, match=f"disabled by {DISABLE}: bad, good"):
        plugins.get(Role.PREPROCESSOR, "keep")


def test_environment_disables_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variable names plugins to leave out, with or without spaces."""
    names = [*Plugins.installed().disabled, *{o.plugin for o in Plugins.installed().offers}]
    monkeypatch.setenv(DISABLE, " , ".join(names))

    plugins = Plugins.installed()

    assert sorted(plugins.disabled) == sorted(names)
    assert not plugins.offers


def test_options_are_checked_and_filled(install: Install) -> None:
    """Options get their defaults; a wrong one is named with what was probably meant."""
    plugins = install({"good": offering("keep")})

    assert plugins.options(Role.PREPROCESSOR, "keep").model_dump() == {"width": 3}
    with pytest.raises(UserError) as caught:
        plugins.options(Role.PREPROCESSOR, "keep", {"widht": 3, "width": 0})
    assert str(caught.value) == (
        "options of preprocessor 'keep': width: must be greater than or equal to 1 (got 0);"
        " widht: no such key; did you mean 'width'?"
    )


def build_body(body: str) -> str:
    """Return the source of a plugin whose build function has that body."""
    function = "def own(options, context):\n" + indent(dedent(body), "    ")
    return offering("keep", "own", "extra='toy[deep]'").replace("RECORD =", f"{function}\nRECORD =")


def test_missing_library_says_what_to_type(install: Install) -> None:
    """A library that is not installed: the command that installs it."""
    plugins = install({"good": build_body("import no_such_library.inner")})
    with pytest.raises(MissingLibraryError) as caught:
        plugins.build(Role.PREPROCESSOR, "keep")
    assert str(caught.value) == (
        "preprocessor 'keep' needs no_such_library, which is not installed;"
        " run: pip install 'toy[deep]'"
    )


def test_missing_library_without_extra(install: Install) -> None:
    """Where the record names no extra, the package's documentation must help."""
    source = build_body("import no_such_library").replace("extra='toy[deep]'", "")
    with pytest.raises(MissingLibraryError, match=r"see the documentation of good$"):
        install({"good": source}).build(Role.PREPROCESSOR, "keep")


def test_library_that_does_not_load(install: Install) -> None:
    """A library that is there and does not load is not called missing."""
    body = "raise ImportError('libGL.so.1: cannot open', name='cv2')"
    with pytest.raises(MissingLibraryError, match=r"needs cv2, which is installed but does not"):
        install({"good": build_body(body)}).build(Role.PREPROCESSOR, "keep")


@pytest.mark.parametrize("module", ["plug_good.inner", "fieldmark.no_such_module"])
def test_typo_in_the_plugin_is_no_missing_library(install: Install, module: str) -> None:
    """A plugin that imports what it, or fieldmark, has not is broken; nothing can be installed."""
    plugins = install({"good": build_body(f"import {module}")})
    with pytest.raises(BadRecordError, match=r"of good 1\.4 is broken: No module named"):
        plugins.build(Role.PREPROCESSOR, "keep")


def test_component_of_another_role_is_refused(install: Install) -> None:
    """What `build` returns must have the methods of its role."""
    plugins = install({"good": build_body("return object()")})
    with pytest.raises(BadRecordError, match=r"of good 1\.4 makes a object, which has not"):
        plugins.build(Role.PREPROCESSOR, "keep")


def test_built_in_plugins_are_whole() -> None:
    """No plugin of ours is broken, and no two claim one name."""
    plugins = Plugins.installed()
    assert plugins.broken == ()
    assert plugins.clashes() == []
    assert {offer.role for offer in plugins.offers} >= set(Role) - {Role.DETECTOR}
