"""Publishing uploads the weights and the card, under a licence that holds, and nothing else."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard
from safetensors.numpy import load_file, save_file

from fieldmark_registry.about import About, Row
from fieldmark_registry.hub import Hub
from fieldmark_registry.licences import licence_of
from fieldmark_registry.privacy import faults
from fieldmark_registry.problems import (
    HubProblem,
    LicenceProblem,
    RegistryProblem,
    WeightsProblem,
)
from fieldmark_registry.publish import Prepared, describe, prepare, push
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.references import HubReference
from support.hub import UPLOADS, LocalHub, without_xet
from support.shelves import hub_of, shelf_of

RECIPE = "name: x\ntrain:\n  backbone_weights: /home/jane/weights/net.safetensors\n  epochs: 6\n"
RECORD = {
    "component": "tiger-siamese",
    "role": "embedder",
    "measured": {"new individuals mAP": 0.5},
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a training, with everything that lies in one."""
    folder = tmp_path / "run"
    (folder / "tensorboard").mkdir(parents=True)
    tensors = {"head.weight": np.arange(40_000, dtype=np.float32)}
    save_file(tensors, folder / "model.safetensors", {"fieldmark": json.dumps({"record": RECORD})})
    (folder / "config.json").write_text('{"architecture": "resnet18", "fieldmark": {}}')
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "README.md").write_text("mine, from /home/jane")
    for name in ("last.pt", "split.csv", "data.json", "report.html", "notes.txt", ".lock"):
        (folder / name).write_text("lat,lon\n12.9716,77.5946\n")
    return folder


def about(**changes: Any) -> About:
    """Return what is said of the model."""
    values: dict[str, Any] = {"title": "Tigers", "licence": "CC-BY-4.0", "record": RECORD}
    return About(**{**values, **changes})


def test_only_known_files_are_uploaded(run: Path) -> None:
    """Weights, configuration, recipe, results and card leave the computer; the rest stays."""
    prepared = prepare(run, about())
    names = ["README.md", "config.json", "eval.json", "model.safetensors", "recipe.yaml"]
    assert [name for name, _ in describe(prepared)] == names
    assert dict(describe(prepared))["config.json"] == (run / "config.json").stat().st_size
    assert faults(prepared) == []
    assert json.loads(prepared.files["eval.json"]) == [  # type: ignore[arg-type]
        {"data": "new individuals", "measure": "mAP", "value": 0.5, "note": ""}
    ]


def test_what_stays_is_listed_with_the_reason(run: Path) -> None:
    """Nothing is left out in silence."""
    reasons = dict(prepare(run, about()).left_out)
    assert set(reasons) == {
        "last.pt", "split.csv", "data.json", "report.html", "notes.txt", ".lock", "tensorboard",
        "README.md",
    }  # fmt: skip
    assert "pickle" in reasons["last.pt"]
    assert "individuals" in reasons["split.csv"]
    assert "not one of the files" in reasons["notes.txt"]
    assert "written anew" in reasons["README.md"]


def test_paths_of_a_recipe_are_cut_to_their_ends(run: Path) -> None:
    """A recipe names the weights it began from by their file alone."""
    recipe = prepare(run, about()).files["recipe.yaml"]
    assert recipe == b"name: x\ntrain:\n  backbone_weights: net.safetensors\n  epochs: 6\n"
    given = prepare(run, about(recipe="a: ['C:\\x\\y.bin', 1]\n")).files["recipe.yaml"]
    assert given == b"a:\n- y.bin\n- 1\n"


def test_reference_in_a_recipe_keeps_its_digest(run: Path) -> None:
    """Weights that a recipe names by a file are told as the record tells them, and published."""
    digest = "0" * 64
    recipe = f"weights: file:///home/jane/runs/gate/model.safetensors#sha256={digest}\n"
    prepared = prepare(run, about(recipe=recipe))
    told = f"weights: file:///gate/model.safetensors#sha256={digest}\n"
    assert prepared.files["recipe.yaml"] == told.encode()
    assert faults(prepared) == []


def test_recipe_that_is_a_link_stays_one(run: Path, tmp_path: Path) -> None:
    """What a link leads to is never taken in silence into what is published."""
    (tmp_path / "elsewhere.yaml").write_text("name: secret\n")
    (run / "recipe.yaml").unlink()
    (run / "recipe.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    (fault,) = faults(prepare(run, about()))
    assert fault.startswith("recipe.yaml: is a link that leaves the folder")


def test_files_that_are_no_text_are_left_to_the_faults(run: Path) -> None:
    """A recipe or configuration that cannot be read is taken as it is, and then refused."""
    (run / "recipe.yaml").write_text("{")
    (run / "config.json").write_text("{")
    found = faults(prepare(run, about()))
    assert [fault.partition(":")[0] for fault in found] == ["config.json", "recipe.yaml"]
    assert prepare(run, about(recipe="{")).files["recipe.yaml"] == b"{"


def test_files_of_the_folder_are_taken_as_they_are(run: Path) -> None:
    """Results and a self-test that lie in the folder are published, unless others are given."""
    (run / "eval.json").write_text("[]")
    (run / "self_test.json").write_text("{}")
    (run / "LICENSE").write_text("text")
    prepared = prepare(run, about(scores=[Row("x", "top-1", 0.1)]))
    assert prepared.files["eval.json"] == run / "eval.json"
    assert prepared.files["self_test.json"] == run / "self_test.json"
    assert prepared.files["LICENSE"] == run / "LICENSE"
    assert prepare(run, about(self_test=b"[1]")).files["self_test.json"] == b"[1]"


def test_card_is_made_of_the_files(run: Path) -> None:
    """The card names the digest of the very weights that go with it."""
    prepared = prepare(run, about(repo="acme/tigers"))
    digest = hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()
    assert f"hf://acme/tigers@<commit>/model.safetensors#sha256={digest}" in prepared.card
    assert prepared.files["README.md"] == prepared.card.encode()
    assert ModelCard(prepared.card).data["library_name"] == "fieldmark"


def test_folder_without_weights(tmp_path: Path) -> None:
    """A folder that holds no weights is refused in words."""
    with pytest.raises(
        WeightsProblem, match=r"there is no model\.safetensors in .*; give the folder"
    ):
        prepare(tmp_path, about())
    (tmp_path / "model.safetensors").symlink_to(tmp_path / "gone")
    with pytest.raises(WeightsProblem, match="cannot be read: No such file"):
        prepare(tmp_path, about())


@pytest.mark.parametrize(
    ("licence", "base", "words"),
    [
        ("", None, "name one as SPDX writes it: --licence"),
        ("none stated", "mit", "name one as SPDX writes it"),
        ("MIT", None, "may not simply be published again .no licence is stated.*--permission"),
        ("CC-BY-NC-4.0", None, "--permission"),
        ("MIT", "cc-by-nc-4.0", "does not allow MIT; publish under a non-commercial licence"),
        ("GPL-3.0", "cc-by-nc-4.0", "does not allow"),
        ("Forest 2", "cc-by-nc-4.0", "does not allow"),
        ("MIT", "AGPL-3.0", "what is made from them stays under it; type: --licence AGPL-3.0"),
        ("CC-BY-NC-4.0", "CC-BY-SA-4.0", "stays under it"),
        ("CC-BY-NC-ND-4.0", "cc-by-nc-nd-4.0", "forbids changes.*--permission"),
        ("MIT", "Forest 2", "terms of its own.*--permission"),
    ],
)
def test_licence_that_gives_away_too_much(
    run: Path, licence: str, base: str | None, words: str
) -> None:
    """Weights trained further stay under what their first authors allowed."""
    told = about(licence=licence, base_model="org/net", base_licence=licence_of(base))
    with pytest.raises(LicenceProblem, match=words):
        prepare(run, told)


def test_unknown_licence_of_a_base_is_none(run: Path) -> None:
    """A base model of which no licence is given counts as one without a licence."""
    with pytest.raises(LicenceProblem, match="--permission"):
        prepare(run, about(base_model="conservationxlabs/miewid-msv3"))
    with pytest.raises(LicenceProblem, match="--permission"):
        prepare(run, about(base_model="x/y", permission=" "))


@pytest.mark.parametrize(
    ("licence", "base", "permission"),
    [
        ("MIT", "apache-2.0", None),
        ("CC-BY-NC-4.0", "mit", None),
        ("CC-BY-NC-SA-4.0", "cc-by-nc-4.0", None),
        ("AGPL-3.0", "AGPL-3.0", None),
        ("CC-BY-4.0", None, "Dr X, 2 January 2026, by letter"),
        ("CC-BY-4.0", "Forest 2", "Dr X, 2 January 2026, by letter"),
    ],
)
def test_licence_that_holds(
    run: Path, licence: str, base: str | None, permission: str | None
) -> None:
    """What the base allows, or its authors allowed, is published, and the card says it."""
    told = about(
        licence=licence, base_model="org/net", base_licence=licence_of(base), permission=permission
    )
    assert (permission or "The weights it began from") in prepare(run, told).card


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """Return an empty hub."""
    without_xet(monkeypatch)
    with LocalHub(tmp_path / "site") as opened:
        yield opened


@pytest.fixture
def hub(site: LocalHub, tmp_path: Path) -> Hub:
    """Return its client, who may write."""
    return hub_of(site, tmp_path, token=site.token)


@UPLOADS
def test_what_was_pushed_can_be_pulled(site: LocalHub, hub: Hub, run: Path, tmp_path: Path) -> None:
    """After a push another computer pulls the same tensors, and finds licence and card."""
    told: list[tuple[int, int, str]] = []
    prepared = prepare(run, about(repo="acme/tigers"))
    commit = push(hub, prepared, "acme/tigers", False, "First", lambda *now: told.append(now))
    total = sum(size for _, size in describe(prepared))
    assert told == [(0, total, "uploading to acme/tigers"), (total, total, told[0][2])]
    repo = hub.look("acme/tigers")
    assert (repo.commit, repo.licence, repo.private) == (commit, "cc-by-4.0", False)
    names = {file.name for file in repo.files} - {".gitattributes"}
    assert names == set(prepared.files)

    digest = hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()
    reference = HubReference("acme/tigers", commit, "model.safetensors", digest)
    other = shelf_of(site, tmp_path / "other")
    path = pull(other, plan(other, reference))
    assert np.array_equal(
        load_file(path)["head.weight"], load_file(run / "model.safetensors")["head.weight"]
    )
    assert path.with_name("README.md").read_bytes().decode() == prepared.card
    assert other.locate(reference).licence == licence_of("CC-BY-4.0")


@UPLOADS
def test_push_is_one_commit(site: LocalHub, hub: Hub, run: Path) -> None:
    """A second push adds one commit, and the first stays as it was."""
    first = push(hub, prepare(run, about()), "acme/tigers")
    (run / "config.json").write_text("{}")
    second = push(hub, prepare(run, about()), "acme/tigers")
    assert first != second
    assert len(site.asked("/commit/", "POST")) == 2
    assert hub.fetch("acme/tigers", first, "config.json").read_bytes() != b"{}"
    assert hub.fetch("acme/tigers", second, "config.json").read_bytes() == b"{}"
    assert hub.look("acme/tigers").private


def test_faults_are_refused_before_the_network(site: LocalHub, hub: Hub, run: Path) -> None:
    """Nothing is sent, not even a question, while something must not be published."""
    (run / "config.json").write_text('{"weights": "/home/jane/a", "site": {"lat": 12.9716}}')
    prepared = prepare(run, about())
    with pytest.raises(
        RegistryProblem, match=r"nothing was uploaded: config\.json, weights: .*lat"
    ):
        push(hub, prepared, "acme/tigers")
    assert site.requests == []


def test_many_faults_are_counted(hub: Hub) -> None:
    """A message stays readable when everything is wrong."""
    files = {f"{number}.py": b"x" for number in range(12)}
    with pytest.raises(RegistryProblem, match=r"; and 4 more$"):
        push(hub, Prepared(files, "", ()), "acme/tigers")


def test_push_without_a_token(site: LocalHub, run: Path, tmp_path: Path) -> None:
    """Who may not write is told how to log in."""
    with pytest.raises(HubProblem, match="hf auth login"):
        push(hub_of(site, tmp_path), prepare(run, about()), "acme/tigers")
