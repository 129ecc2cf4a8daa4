"""Shared weights in an identification: on what terms, on which species, from which score on."""

import json
from pathlib import Path
from typing import Any

import pytest

from fieldmark.learn.header import read_record
from fieldmark_registry.digests import sha256_of
from support.learnable import write_data
from support.models import miewid_shaped
from support.users import Shared, User


def report_of(project: Path) -> dict[str, Any]:
    """Return the facts of the latest run."""
    runs = sorted((project / "identify").iterdir(), key=lambda path: path.stat().st_mtime)
    found: dict[str, Any] = json.loads((runs[-1] / "candidates.json").read_text("utf-8"))["run"]
    return found


def identify(user: User, project: Path, *options: str) -> Any:
    """Identify in a project."""
    return user.types("identify", "-q", "--project", project, *options)


def test_weights_that_are_not_here_stop_it_with_the_command(user: User, shared: Shared) -> None:
    """Identification never downloads; it says what to type."""
    project = user.project(shared.step)
    user.hub.requests.clear()
    done = identify(user, project, "--pipeline", "deep")
    assert done.returncode == 2
    assert f"fieldmark models pull '{shared.reference}'" in done.stderr
    assert user.hub.requests == []


def test_reports_name_the_model_and_its_licence(user: User, shared: Shared) -> None:
    """Table, JSON and page say whose weights were used and on what terms; the hub hears nothing."""
    project = user.project(shared.step)
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    user.hub.requests.clear()
    done = identify(user, project, "--pipeline", "deep")
    assert done.returncode == 0, done.stderr
    assert user.hub.requests == []
    assert "Licence: CC-BY-NC-4.0: may not be used commercially" in done.stdout
    (model,) = report_of(project)["models"]
    assert model["reference"] == shared.reference
    assert model["licence"] == "CC-BY-NC-4.0"
    assert model["permissive"] is False
    page = next(project.glob("identify/*/report.html")).read_text(encoding="utf-8")
    assert "CC-BY-NC-4.0" in page
    assert shared.reference in page


def test_a_policy_stops_an_identification(user: User, shared: Shared) -> None:
    """Weights that were pulled by somebody else are refused here, too."""
    project = user.project(shared.step)
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    done = identify(user, project, "--pipeline", "deep", "--licence-policy", "permissive")
    assert done.returncode == 2
    assert "refused by the licence policy 'permissive'" in done.stderr
    assert not (project / "identify").exists()


@pytest.fixture
def miewid(user: User, tmp_path: Path) -> str:
    """Put a small network in MiewID's layout on the hub, and pin the card to it."""
    file = miewid_shaped(tmp_path / "miewid", full=False)
    files = {path.name: path for path in file.parent.iterdir()}
    commit = user.hub.publish("conservationxlabs/miewid-msv3", files)
    shipped = Path(__file__).parents[4] / "registry/fieldmark_registry/models/miewid-msv3.yaml"
    lines = shipped.read_text(encoding="utf-8").splitlines()
    ours = {
        "revision": commit,
        "sha256": sha256_of(file),
        "size": str(file.stat().st_size),
    }
    lines = [
        f"{key}: {ours[key]}" if (key := line.partition(":")[0]) in ours else line for line in lines
    ]
    card = user.home / "models" / "miewid-msv3.yaml"
    card.parent.mkdir(parents=True)
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(card)


def test_zero_shot_on_a_species_nobody_trained_for(user: User, miewid: str) -> None:
    """`zero-shot` ranks, and says that the species is unseen and how the threshold came about."""
    project = user.project(individuals=22)
    pulled = user.types("models", "pull", "--yes", "-q", "miewid-msv3")
    assert pulled.returncode == 0, pulled.stderr
    assert "no licence is stated" in pulled.stdout
    assert "not for: " in pulled.stdout
    done = identify(user, project, "--species", "any", "--pipeline", "zero-shot")
    assert done.returncode == 0, done.stderr
    assert "Unseen species: it is not known whether miewid-msv3 was trained on okapi" in done.stdout
    assert "22 named animals found somebody else with a higher score" in done.stdout
    facts = report_of(project)
    assert facts["threshold"]["low"] <= facts["threshold"]["value"] <= facts["threshold"]["high"]
    page = next(project.glob("identify/*/report.html")).read_text(encoding="utf-8")
    assert "Unseen species." in page
    assert "the threshold" in page


def test_few_named_animals_are_said_to_be_too_few(user: User, miewid: str) -> None:
    """Without enough named animals there is no threshold, and the report says so."""
    project = user.project(individuals=4)
    assert user.types("models", "pull", "--yes", "-q", "miewid-msv3").returncode == 0
    done = identify(user, project, "--species", "any", "--pipeline", "zero-shot")
    assert done.returncode == 0, done.stderr
    assert "Threshold: no threshold: it takes 20 named animals" in done.stdout


def test_a_new_pin_makes_features_anew(user: User, miewid: str) -> None:
    """A card that names another file tomorrow never gets yesterday's features."""
    project = user.project(individuals=3)
    for _ in range(2):
        assert user.types("models", "pull", "--yes", "-q", "miewid-msv3").returncode == 0
        done = identify(user, project, "--species", "any", "--pipeline", "zero-shot")
        assert done.returncode == 0, done.stderr
        other = miewid_shaped(user.folder / "other", seed=1, full=False)
        files = {path.name: path for path in other.parent.iterdir()}
        commit = user.hub.publish("conservationxlabs/miewid-msv3", files)
        card = Path(miewid)
        lines = card.read_text(encoding="utf-8").splitlines()
        new = {"revision": commit, "sha256": sha256_of(other)}
        lines = [
            f"{key}: {new[key]}" if (key := line.partition(":")[0]) in new else line
            for line in lines
        ]
        card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    runs = [
        json.loads(path.read_text("utf-8"))["run"]
        for path in sorted(project.glob("identify/*/candidates.json"))
    ]
    assert len({run["fingerprint"] for run in runs}) == 2
    assert len({run["models"][0]["reference"] for run in runs}) == 2


def test_shared_weights_are_trained_on_and_remembered(user: User, shared: Shared) -> None:
    """A model of the hub needs no recipe; what comes of it keeps its licence."""
    table = write_data(user.folder / "data", individuals=6)
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    tune = ("fine-tune", "--from", shared.reference, "--data", table, "--out", "tuned", "-q")
    refused = user.types(*tune, "--licence-policy", "permissive")
    assert refused.returncode == 2
    assert "refused by the licence policy" in refused.stderr
    short = ("--set", "train.epochs=1", "--set", "train.frozen_epochs=1")
    done = user.types(*tune, *short, "--set", "train.batch_size=8", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    record = read_record(user.folder / "tuned" / "model.safetensors")
    assert record["base"]["licence"] == "CC-BY-NC-4.0"
    assert record["base"]["reference"] == shared.reference
    assert record["settings"]["network"]["backbone"] == "test_efficientnet"
    freer = user.types("models", "push", "tuned", "zoo/mine", "--licence", "MIT", "--dry-run")
    assert freer.returncode == 2
    assert "CC-BY-NC-4.0" in freer.stderr


def test_a_model_that_was_not_pulled_cannot_be_trained_on(user: User) -> None:
    """The sentence names the command."""
    done = user.types("fine-tune", "--from", "miewid-msv3", "--data", user.folder)
    assert done.returncode == 2
    assert "fieldmark models pull miewid-msv3" in done.stderr
