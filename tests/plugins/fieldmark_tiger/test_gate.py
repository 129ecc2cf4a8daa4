"""The tiger's gate is that of every species with a default of its own."""

from pathlib import Path

import torch

from fieldmark.components import Context
from fieldmark.training import TrainingContext
from fieldmark.types import Chip, SetAside
from fieldmark_deep.records import TINY
from fieldmark_deep.storage import load
from fieldmark_deep.training import run
from fieldmark_tiger import GATE
from fieldmark_tiger.settings import SiameseSettings, TigerGateOptions
from support.striped import data, drawn


def test_it_lets_tigers_through(gate: Path) -> None:
    """Without options it keeps what is a tiger rather than anything else."""
    made = GATE.build(TigerGateOptions(), Context(weights=lambda: gate))
    assert isinstance(made.apply(Chip(drawn("tiger", 1000))), Chip)
    aside = made.apply(Chip(drawn("deer", 1000)))
    assert isinstance(aside, SetAside)
    assert aside.reason.startswith("the gate sees deer (")


def test_the_siamese_network_grows_from_the_gate(gate: Path, tmp_path: Path) -> None:
    """With backbone_weights naming the gate's file, training begins with the gate's backbone."""
    changes = {
        "network": {**TINY, "embedding_size": 8},
        "backbone_weights": str(gate),
        "frozen_epochs": 1,
        "epochs": 1,
        "batch_size": 8,
        "precision": "float32",
    }
    settings = SiameseSettings.model_validate(changes)
    context = TrainingContext(tmp_path, {"component": "tiger-siamese"}, device="cpu")
    made = run(settings, data(tmp_path, ("tiger", "zebra")), context).weights
    mine, gates = (load(path)[0].backbone.state_dict() for path in (made, gate))
    assert mine.keys() == gates.keys()
    assert all(torch.equal(mine[name], gates[name]) for name in mine)
