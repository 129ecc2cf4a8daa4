"""The names that plugin authors build on change on purpose only."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module

import pytest

PUBLIC = {
    "fieldmark.components": [
        "Component", "Context", "Detector", "Embedder", "Explaining", "Index", "Matcher", "NAME",
        "NoOptions", "Options", "OptionsT", "Preprocessor", "Role", "RoleT_co", "Rules",
        "SideJudge", "fingerprint",
    ],
    "fieldmark.errors": [
        "BadRecordError", "FieldmarkError", "Mistake", "MissingLibraryError", "NameClashError",
        "NewerSchemaError", "PhotoError", "PluginError", "ProfileError", "ProjectError",
        "UnknownComponentError", "UserError",
    ],
    "fieldmark.hookspecs": ["GROUP", "Hooks", "hookimpl", "hookspec"],
    "fieldmark.testing": ["ContractError", "Outcome", "contract", "run_contract"],
    "fieldmark.training": [
        "Holdout", "Label", "LoadChip", "Preview", "Sample", "Trained", "Training",
        "TrainingContext", "TrainingData", "class_of", "merged",
    ],
    "fieldmark.types": [
        "Box", "Candidate", "Chip", "Descriptors", "Detection", "Explanation", "FeatureKind",
        "Features", "Floats", "Heat", "Ids", "Judged", "Keypoints", "Mask", "Pixels", "Query",
        "RGB", "SetAside", "Side", "Vector", "WHOLE",
    ],
}  # fmt: skip


def defined(module: str) -> Iterator[str]:
    """Yield the public names that a module defines, or that its `__all__` lists."""
    loaded = import_module(module)
    if hasattr(loaded, "__all__"):
        yield from loaded.__all__
        return
    for node in ast.parse(inspect.getsource(loaded)).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names(module: str) -> None:
    """A name that is added or removed is written down here, too, and in the change log."""
    names = sorted({name for name in defined(module) if not name.startswith("_")})
    assert names == sorted(PUBLIC[module])


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_explained(module: str) -> None:
    """Every public class and function says what it is for."""
    loaded = import_module(module)
    for name in PUBLIC[module]:
        value = getattr(loaded, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
