"""What a model hub says of a repository, and which of its file names may be used at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldmark_registry.problems import HubProblem, WeightsProblem
from fieldmark_registry.references import inside

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
"""Endings of files that hold a pickle, which is a program and is never opened as it is."""
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_DRIVE = re.compile(r"[A-Za-z]:")
# Where the Hub's own libraries put the weights, in the order in which they look for them.
_USUAL = ("model.safetensors", "open_clip_model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository on the hub.

    Attributes:
        name: its path in the repository.
        size: in bytes; 0 where the hub does not say.
        sha256: its digest, for large files; None for small ones, of which the hub keeps none.
    """

    name: str
    size: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Repo:
    """One commit of a repository on the hub.

    Attributes:
        repo: `ORG/NAME`.
        commit: 40 hex digits.
        files: everything in it.
        licence: as its README states it, or None.
        gated: whether its authors give access on request only.
        private: whether only its owners see it.
    """

    repo: str
    commit: str
    files: tuple[RemoteFile, ...]
    licence: str | None = None
    gated: bool = False
    private: bool = False

    def find(self, name: str) -> RemoteFile | None:
        """Return the file with a name, if there is one."""
        return next((file for file in self.files if file.name == name), None)

    def file(self, name: str) -> RemoteFile:
        """Return the file with a name.

        Raises:
            HubProblem: naming the weights that there are.
        """
        found = self.find(name)
        if found is None:
            weights = ", ".join(file.name for file in self.files if is_weights(file.name))
            raise HubProblem(
                f"{self.repo} has no file {name!r} in its commit {self.commit[:12]};"
                f" weights there: {weights or 'none'}"
            )
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """A repository that a search on the hub found.

    Attributes:
        repo: `ORG/NAME`.
        licence: as its README states it, or None.
        downloads: in the last 30 days, as the hub counts them.
        library: what it is made for, such as `timm`, or None.
    """

    repo: str
    licence: str | None
    downloads: int
    library: str | None


def is_weights(name: str) -> bool:
    """Return whether a file name is that of model weights."""
    return name.endswith((".safetensors", ".onnx", *PICKLES))


def is_pickle(name: str) -> bool:
    """Return whether a file name is that of a pickle."""
    return name.lower().endswith(PICKLES)


def weights_in(repo: Repo) -> RemoteFile:
    """Return the weights of a repository that names none: the usual file, else the only one.

    Raises:
        WeightsProblem: if there are none or several, naming them.
    """
    for name in _USUAL:
        if found := repo.find(name):
            return found
    names = [file for file in repo.files if file.name.endswith(".safetensors")]
    names = names or [file for file in repo.files if is_weights(file.name)]
    if len(names) == 1:
        return names[0]
    if not names:
        raise WeightsProblem(f"{repo.repo} holds no weights: no file ends in .safetensors or .bin")
    raise WeightsProblem(
        f"{repo.repo} holds several files of weights, so name one, as in"
        f" {repo.repo}@{repo.commit}/{names[0].name}; there are "
        + ", ".join(file.name for file in names)
    )


def refuse_unsafe(repo: str, *names: str) -> None:
    """Refuse names that, used as paths on this computer, would leave their folder.

    A hub is told what its files are called by whoever uploads them.

    Raises:
        HubProblem: naming the first of them.
    """
    if not _REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise HubProblem(f"{repo!r} is not the name of a repository; write ORG/NAME")
    for name in names:
        if not _is_inside(name):
            raise HubProblem(
                f"{repo} names a file {name!r}, which would be written outside its folder;"
                " nothing was downloaded; do not use this repository, and tell the hub about it"
            )


def stated_licence(said: Mapping[str, Any]) -> str | None:
    """Return the licence that the head of a README states, or None.

    The Hub writes licences that it does not know as `license: other` and a `license_name`.
    """
    licence = said.get("license")
    if licence == "other":
        licence = said.get("license_name") or licence
    if isinstance(licence, list):
        licence = " and ".join(str(each) for each in licence)
    return str(licence) if licence else None


def _is_inside(name: str) -> bool:
    return inside(name) and not _DRIVE.match(name)
