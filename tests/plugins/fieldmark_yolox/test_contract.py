"""The plugin keeps the contract of every plugin, without a network and with a tiny one."""

import dataclasses
from pathlib import Path

import pytest

import fieldmark_yolox
from fieldmark.testing import contract, run_contract

test_contract = contract("fieldmark_yolox")


def test_contract_with_weights(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a real ONNX network in place of the stand-in, every check passes as well."""
    record = dataclasses.replace(fieldmark_yolox.YOLOX, example={"confidence": 0.001})
    monkeypatch.setattr(fieldmark_yolox, "YOLOX", record)
    outcomes = run_contract("fieldmark_yolox", weights={"detector:yolox": tiny})
    assert [str(each) for each in outcomes if each.status != "passed"] == []
