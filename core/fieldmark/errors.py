"""Every error that fieldmark raises on purpose.

::

    FieldmarkError
    ├── UserError              something typed or supplied; says what is allowed and what to type
    │   ├── ProfileError       mistakes in a species profile, each with file:line:column
    │   ├── ProjectError       the project folder or its database cannot be used
    │   │   └── NewerSchemaError   written by a newer fieldmark
    │   └── PhotoError         a file that cannot be used as a photo
    └── PluginError
        ├── UnknownComponentError  no plugin provides that name
        ├── NameClashError         two packages provide that name
        ├── MissingLibraryError    the plugin is there, a library it needs is not
        └── BadRecordError         a plugin declares a component that breaks the contract

A message is one sentence about what was wrong, what is allowed and what to do next. The command
line prints the message alone; the traceback appears only with ``--debug``.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class FieldmarkError(Exception):
    """Base of every error raised on purpose."""


class UserError(FieldmarkError):
    """What was typed or supplied cannot be used."""


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake at one place of a text file; lines and columns count from 1."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.line}:{self.column}: {where}{self.message}"


class ProfileError(UserError):
    """One or more mistakes in a species profile, in the order of the file."""

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(f"{file}:{mistake}" for mistake in self.mistakes))

    def __reduce__(self) -> tuple[type["ProfileError"], tuple[str, tuple[Mistake, ...]]]:
        return type(self), (self.file, self.mistakes)


class ProjectError(UserError):
    """The project folder or its database cannot be used."""


class NewerSchemaError(ProjectError):
    """The database was written by a newer fieldmark."""


class PhotoError(UserError):
    """A file cannot be used as a photo; the message is the reason, without the file's name."""


class PluginError(FieldmarkError):
    """A plugin is missing, broken or ambiguous."""


class UnknownComponentError(PluginError):
    """No installed plugin provides the component."""


class NameClashError(PluginError):
    """Two packages provide a component of the same role under the same name."""


class MissingLibraryError(PluginError):
    """A component needs a library that is not installed."""


class BadRecordError(PluginError):
    """A plugin declares a component that breaks the contract."""
