"""Loading one plugin: import it, check its hooks, collect its records, or say why not."""

import inspect
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pluggy

from fieldmark.components import Component, Role
from fieldmark.errors import BadRecordError
from fieldmark.hookspecs import GROUP, Hooks
from fieldmark.wording import did_you_mean

HOOKS = {role: f"fieldmark_{role}s" for role in Role}
"""The hook of each role."""


@dataclass(frozen=True)
class Offer:
    """One component that one plugin offers.

    Attributes:
        role: what it does.
        record: its record.
        plugin: the name of the plugin's entry point.
        module: the module that the entry point names.
        package: the distribution's name.
        version: the distribution's version.
    """

    role: Role
    record: Component[Any, Any]
    plugin: str
    module: str
    package: str
    version: str

    @property
    def source(self) -> str:
        """The package and its version, as in `fieldmark 0.1.0`."""
        return f"{self.package} {self.version}"


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that is installed and cannot be used.

    Attributes:
        name: the name of its entry point.
        source: its package and version.
        reason: what is wrong, in one sentence, and where.
        module: the module that the entry point names.
    """

    name: str
    source: str
    reason: str
    module: str = ""


class BrokenError(Exception):
    """Why a plugin cannot be used, in one sentence."""


def load_plugin(entry: EntryPoint) -> list[Offer] | BrokenPlugin:
    """Load the plugin that an entry point names; never raises because of it."""
    package, version = (entry.dist.name, entry.dist.version) if entry.dist else ("?", "?")
    try:
        offers = [
            Offer(role, record, entry.name, entry.module, package, version)
            for role, record in collect(entry)
        ]
        _check_records(offers)
    except BrokenError as error:
        return BrokenPlugin(entry.name, f"{package} {version}", str(error), entry.module)
    return offers


def collect(entry: EntryPoint) -> list[tuple[Role, Component[Any, Any]]]:
    """Return what a plugin's hooks yield; what the records say is not checked.

    Raises:
        BrokenError: if it cannot be imported, a hook is wrong, fails, or yields something else.
    """
    module = _imported(entry)
    _check_hooks(module)
    return [(role, record) for role in Role for record in _records(module, role)]


def _imported(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except (Exception, SystemExit) as error:
        raise BrokenError(f"cannot be imported: {_in_words(error)}") from error


def _in_words(error: BaseException) -> str:
    """Return the kind, the message and the place of a stranger's error, on one line."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
    own = [frame for frame in frames if frame.filename != __file__]
    where = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {_one_line(error)}{where}"


def _check_hooks(module: object) -> None:
    """Refuse unknown hooks, wrong arguments, and hooks that lack `@hookimpl`.

    Each plugin meets a plugin manager of its own, so that a fault is known to be this plugin's.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Hooks)
    try:
        manager.register(module)
        names = list(_functions(module))
    except Exception as error:
        raise BrokenError(f"has a wrong hook: {_one_line(error)}") from error
    marked = {hook.name for hook in manager.get_hookcallers(module) or ()}
    for name in names:
        if name not in HOOKS.values():
            hint = did_you_mean(name, HOOKS.values())
            raise BrokenError(f"has an unknown hook {name!r}{hint}")
        if name not in marked:
            raise BrokenError(f"has a hook {name!r} without @hookimpl above it")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _functions(module: object) -> Iterator[str]:
    """Yield the names of the functions that look like hooks."""
    for name, member in inspect.getmembers(module):
        if name.startswith(f"{GROUP}_") and callable(member) and not isinstance(member, ModuleType):
            yield name


def _records(module: object, role: Role) -> Iterator[Component[Any, Any]]:
    hook: Callable[[], Any] | None = getattr(module, HOOKS[role], None)
    if hook is None:
        return
    try:
        records = list(hook())
    except (Exception, SystemExit) as error:
        raise BrokenError(f"its hook {HOOKS[role]} fails: {_in_words(error)}") from error
    for record in records:
        if not isinstance(record, Component):
            got = type(record).__name__
            raise BrokenError(f"its hook {HOOKS[role]} yields a {got}, expected a Component")
        yield record


def _check_records(offers: list[Offer]) -> None:
    seen: set[tuple[Role, object]] = set()
    for offer in offers:
        key = offer.role, offer.record.name
        try:
            offer.record.check(offer.role)
        except (BadRecordError, AttributeError, TypeError) as error:
            # A name that is not text, for example, fails inside the check.
            raise BrokenError(f"offers a bad record: {error}") from error
        if key in seen:
            raise BrokenError(f"offers the {offer.role} {offer.record.name!r} twice")
        seen.add(key)
