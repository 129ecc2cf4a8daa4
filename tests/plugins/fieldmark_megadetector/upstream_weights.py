"""Small checkpoints with random weights, saved as the makers of the true ones saved them."""

from pathlib import Path
from typing import Any

from fieldmark_megadetector_worker import (
    family_apache,
    family_mit,
    family_v5,
    family_v6,
    random_weights,
)
from fieldmark_megadetector_worker.library import module
from fieldmark_megadetector_worker.mit_layers import description


def make_weights(folder: Path) -> None:
    """Write one checkpoint of every family, and some that are no MegaDetector's."""
    torch = module("torch")
    folder.mkdir(parents=True)
    v6 = family_v6.untrained()
    torch.save({"model": v6.half(), "train_args": {}, "epoch": -1}, folder / "v6.pt")
    v5 = family_v5.untrained()
    torch.save({"model": v5.half(), "epoch": -1, "best_fitness": None}, folder / "v5.pt")
    mit = {f"model.model.{key}": value for key, value in mit_state().items()}
    made = {"state_dict": mit, "epoch": 3, "pytorch-lightning_version": "2.4.0"}
    made["hyper_parameters"] = module("omegaconf").OmegaConf.create({"lr": 0.1, "tags": ["a"]})
    torch.save(made, folder / "mit.ckpt")
    with family_apache.without_backbone() as config:
        state = family_apache.untrained(config, "MDV6-apa-rtdetr-c")
    torch.save({"model": {}, "ema": {"module": state}}, folder / "apache.pth")
    short = dict(list(mit.items())[:-3])
    torch.save({"state_dict": short}, folder / "short.ckpt")
    torch.save({"state_dict": print}, folder / "program.ckpt")


def mit_state() -> dict[str, Any]:
    """Return random weights of the small MIT network."""
    yolo = module("PytorchWildlife.models.detection.yolo_mit.yolo_mit_base")
    plan = yolo.OmegaConf.create(description("MDV6-mit-yolov9-c", 640, 0.5, 1000))
    random_weights.start()
    network = yolo.create_model(plan.model, weight_path=False, class_num=3)
    family_mit.draw(network)
    state: dict[str, Any] = network.model.state_dict()
    return state
