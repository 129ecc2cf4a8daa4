"""The faults of PyTorch-Wildlife that are got round, each shown as it is in the library today.

A test here fails when upstream has mended the fault: then take the workaround out, with its test.
docs/megadetector.md lists them.
"""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def facts(upstream: Path) -> dict[str, Any]:
    """Return what the library does by itself."""
    found: dict[str, Any] = json.loads((upstream / "facts.json").read_text())
    return found


def test_import_needs_undeclared_sound_libraries(facts: dict[str, Any]) -> None:
    """Mended when PyTorch-Wildlife imports without soundfile; then `without_sound` can go."""
    if not facts["import sound"]:
        pytest.skip("soundfile and librosa happen to be installed")
    assert "soundfile" in facts["import sound"]


def test_torchaudio_refuses_newer_torch(facts: dict[str, Any]) -> None:
    """Mended when a torchaudio fits the torch that is installed, or is no longer imported."""
    if facts["cuda"] == "None":
        pytest.skip("this torch is built without CUDA, which is what torchaudio compares")
    assert "different CUDA versions" in facts["import torchaudio"]


def test_yolov5_needs_pkg_resources(facts: dict[str, Any]) -> None:
    """Mended when yolov5 imports without it; then `with_pkg_resources` can go."""
    assert "pkg_resources" in facts["import pkg_resources"]


def test_v6_takes_rgb_for_bgr(facts: dict[str, Any]) -> None:
    """Mended when a red RGB array reaches the network as red; then arrays need no turning."""
    assert facts["v6 red"] == [0.0, 0.0, 1.0]


def test_v6_ignores_the_device(facts: dict[str, Any]) -> None:
    """Mended when `device=` reaches ultralytics; then CUDA_VISIBLE_DEVICES may stay as it is."""
    assert facts["v6 device"] is None


def test_v6_runs_rtdetr_as_yolo(facts: dict[str, Any]) -> None:
    """Mended when MDV6-rtdetr-c gets RTDETRPredictor by itself."""
    assert facts["v6 rtdetr"] == "DetectionPredictor"


def test_v6_downloads_again_and_again(facts: dict[str, Any]) -> None:
    """Mended when MDV6-yolov9-c is found under the name it is saved as."""
    assert facts["v6 downloads"] == 2


def test_v5_cannot_open_its_checkpoint(facts: dict[str, Any]) -> None:
    """Mended when MegaDetectorV5 opens its own kind of file; then see whether it runs it, too."""
    assert facts["v5 opens"] == "UnpicklingError"


def test_v5_batch_drops_empty_photos(facts: dict[str, Any]) -> None:
    """Mended when two photos without detections give two results."""
    assert facts["v5 batch"] == 0


def test_apache_batch_divides_x_by_the_height(facts: dict[str, Any]) -> None:
    """Mended when x of a photo of 640×480 is divided by 640."""
    assert round(facts["apache divisor"]) != 640


def test_apache_downloads_a_backbone(facts: dict[str, Any]) -> None:
    """Mended when given weights are enough; then `without_backbone` can go."""
    assert len(facts["apache downloads"]) == 1


def test_mit_ignores_the_given_weights(facts: dict[str, Any]) -> None:
    """Mended when nothing is downloaded where weights are given."""
    assert facts["mit downloads"][0].startswith("https://zenodo.org/")


def test_mit_loads_at_every_call(facts: dict[str, Any]) -> None:
    """Mended when two calls load the network once."""
    assert facts["mit loads"] == 2


def test_mit_runs_what_a_checkpoint_says(facts: dict[str, Any]) -> None:
    """Mended when checkpoints are opened with `weights_only`."""
    assert facts["mit weights_only"] is False


def test_mit_leaves_layers_random(facts: dict[str, Any]) -> None:
    """Mended when a checkpoint that lacks tensors is refused; then `fill` can be the library's."""
    assert facts["mit short"] == "YOLO"


def test_mit_stays_in_training_mode(facts: dict[str, Any]) -> None:
    """Mended when the network is in evaluation mode after a detection."""
    assert facts["mit training"] is True


def test_ultralytics_reports_usage_unless_told(facts: dict[str, Any]) -> None:
    """Mended when the setting `sync` is off by itself; then YOLO_OFFLINE is a second lock only."""
    assert facts["sync"] is True
