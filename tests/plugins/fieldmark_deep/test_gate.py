"""A gate lets the classes to keep through, and says in words what it sets aside."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.api.weights import resolve_weights
from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.learn.chips import PreparedChips
from fieldmark.profile import PreprocessStep
from fieldmark.types import Chip, SetAside
from fieldmark_deep.classifier import Classifier, probabilities
from fieldmark_deep.embedder import DeepEmbedder
from fieldmark_deep.gate import Gate, load_gate
from fieldmark_deep.gate_settings import GateOptions
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.records import TINY
from fieldmark_deep.settings import Network
from fieldmark_deep.storage import read_config, save
from support.striped import drawn, photo, reference, train

CHIP = Chip(np.full((8, 8, 3), 120, np.uint8))
TIGERS = GateOptions(keep=("tiger",))
TWO, THREE = ("deer", "tiger"), ("deer", "leopard", "tiger")


def judged(shares: list[float], classes: tuple[str, ...], **options: object) -> Chip | SetAside:
    """Return what a gate says of a chip whose classes have these probabilities."""
    logits = torch.tensor([[math.log(share) for share in shares]])
    network = Network(embedding_size=len(classes), normalise=False)
    classifier = DeepEmbedder(network, lambda _chips: logits, 1)
    given = GateOptions.model_validate({"keep": ["tiger"], **options})
    return Gate(Classifier(classifier, classes), given).apply(CHIP)


def test_probabilities_by_hand() -> None:
    """Logits ln 1 and ln 3 are a quarter and three quarters."""
    found = probabilities(np.array([0.0, math.log(3)], np.float32))
    assert found == pytest.approx([0.25, 0.75])


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=2, max_size=6))
def test_probabilities_are_shares(logits: list[float]) -> None:
    """However large the logits, the shares are finite, sum to 1 and keep their order."""
    values = np.array(logits, np.float32)
    found = probabilities(values)
    assert found.sum() == pytest.approx(1)
    assert found[values.argmax()] == found.max()


def test_a_tiger_passes_as_it_is() -> None:
    """What is a tiger rather than anything else goes on, the same chip."""
    assert judged([0.25, 0.75], TWO) is CHIP


def test_a_deer_is_set_aside_in_words() -> None:
    """The reason says what is seen, how sure the gate is, and its threshold."""
    assert judged([0.75, 0.25], TWO) == SetAside(
        "the gate sees deer (75%), and tiger with 25% only; its threshold is 50%"
    )


@pytest.mark.parametrize(("threshold", "passes"), [(0.0, True), (0.249, True), (0.251, False)])
def test_the_threshold_decides(threshold: float, passes: bool) -> None:
    """A tiger of 25 % passes below a quarter; what is likeliest does not matter."""
    assert (judged([0.75, 0.25], TWO, threshold=threshold) is CHIP) is passes


def test_the_threshold_itself_passes() -> None:
    """Exactly as much as is asked for is enough: two equal logits are exactly a half each."""
    assert judged([1.0, 1.0], TWO, threshold=0.5) is CHIP


def test_nothing_is_certain_enough_for_certainty() -> None:
    """With a threshold of 1 any doubt sets aside."""
    assert isinstance(judged([0.01, 0.99], TWO, threshold=1), SetAside)


def test_three_classes_of_which_two_go_on() -> None:
    """The probabilities of all classes to keep count together; the reason names them."""
    keep = {"keep": ["tiger", "leopard"]}
    assert judged([0.4, 0.35, 0.25], THREE, **keep) is CHIP
    aside = judged([0.6, 0.3, 0.1], THREE, **keep)
    assert isinstance(aside, SetAside)
    assert "the gate sees deer (60%), and tiger or leopard with 40% only" in aside.reason


def test_three_classes_of_which_one_goes_on() -> None:
    """A leopard is no tiger, and the reason says leopard."""
    aside = judged([0.1, 0.6, 0.3], THREE)
    assert isinstance(aside, SetAside)
    assert "sees leopard (60%)" in aside.reason


def test_an_unknown_class_is_refused() -> None:
    """A gate cannot keep what it was not trained on; the message names what there is."""
    with pytest.raises(UserError, match=r"not trained on lion; .* some of: deer, tiger$"):
        judged([0.5, 0.5], TWO, keep=["lion", "tiger"])


def test_a_gate_must_be_told_what_to_keep(gate: Path) -> None:
    """Without classes to keep it is refused, with those that it knows."""
    with pytest.raises(UserError, match=r"^the gate keeps nothing; .* some of: deer, tiger$"):
        load_gate(GateOptions(), Context(weights=lambda: gate), "species-gate")


def pixels_of(kind: str) -> NDArray[np.uint8]:
    """Return a picture that no gate was trained on."""
    return drawn(kind, 1000)


def test_a_trained_gate_knows_tigers(gate: Path) -> None:
    """A gate trained on drawn stripes lets new upright ones through and sets level ones aside."""
    made = load_gate(TIGERS, Context(weights=lambda: gate), "tiger-gate")
    for kind in ("tiger", "deer"):
        done = [made.apply(Chip(drawn(kind, number))) for number in range(1000, 1008)]
        passed = sum(isinstance(each, Chip) for each in done)
        assert passed == (8 if kind == "tiger" else 0)
    aside = made.apply(Chip(pixels_of("deer")))
    assert isinstance(aside, SetAside)
    assert aside.reason.startswith("the gate sees deer (")


def test_a_trained_gate_says_what_it_tells_apart(gate: Path) -> None:
    """The classes lie in the weights file, in the order of the network's outputs."""
    config = read_config(gate)
    assert config["record"]["classes"] == ["deer", "tiger"]
    assert config["network"]["embedding_size"] == 2
    assert config["record"]["measured"]["new encounters macro"] == 1.0


def test_a_gate_of_three_classes(tmp_path: Path) -> None:
    """Data of three species make three classes, of which any may be kept."""
    weights = train(tmp_path, ("deer", "tiger", "zebra"), 1)
    everything = GateOptions(keep=("deer", "tiger", "zebra"), threshold=0.999)
    made = load_gate(everything, Context(weights=lambda: weights), "species-gate")
    assert isinstance(made.apply(Chip(pixels_of("zebra"))), Chip)
    with pytest.raises(UserError, match="some of: deer, tiger, zebra"):
        load_gate(GateOptions(keep=("lion",)), Context(weights=lambda: weights), "species-gate")


def test_a_gate_in_a_chain(gate: Path, tmp_path: Path) -> None:
    """A profile names the gate after the crop; what it sets aside never reaches the embedder."""
    steps = [
        PreprocessStep(use="crop"),
        PreprocessStep(use="species-gate", options={"keep": ["tiger"]}, weights=reference(gate)),
    ]
    chain = PreparedChips(steps, resolve_weights)
    assert isinstance(chain(photo(tmp_path, "tiger", 1000)), Chip)
    aside = chain(photo(tmp_path, "deer", 1000))
    assert isinstance(aside, SetAside)
    assert "the gate sees deer" in aside.reason


def test_an_embedder_is_no_gate(tmp_path: Path) -> None:
    """Weights that name no classes are refused as a gate's, and the message says what to train."""
    save(tmp_path, EmbeddingNetwork(Network.model_validate(TINY)), {"component": "timm"})
    weights = tmp_path / "model.safetensors"
    with pytest.raises(
        UserError, match=r"not those of a gate.*train one with: fieldmark train species-gate"
    ):
        load_gate(TIGERS, Context(weights=lambda: weights), "species-gate")
