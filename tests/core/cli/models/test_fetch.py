"""`fieldmark models pull` and `pin`: nothing comes unseen, and what comes is verified."""

import os
import pty
import subprocess
import sys

import pytest

from support.models import hostile_pickle, tiny_timm
from support.users import Shared, User


def test_size_and_licence_come_before_the_download(user: User, shared: Shared) -> None:
    """Without a person to ask, nothing is fetched; what would have been is shown."""
    done = user.types("models", "pull", shared.reference)
    assert done.returncode == 2
    assert "CC-BY-NC-4.0: may not be used commercially" in done.stdout
    assert "to download: " in done.stdout
    assert "MB in 3 files" in done.stdout
    assert "nothing was downloaded, because nobody could be asked; add --yes" in done.stderr
    assert user.hub.served("model.safetensors") == 0


def test_a_person_is_asked_once(user: User, shared: Shared) -> None:
    """At a terminal, y fetches and n does not."""
    for answer, expected in (("n", 130), ("y", 0)):
        lead, follow = pty.openpty()
        asked = subprocess.Popen(
            [sys.executable, "-m", "fieldmark", "models", "pull", "-q", shared.reference],
            stdin=follow, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(user.environment),
        )  # fmt: skip
        os.write(lead, f"{answer}\n".encode())
        out, _ = asked.communicate(timeout=120)
        os.close(lead)
        os.close(follow)
        assert asked.returncode == expected
        assert out.count(b"[y/N]") == 1
        assert (user.hub.served("model.safetensors") > 0) is (answer == "y")


def test_what_is_here_is_not_fetched_again(user: User, shared: Shared) -> None:
    """The second pull asks nobody, the hub least."""
    assert user.types("models", "pull", "--yes", shared.reference).returncode == 0
    user.hub.requests.clear()
    done = user.types("models", "pull", shared.reference)
    assert done.returncode == 0, done.stderr
    assert "here already" in done.stdout
    assert user.hub.requests == []


def test_a_policy_refuses_before_anything_comes(
    user: User, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`permissive`, typed or set for a whole office, lets no other licence in."""
    typed = user.types(
        "models", "pull", "--yes", "--licence-policy", "permissive", shared.reference
    )
    monkeypatch.setenv("FIELDMARK_LICENCE_POLICY", "permissive")
    for done in (typed, user.types("models", "pull", "--yes", shared.reference)):
        assert done.returncode == 2
        assert "refused by the licence policy 'permissive'" in done.stderr
    assert user.hub.served("model.safetensors") == 0


def test_all_weights_of_a_profile(user: User, shared: Shared) -> None:
    """`--species` fetches what the pipelines of a profile name."""
    project = user.project(shared.step)
    profile = project / "species" / "okapi.yaml"
    done = user.types("models", "pull", "--yes", "--species", profile)
    assert done.returncode == 0, done.stderr
    assert "verified: " in done.stdout
    none = user.types("models", "pull", "--species", profile, "--pipeline", "colours")
    assert none.returncode == 2
    assert "no pipeline of okapi that was asked for names weights" in none.stderr


def test_a_pin_names_the_commit_and_the_digest(user: User, shared: Shared) -> None:
    """What is printed goes into a profile as it is; nothing is downloaded for it."""
    done = user.types("models", "pin", "zoo/tiny")
    assert done.stdout == f"weights: {shared.reference}\n"
    assert user.hub.served("model.safetensors") == 0
    here = user.types("models", "pin", shared.file)
    assert here.stdout.startswith("weights: file:///")


def test_a_branch_in_a_profile_is_refused_with_the_command_that_pins_it(
    user: User, shared: Shared
) -> None:
    """A profile must name one version."""
    project = user.project(
        shared.step.replace(shared.reference.split("@")[1].split("/")[0], "main")
    )
    done = user.types("species", "check", project / "species" / "okapi.yaml")
    assert done.returncode == 2
    assert "fieldmark models pin zoo/tiny" in done.stderr


def test_a_pickle_is_converted_once_and_never_run(user: User, shared: Shared) -> None:
    """Only tensors come out of a pickle, and only when a person says so."""
    marker = user.folder / "it-ran"
    bad = hostile_pickle(user.folder / "pytorch_model.bin", marker)
    commit = user.hub.publish("zoo/bad", {"pytorch_model.bin": bad}, licence="mit")
    name = f"zoo/bad@{commit}/pytorch_model.bin"
    reference = user.types("models", "pin", name).stdout.removeprefix("weights: ").strip()
    unasked = user.types("models", "pull", "--yes", reference)
    assert unasked.returncode == 2
    assert "--convert" in unasked.stderr
    forced = user.types("models", "pull", "--yes", "--convert", reference)
    assert forced.returncode == 2
    assert not marker.exists()
    assert "Traceback" not in forced.stderr


def test_timm_finds_the_same_file_by_its_own_way(user: User, shared: Shared) -> None:
    """What fieldmark pulled, `timm.create_model('hf-hub:…')` loads without a network."""
    assert user.types("models", "pull", "--yes", shared.reference).returncode == 0
    commit = shared.reference.split("@")[1].split("/")[0]
    code = f"""
import timm, torch
from fieldmark_deep.storage import load
from fieldmark_registry.weights import Shelf
theirs = timm.create_model("hf-hub:zoo/tiny@{commit}", pretrained=True, num_classes=0).eval()
ours, _ = load(Shelf.standard().verified("{shared.reference}"))
batch = torch.rand(2, 3, 64, 64)
with torch.inference_mode():
    expected = torch.nn.functional.normalize(theirs((batch - ours.mean) / ours.std))
    torch.testing.assert_close(ours(batch), expected)
"""
    user.hub.requests.clear()
    offline = {**user.environment, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=offline, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert user.hub.requests == []


def test_a_moved_branch_changes_nothing(user: User, shared: Shared) -> None:
    """A reference keeps naming what it named when the repository moves on."""
    other = tiny_timm(user.folder / "other", seed=1)
    user.hub.publish("zoo/tiny", {path.name: path for path in other.parent.iterdir()})
    assert user.types("models", "pull", "--yes", shared.reference).returncode == 0
    moved = user.types("models", "pin", "zoo/tiny").stdout
    assert moved.startswith("weights: hf://zoo/tiny@")
    assert shared.reference not in moved
