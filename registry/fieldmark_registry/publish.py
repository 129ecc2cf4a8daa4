"""Publishing a trained model: what is uploaded, under which licence, and what never is.

Only files with known names leave the computer (`fieldmark_registry.privacy.NAMES`); what else lies
in the folder of a training is listed with the reason why it stays. The card is written from what
the weights say of themselves.
"""

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

import yaml

from fieldmark_registry.about import About, Dataset, Row, measured
from fieldmark_registry.digests import Progress, sha256_of
from fieldmark_registry.hub import Hub
from fieldmark_registry.licences import NONE_STATED, Licence, licence_of
from fieldmark_registry.modelcard import Files, model_card
from fieldmark_registry.privacy import NAMES, Content, faults
from fieldmark_registry.problems import LicenceProblem, RegistryProblem, WeightsProblem
from fieldmark_registry.traces import is_full_path

__all__ = [
    "About", "Dataset", "Prepared", "Row", "describe", "measured", "prepare", "push",
]  # fmt: skip

WEIGHTS: Final = "model.safetensors"
_CARD: Final = "README.md"
_STAYS: Final[Mapping[str, str]] = {
    _CARD: "the card is written anew from what the weights say of themselves",
    "split.csv": "it names the photos and individuals",
    "data.json": "it says what the data look like",
    "duplicates.csv": "it names the photos",
    "report.html": "it shows photos",
    "log.csv": "it says how the training went; the card tells how well it ended",
    "tensorboard": "it says how the training went; the card tells how well it ended",
    "cache": "it holds what was made of the photos",
    ".lock": "it keeps two trainings apart",
}
_CHECKPOINTS: Final = (".pt", ".pth", ".ckpt", ".bin", ".pkl")
_SHOWN: Final = 8
# A reference keeps its digest, which says which file it was; see `fieldmark.learn.record`.
_FILE: Final = re.compile(r"file://.*/(?P<folder>[^/#]+)/(?P<name>[^/#]+#.*)")
_OTHERWISE: Final = "it is not one of the files that are published"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be uploaded, and what would not.

    Attributes:
        files: the contents, or the files that hold them, by name.
        card: the text of README.md.
        left_out: names in the folder that stay here, each with the reason.
    """

    files: Mapping[str, Content]
    card: str
    left_out: tuple[tuple[str, str], ...]


def prepare(folder: Path, about: About) -> Prepared:
    """Return what publishing a folder would upload; nothing is uploaded.

    Args:
        folder: that of a training, or any that holds `model.safetensors`.
        about: what the card says.

    Raises:
        LicenceProblem: if the licence is not stated, or allows more than the weights that the
            training began from.
        WeightsProblem: if there are no weights, or something cannot be read.
        HubProblem: if the library that knows the hub's form is not installed.
    """
    refuse_licence(about)
    try:
        files = _files(folder, about)
        sha256 = sha256_of(folder / WEIGHTS)
        left_out = _left_out(folder, files)
    except OSError as error:
        raise WeightsProblem(
            f"{error.filename or folder} cannot be read: {error.strerror}; give a folder that"
            f" holds {WEIGHTS}"
        ) from error
    names = tuple(sorted(files))
    card = model_card(about, Files(sha256, _config(files.get("config.json")), names))
    return Prepared({**files, _CARD: card.encode()}, card, left_out)


def describe(prepared: Prepared) -> list[tuple[str, int]]:
    """Return the names and sizes, in bytes, of what would be uploaded, in order."""
    return [
        (name, len(content) if isinstance(content, bytes) else content.stat().st_size)
        for name, content in sorted(prepared.files.items())
    ]


def push(
    hub: Hub,
    prepared: Prepared,
    repo: str,
    private: bool = True,
    message: str = "Publish with fieldmark",
    progress: Progress | None = None,
) -> str:
    """Upload what was prepared as one commit, and return the commit, 40 hex digits.

    Args:
        hub: where to.
        prepared: from `prepare`.
        repo: `ORG/NAME`; made if it is not there.
        private: whether a new repository is private; one that is there stays as it is.
        message: what the commit is called.
        progress: told before the upload begins and when it has ended.

    Raises:
        RegistryProblem: if something in it must not be published, naming each fault; nothing was
            uploaded.
        HubProblem: in words, if the upload fails.
    """
    found = faults(prepared)
    if found:
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise RegistryProblem(f"nothing was uploaded: {'; '.join(found[:_SHOWN])}{more}")
    total = sum(size for _, size in describe(prepared))
    with tempfile.TemporaryDirectory() as folder:
        files = {name: _file(each, Path(folder) / name) for name, each in prepared.files.items()}
        _tell(progress, 0, total, repo)
        commit = hub.upload(repo, files, message, private)
    _tell(progress, total, total, repo)
    return commit


def refuse_licence(about: About) -> None:
    """Refuse a licence that gives away what the publisher was not given.

    Weights that were trained further are still those of the first authors too.

    Raises:
        LicenceProblem: saying which licence or permission is needed.
    """
    own = licence_of(about.licence)
    if own.kind == NONE_STATED:
        raise LicenceProblem(
            "a model is published under a licence, so that others know what they may do with it;"
            " name one as SPDX writes it: --licence CC-BY-4.0"
        )
    if about.base_model is None and about.base_licence is None:
        return
    base = about.base_licence or licence_of(None)
    of = f"the weights that the training began from ({about.base_model or 'not named'})"
    if base.kind == "non-commercial" and own.kind != "non-commercial":
        raise LicenceProblem(
            f"{of} are under {base.text}, which does not allow {own.text}; publish under a"
            f" non-commercial licence: --licence {base.text}"
        )
    if base.kind == "copyleft" and own.kind != "copyleft":
        raise LicenceProblem(
            f"{of} are under {base.text}, and what is made from them stays under it; type:"
            f" --licence {base.text}"
        )
    if _needs_permission(base) and not (about.permission or "").strip():
        raise LicenceProblem(
            f"{of} may not simply be published again ({_why(base)}); ask their authors, and say who"
            ' allowed it: --permission "NAME, DATE, WHERE IT IS WRITTEN"'
        )


def _needs_permission(base: Licence) -> bool:
    return base.kind in (NONE_STATED, "other") or _no_derivatives(base)


def _no_derivatives(base: Licence) -> bool:
    return "-nd" in base.text.casefold().replace(" ", "-")


def _why(base: Licence) -> str:
    return f"{base.text} forbids changes" if _no_derivatives(base) else base.sentence


def _files(folder: Path, about: About) -> dict[str, Content]:
    """Return what is published beside the card."""
    files: dict[str, Content] = {
        name: folder / name
        for name in NAMES
        if name != _CARD and ((folder / name).is_file() or (folder / name).is_symlink())
    }
    if WEIGHTS not in files:
        raise WeightsProblem(
            f"there is no {WEIGHTS} in {folder}; give the folder of a training, or put it there"
        )
    recipe = _recipe(about.recipe, files.get("recipe.yaml"))
    if recipe is not None:
        files["recipe.yaml"] = recipe
    if about.self_test is not None:
        files["self_test.json"] = about.self_test
    if about.rows and "eval.json" not in files:
        rows = [row._asdict() for row in about.rows]
        files["eval.json"] = json.dumps(rows, indent=1, ensure_ascii=False).encode()
    return files


def _recipe(text: str | None, file: Content | None) -> Content | None:
    """Return the recipe with full paths cut to their ends; one that is no YAML stays as it is.

    A recipe names the weights that training began from by their path on this computer.
    """
    if text is None and (not isinstance(file, Path) or file.is_symlink()):
        return file  # where a link leads to is for `faults` to judge, so it stays one
    content = file.read_bytes() if text is None and isinstance(file, Path) else text or ""
    try:
        plain = yaml.safe_load(content)
        told = yaml.safe_dump(_shortened(plain), sort_keys=False, allow_unicode=True)
    except (yaml.YAMLError, ValueError, RecursionError):
        return content if isinstance(content, bytes) else content.encode()
    return told.encode()


def _shortened(value: Any) -> Any:  # noqa: ANN401 -- plain values
    if isinstance(value, dict):
        return {key: _shortened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    if not isinstance(value, str):
        return value
    if found := _FILE.fullmatch(value):
        return f"file:///{found['folder']}/{found['name']}"
    if not is_full_path(value):
        return value
    windows = PureWindowsPath(value)
    return (windows if windows.is_absolute() else PurePosixPath(value)).name


def _left_out(folder: Path, files: Mapping[str, Content]) -> tuple[tuple[str, str], ...]:
    names = sorted(each.name for each in folder.iterdir())
    return tuple((name, _reason(name)) for name in names if name not in files)


def _reason(name: str) -> str:
    if name.casefold().endswith(_CHECKPOINTS):
        return "it is a checkpoint to go on training with, and a pickle, which can run code"
    return _STAYS.get(name, _OTHERWISE)


def _config(content: Content | None) -> Mapping[str, Any]:
    """Return what config.json says; empty if nothing that can be understood."""
    try:
        text = content.read_bytes() if isinstance(content, Path) else content or b"{}"
        config = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


def _file(content: Content, path: Path) -> Path:
    """Return a file that holds a content, which may be one already."""
    if isinstance(content, Path):
        return content
    path.write_bytes(content)
    return path


def _tell(progress: Progress | None, done: int, total: int, repo: str) -> None:
    if progress is not None:
        progress(done, total, f"uploading to {repo}")
