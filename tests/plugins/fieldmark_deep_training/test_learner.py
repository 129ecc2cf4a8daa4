"""One step of learning: rates, frozen layers, the running mean, clipped gradients."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.training.learner import Learner, NotFiniteError, derived, derived_many
from fieldmark_deep.training.ranks import Rank
from support.learning import SETTINGS, settings_of

LABELS = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
PLAIN = {"rotate": 0, "crop": 0, "colour": 0}


def learner(**changes: Any) -> Learner:
    """Return the learner of the small training, for four individuals; the same every time."""
    settings = settings_of(**{"ema": None, **changes})
    torch.manual_seed(0)
    network = EmbeddingNetwork(settings.network)
    device = torch.device("cpu")
    return Learner(network, [2, 2, 2, 2], settings, device, torch.float32, Rank())


def chips() -> Tensor:
    """Return a batch of noise (8, 3, 32, 48) uint8."""
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (8, 3, 32, 48), dtype=torch.uint8, generator=generator)


def step(one: Learner, epoch: int = 1, number: int = 0, passed: float = 0.0) -> float:
    """Learn once; return the loss."""
    return one.step(chips(), LABELS, epoch, number, passed)[0]


def weights(one: Learner) -> dict[str, Tensor]:
    """Return copies of the network's parameters and statistics."""
    return {name: value.clone() for name, value in one.network.state_dict().items()}


def moved(one: Learner, before: dict[str, Tensor]) -> Tensor:
    """Return by how much the parameters moved, as one vector."""
    now = dict(one.network.named_parameters())
    return torch.cat([(before[name] - value.detach()).flatten() for name, value in now.items()])


def rates(one: Learner) -> dict[str, float]:
    """Return the rate of each of the network's parameters, by name."""
    groups = one.optimiser.param_groups
    by_id = {id(each): float(group["lr"]) for group in groups for each in group["params"]}
    return {name: by_id[id(value)] for name, value in one.network.named_parameters()}


def test_the_running_mean_by_hand() -> None:
    """With decay 0.9 it is the weights after one step, and 0.9 of those and 0.1 after two."""
    one = learner(ema=0.9)
    one.begin(1)
    step(one)
    first = weights(one)
    mean = one.best.state_dict()
    assert all(torch.equal(mean[name], first[name]) for name in first)
    step(one, number=1)
    second, mean = weights(one), one.best.state_dict()
    for name, value in first.items():
        if value.is_floating_point():
            expected = 0.9 * value + 0.1 * second[name]
            torch.testing.assert_close(mean[name], expected, rtol=1e-5, atol=1e-7)


def test_without_a_running_mean_the_network_itself_is_kept() -> None:
    """The network to keep is the one that learns, or else its mean, never both."""
    assert learner().best is not learner(ema=0.9).network
    one = learner()
    assert one.best is one.network


def test_a_network_without_anything_else_is_never_frozen() -> None:
    """Where only the backbone could learn, it does, also in the frozen epochs."""
    bare = {"embedding_size": None, "neck": False, "pooling": "avg"}
    small = {**SETTINGS["network"], **bare}
    one = learner(frozen_epochs=2, loss={"kind": "contrastive"}, network=small)
    one.begin(1)
    before = weights(one)
    step(one)
    assert moved(one, before).abs().max() > 0


def test_a_frozen_backbone_stays_bit_for_bit() -> None:
    """In the first epochs only the head moves: no weight, no statistic of the backbone does."""
    decay = {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 0.1}
    one = learner(frozen_epochs=2, ema=0.5, optimiser=decay)
    before = weights(one)
    for epoch in (1, 2):
        one.begin(epoch)
        step(one, epoch, 0)
        step(one, epoch, 1)
    for state in (weights(one), one.best.state_dict()):
        same = {name for name in before if torch.equal(before[name], state[name])}
        assert same == {name for name in before if name.startswith("backbone.")}


def test_a_freed_backbone_learns() -> None:
    """After the frozen epochs its weights and its statistics move."""
    one = learner(frozen_epochs=1)
    one.begin(1)
    step(one)
    before = weights(one)
    one.begin(2)
    step(one, 2)
    after = weights(one)
    assert not torch.equal(before["backbone.conv_stem.weight"], after["backbone.conv_stem.weight"])
    assert not torch.equal(before["backbone.bn1.running_mean"], after["backbone.bn1.running_mean"])


def test_layers_near_the_input_learn_more_slowly() -> None:
    """With a layer decay of a half, rates fall by halves from the head towards the input."""
    one = learner(optimiser={"learning_rate": 0.8, "layer_decay": 0.5})
    found = rates(one)
    stages = [found[f"backbone.{name}.weight"] for name in ("conv_stem", "blocks.0.0.conv_dw")]
    stages += [found[f"backbone.blocks.{i}.0.conv_pw.weight"] for i in range(1, 5)]
    stages += [found["head.weight"]]
    assert stages == sorted(stages)
    assert stages[0] < stages[1] < stages[-2] <= stages[-1] == 0.8
    shares = {rate / 0.8 for rate in found.values()}
    assert shares <= {0.5**power for power in range(20)}


def test_without_layer_decay_all_learn_alike() -> None:
    """A layer decay of 1 is none."""
    assert set(rates(learner(optimiser={"learning_rate": 0.3})).values()) == {0.3}


def test_class_centres_have_a_rate_of_their_own() -> None:
    """The loss's rate is what was asked for, or else the network's."""
    for own, expected in ((0.05, 0.05), (None, 0.3)):
        one = learner(optimiser={"learning_rate": 0.3, "loss_learning_rate": own})
        assert one.optimiser.param_groups[-1]["lr"] == expected


def test_the_schedule_scales_every_rate() -> None:
    """Half-way through a cosine, each group's rate is half of its full one."""
    half = {"learning_rate": 0.01, "loss_learning_rate": 0.1}
    one = learner(optimiser=half, schedule={"kind": "cosine"}, epochs=2)
    one.begin(2)
    assert one.step(chips(), LABELS, 2, 0, 1.0)[1] == pytest.approx(0.005)
    found = [group["lr"] for group in one.optimiser.param_groups]
    assert found == pytest.approx([0.005, 0.005, 0.05])


def test_gradients_are_clipped() -> None:
    """Plain descent at rate 1 moves the network by the clipped length, and no further."""
    before = weights(learner())
    for clip in (0.01, 0.02):
        one = learner(optimiser={"kind": "sgd", "learning_rate": 1.0, "clip": clip})
        one.begin(1)
        step(one)
        assert moved(one, before).norm().item() == pytest.approx(clip, rel=1e-2)


def test_short_gradients_are_not_stretched() -> None:
    """A gradient below the limit stays as it is."""
    steps = []
    for clip in (None, 1e6):
        one = learner(optimiser={"kind": "sgd", "learning_rate": 1e-3, "clip": clip})
        before = weights(one)
        one.begin(1)
        step(one)
        steps.append(moved(one, before))
    assert torch.equal(*steps)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_changes_nothing(wrong: float) -> None:
    """Weights, their running mean and the optimiser's memory are as before the bad step."""
    one = learner(ema=0.9)
    one.begin(1)
    step(one)
    centres = next(one.objective.parameters())
    good = centres.detach().clone()
    with torch.no_grad():
        centres.fill_(wrong)
    before, mean = weights(one), {k: v.clone() for k, v in one.best.state_dict().items()}
    moments = str(one.optimiser.state_dict()["state"])
    with pytest.raises(NotFiniteError):
        step(one, number=1)
    assert not moved(one, before).any()
    assert all(torch.equal(mean[name], value) for name, value in one.best.state_dict().items())
    assert str(one.optimiser.state_dict()["state"]) == moments
    with torch.no_grad():
        centres.copy_(good)
    assert step(one, number=1) > 0


def test_a_step_depends_on_nothing_but_its_number() -> None:
    """Whatever was drawn before, a step draws the same; another step or epoch draws otherwise."""
    losses = []
    for epoch, number, noise in ((1, 0, 0), (1, 0, 5), (1, 1, 0), (2, 0, 0)):
        one = learner(augment={"rotate": 30, "crop": 0.2, "colour": 0.5, "erase": 0.5})
        one.begin(epoch)
        torch.rand(noise)
        losses.append(step(one, epoch, number))
    assert losses[0] == losses[1]
    assert len(set(losses)) == 3


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4))
def test_derived_seeds_are_seeds(numbers: list[int]) -> None:
    """A derived seed repeats, and is one that torch takes: below 2^63."""
    seed = derived(*numbers)
    assert seed == derived(*numbers)
    assert 0 <= seed < 2**63
    assert derived_many(1, *numbers) == [seed]


def test_derived_seeds_differ_by_epoch_and_step() -> None:
    """No two of a hundred epochs and steps share a seed, nor do the chips of a batch."""
    seeds = {derived(3, epoch, number, 0) for epoch in range(10) for number in range(10)}
    assert len(seeds) == 100
    assert derived(3, 1, 2, 0) != derived(3, 2, 1, 0)
    assert len(set(derived_many(64, 3, 1, 0))) == 64


def test_frozen_statistics_stay_while_all_weights_learn() -> None:
    """With few photos every weight may move, and what batch normalisation has seen may not."""
    one = learner(frozen_statistics=True)
    before = weights(one)
    one.begin(1)
    step(one)
    after = weights(one)
    assert not torch.equal(before["backbone.conv_stem.weight"], after["backbone.conv_stem.weight"])
    for name in before:
        if "running" in name:
            assert torch.equal(before[name], after[name]), name
