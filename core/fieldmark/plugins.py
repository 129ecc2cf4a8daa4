"""The catalogue of installed plugins: what they offer, and which of them are broken.

Every entry point of the group `fieldmark` is loaded on its own, and its hooks are called one by
one, so that a broken plugin is named with its reason and disables nothing else.
"""

import os
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, overload

from pydantic import ValidationError

from fieldmark.components import (
    Component,
    Context,
    Detector,
    Embedder,
    Matcher,
    Options,
    Preprocessor,
    Role,
)
from fieldmark.errors import (
    BadRecordError,
    MissingLibraryError,
    NameClashError,
    PluginError,
    UnknownComponentError,
    UserError,
)
from fieldmark.hookspecs import GROUP
from fieldmark.pluginload import BrokenPlugin, Offer, load_plugin
from fieldmark.wording import did_you_mean, listing, options_in_words

__all__ = ["DISABLE", "BrokenPlugin", "Offer", "Plugins"]

DISABLE = "FIELDMARK_DISABLE_PLUGINS"
"""The environment variable that names entry points to leave out, separated by commas."""

_PROTOCOLS: Mapping[Role, type] = {
    Role.DETECTOR: Detector,
    Role.PREPROCESSOR: Preprocessor,
    Role.EMBEDDER: Embedder,
    Role.MATCHER: Matcher,
}
_NO_OPTIONS: Mapping[str, object] = {}


class Plugins:
    """Every component that the given entry points offer.

    Attributes:
        offers: every component offered, by role and name; two of one name are both here.
        broken: the plugins that cannot be used, each with its reason.
        disabled: the names of the plugins that were left out.
    """

    def __init__(self, entries: Iterable[EntryPoint], disabled: Iterable[str] = ()) -> None:
        without = frozenset(disabled)
        found = sorted(entries, key=lambda entry: (entry.name, entry.value))
        loaded = [load_plugin(entry) for entry in found if entry.name not in without]
        self.broken = tuple(each for each in loaded if isinstance(each, BrokenPlugin))
        self.disabled = tuple(entry.name for entry in found if entry.name in without)
        offers = [offer for each in loaded if isinstance(each, list) for offer in each]
        roles = list(Role)
        self.offers = tuple(
            sorted(offers, key=lambda o: (roles.index(o.role), o.record.name, o.package))
        )

    @classmethod
    def installed(cls) -> "Plugins":
        """Load the plugins of this environment, but for those that `DISABLE` names."""
        names = os.environ.get(DISABLE, "").split(",")
        return cls(entry_points(group=GROUP), [name.strip() for name in names])

    def components(self, role: Role) -> list[Component[Any, Any]]:
        """Return the components of a role by name; a name claimed twice is left out."""
        offers = [offer for offer in self.offers if offer.role is role]
        names = [offer.record.name for offer in offers]
        return [offer.record for offer in offers if names.count(offer.record.name) == 1]

    def get(self, role: Role, name: str) -> Component[Any, Any]:
        """Return the component of that role and name.

        Raises:
            UnknownComponentError: if no working plugin offers it.
            NameClashError: if two packages do.
        """
        return self.offer(role, name).record

    def offer(self, role: Role, name: str) -> Offer:
        """Return the component of that role and name, with the plugin that offers it.

        Raises:
            UnknownComponentError: if no working plugin offers it.
            NameClashError: if two packages do.
        """
        offers = [offer for offer in self.offers if (offer.role, offer.record.name) == (role, name)]
        if not offers:
            raise UnknownComponentError(self._unknown(role, name))
        if len(offers) > 1:
            raise NameClashError(_clash(role, name, offers))
        return offers[0]

    def clashes(self) -> list[NameClashError]:
        """Return an error for every name that two packages claim."""
        claims: dict[tuple[Role, str], list[Offer]] = {}
        for offer in self.offers:
            claims.setdefault((offer.role, offer.record.name), []).append(offer)
        return [
            NameClashError(_clash(role, name, offers))
            for (role, name), offers in claims.items()
            if len(offers) > 1
        ]

    def options(
        self, role: Role, name: str, options: Mapping[str, object] = _NO_OPTIONS
    ) -> Options:
        """Return the options of a component, checked and with all defaults filled in.

        Raises:
            UserError: naming every option that is wrong.
            PluginError: as `get`.
        """
        model: type[Options] = self.get(role, name).options
        try:
            return model.model_validate(dict(options))
        except ValidationError as error:
            faults = options_in_words(error, model)
            raise UserError(f"options of {role} {name!r}: {faults}") from error

    @overload
    def build(
        self,
        role: Literal[Role.DETECTOR],
        name: str,
        options: Mapping[str, object] = ...,
        context: Context = ...,
    ) -> Detector: ...
    @overload
    def build(
        self,
        role: Literal[Role.PREPROCESSOR],
        name: str,
        options: Mapping[str, object] = ...,
        context: Context = ...,
    ) -> Preprocessor: ...
    @overload
    def build(
        self,
        role: Literal[Role.EMBEDDER],
        name: str,
        options: Mapping[str, object] = ...,
        context: Context = ...,
    ) -> Embedder: ...
    @overload
    def build(
        self,
        role: Literal[Role.MATCHER],
        name: str,
        options: Mapping[str, object] = ...,
        context: Context = ...,
    ) -> Matcher: ...

    def build(
        self,
        role: Role,
        name: str,
        options: Mapping[str, object] = _NO_OPTIONS,
        context: Context = Context(),  # noqa: B008 -- frozen, so it can be shared
    ) -> object:
        """Make a component, ready for use.

        Raises:
            UserError: naming every option that is wrong.
            MissingLibraryError: if a library that it needs is not installed.
            BadRecordError: if what the plugin makes is not a component of the role.
            PluginError: as `get`.
        """
        offer = self.offer(role, name)
        checked = self.options(role, name, options)
        try:
            made = offer.record.build(checked, context)
        except ImportError as error:
            raise _import_failed(offer, error) from error
        if not isinstance(made, _PROTOCOLS[role]):
            got = type(made).__name__
            raise BadRecordError(
                f"{role} {name!r} of {offer.source} makes a {got}, which has not the methods of"
                f" a {role}; report this to the plugin's author"
            )
        return made

    def _unknown(self, role: Role, name: str) -> str:
        names = [record.name for record in self.components(role)]
        elsewhere = [o.role for o in self.offers if o.record.name == name]
        text = f"no installed plugin provides the {role} {name!r}"
        text += f"; {name!r} is a {elsewhere[0]}" if elsewhere else ""
        text += f"; installed {role}s: {listing(names)}"
        if self.broken:
            broken = ", ".join(f"{each.name} ({each.source})" for each in self.broken)
            text += f"; broken plugins: {broken}; see: fieldmark plugins list"
        if self.disabled:
            text += f"; disabled by {DISABLE}: {', '.join(self.disabled)}"
        return text + did_you_mean(name, names)


def _clash(role: Role, name: str, offers: list[Offer]) -> str:
    sources = " and ".join(offer.source for offer in offers)
    return (
        f"{len(offers)} packages provide the {role} {name!r}: {sources};"
        f" uninstall one of them, e.g.: pip uninstall {offers[-1].package}"
    )


def _import_failed(offer: Offer, error: ImportError) -> PluginError:
    """Tell a library that is missing from a mistake inside the plugin itself."""
    who = f"{offer.role} {offer.record.name!r}"
    top = (error.name or "").partition(".")[0]
    if not top or top in (offer.module.partition(".")[0], GROUP):
        text = f"{who} of {offer.source} is broken: {error}; report this to the plugin's author"
        return BadRecordError(text)
    missing = isinstance(error, ModuleNotFoundError)
    what = "is not installed" if missing else f"is installed but does not load: {error}"
    extra = offer.record.extra
    cure = f"run: pip install '{extra}'" if extra else f"see the documentation of {offer.package}"
    return MissingLibraryError(f"{who} needs {top}, which {what}; {cure}")
