import math

import pytest
import torch
from torch import Tensor

from fieldmark_deep.losses import ExactDistance, Objective, _Triplets, class_weights
from fieldmark_deep.settings import ArcFace, Contrastive, CosFace, CrossEntropy, Loss, Triplet

ALL: list[Loss] = [
    Contrastive(),
    Triplet(),
    Triplet(mining="all", soft=True),
    Triplet(mining="weighted-semi-hard", mining_from=2, length=64, margin=10),
    CosFace(),
    CosFace(adaptive=True),
    ArcFace(),
    ArcFace(centers=3, margin=0.3284, margin_min=0.2),
    CrossEntropy(smoothing=0.1),
    CrossEntropy(balance=0.5),
]
COUNTS = [1, 2, 3, 4]


def points(*xy: tuple[float, float]) -> Tensor:
    """Return embeddings in the plane."""
    return torch.tensor(xy).requires_grad_()


def value(loss: Loss, embeddings: Tensor, labels: list[int], epoch: int = 1) -> float:
    """Return the loss of a batch."""
    objective = Objective(loss, COUNTS, embeddings.shape[1])
    return float(objective(embeddings, torch.tensor(labels), epoch=epoch, seed=0).detach())


def name(loss: Loss) -> str:
    """Name a parametrised case by what is set."""
    return "-".join(map(str, loss.model_dump().values()))


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_every_loss_teaches(loss: Loss) -> None:
    """A scalar of float32 comes out, with finite gradients that are not all 0."""
    torch.manual_seed(0)
    embeddings = torch.nn.functional.normalize(torch.randn(12, 4)).requires_grad_()
    objective = Objective(loss, COUNTS, 4)
    for epoch in (1, 2):
        found = objective(embeddings, torch.arange(12) % 4, epoch=epoch, seed=3)
        (gradient,) = torch.autograd.grad(found, embeddings)
        assert found.shape == ()
        assert found.dtype is torch.float32
        assert bool(torch.isfinite(gradient).all())
        assert bool(gradient.any())


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_every_loss_is_finite_where_photos_coincide(loss: Loss) -> None:
    """Equal and opposite embeddings, cosines of ±1, give finite values and gradients."""
    embeddings = torch.eye(4)[[0, 0, 0, 0]] * torch.tensor([1, 1, -1, 1])[:, None]
    embeddings = embeddings.clone().requires_grad_()
    objective = Objective(loss, COUNTS, 4)
    for parameter in objective.parameters():  # centres on the photos, and opposite to them
        parameter.data.zero_()
        parameter.data[0] = 1
    found = objective(embeddings, torch.tensor([0, 0, 1, 2]), epoch=5, seed=0)
    found.backward()
    assert bool(torch.isfinite(found))
    assert embeddings.grad is not None
    assert bool(torch.isfinite(embeddings.grad).all())


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_autocast_changes_nothing(loss: Loss) -> None:
    """Losses run in float32 even where the network runs in bfloat16."""
    torch.manual_seed(0)
    embeddings = torch.nn.functional.normalize(torch.randn(8, 4))
    labels, objective = torch.arange(8) % 4, Objective(loss, COUNTS, 4)
    plain = objective(embeddings, labels, epoch=2, seed=1)
    with torch.autocast("cpu", torch.bfloat16):
        cast = objective(embeddings, labels, epoch=2, seed=1)
    assert torch.equal(plain, cast)


@pytest.mark.parametrize(
    "loss", [loss for loss in ALL if loss.kind in {"contrastive", "triplet"}], ids=name
)
def test_nothing_to_learn_is_zero(loss: Loss) -> None:
    """A batch of one photo costs 0, and its gradient is 0, not missing."""
    photo = points((1.0, 0.0))
    found = Objective(loss, COUNTS, 2)(photo, torch.tensor([0]), epoch=1, seed=0)
    found.backward()
    assert found.item() == 0
    assert photo.grad is not None
    assert not bool(photo.grad.any())


def test_contrastive_has_its_value() -> None:
    """Same animals cost their distance, others what is missing to the margin: 0.5 and 0.6."""
    # One pair of class 0, 0.5 apart; the third is 0.4 from the second and 0.9 from the first.
    photos = points((0.0, 0.0), (0.5, 0.0), (0.9, 0.0))
    found = value(Contrastive(margin=1.0), photos, [0, 0, 1])
    assert found == pytest.approx(0.5 + (0.6 + 0.1) / 2, abs=1e-6)


def test_triplets_have_their_value() -> None:
    """d(a, p) − d(a, n) + margin, over the triplets that violate it."""
    photos = points((0.0, 0.0), (0.3, 0.0), (0.4, 0.0))
    found = value(Triplet(margin=0.2, mining="all"), photos, [0, 0, 1])
    # Anchors 0 and 1: 0.3 − 0.4 + 0.2 and 0.3 − 0.1 + 0.2.
    assert found == pytest.approx((0.1 + 0.4) / 2, abs=1e-6)


def test_soft_triplets_have_their_value() -> None:
    """log(1 + e^x) of the same differences, over all triplets."""
    photos = points((0.0, 0.0), (0.3, 0.0), (0.4, 0.0))
    found = value(Triplet(margin=0.2, mining="all", soft=True), photos, [0, 0, 1])
    wanted = (math.log1p(math.exp(0.1)) + math.log1p(math.exp(0.4))) / 2
    assert found == pytest.approx(wanted, abs=1e-6)


def test_semi_hard_leaves_hard_triplets_out() -> None:
    """Anchor 1 has its negative nearer than its positive: only anchor 0's triplet counts."""
    photos = points((0.0, 0.0), (0.3, 0.0), (0.4, 0.0))
    found = value(Triplet(margin=0.2, mining="semi-hard"), photos, [0, 0, 1])
    assert found == pytest.approx(0.1, abs=1e-6)


def test_the_length_scales_distances_not_the_margin() -> None:
    """With length 10 the same photos cost 10·d(a, p) − 10·d(a, n) + margin."""
    photos = points((0.0, 0.0), (0.3, 0.0), (0.4, 0.0))
    found = value(Triplet(margin=2.0, length=10, mining="all"), photos, [0, 0, 1])
    assert found == pytest.approx((1.0 + 4.0) / 2, abs=1e-5)


def test_mining_begins_at_its_epoch() -> None:
    """Before it, a far negative may be drawn, which costs nothing; from then on it never is."""
    # For both anchors the negatives at 0.5 and 0.4 are semi-hard, the other twenty are not.
    photos = points((0.0, 0.0), (0.1, 0.0), (0.5, 0.0), *[(9.0, 0.0)] * 20)
    labels = torch.tensor([0, 0, 1, *[2] * 20])
    loss = Triplet(margin=1.0, mining="weighted-semi-hard", mining_from=4)
    term = Objective(loss, COUNTS, 2).term
    assert isinstance(term, _Triplets)

    def drawn(epoch: int) -> set[int]:
        """Return all negatives of the first two photos, in twenty draws."""
        mined = [term._mined(photos, labels, epoch, seed) for seed in range(20)]
        return {int(n) for each in mined if each for n in each[2][each[0] < 2]}

    assert len(drawn(3)) > 2
    assert drawn(4) == {2}


def test_equal_seeds_and_epochs_give_equal_losses() -> None:
    """What is drawn depends on the seed and the epoch alone."""
    torch.manual_seed(0)
    photos = torch.nn.functional.normalize(torch.randn(24, 4))
    labels = torch.arange(24) // 4 % 4
    objective = Objective(Triplet(mining="weighted-semi-hard"), COUNTS, 4)
    found = [
        objective(photos, labels, epoch=epoch, seed=seed).item()
        for epoch, seed in ((1, 1), (1, 1), (2, 1), (1, 2))
    ]
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_centres_are_parameters_where_there_are_any() -> None:
    """Margin losses own one centre for each class, or several; the others own nothing."""
    sizes = {
        name(loss): sum(p.numel() for p in Objective(loss, COUNTS, 5).parameters()) for loss in ALL
    }
    assert list(sizes.values()) == [0, 0, 0, 0, 20, 20, 20, 60, 0, 0]


def test_cross_entropy_is_torchs() -> None:
    """Two equal logits cost log 2."""
    assert value(CrossEntropy(), points((3.0, 3.0)), [1]) == pytest.approx(math.log(2))


def test_distances_are_exact_in_large_batches() -> None:
    """Beyond 25 rows, where torch would multiply matrices, near photos keep their distance."""
    photos = torch.zeros(64, 8)
    photos[:, 0] = 64 + torch.arange(64) * 1e-3
    wanted = (photos[:, 0][:, None] - photos[:, 0]).abs()
    torch.testing.assert_close(ExactDistance()(photos), wanted)


@pytest.mark.parametrize("loss", [CosFace(), ArcFace(centers=2)])
def test_imprinted_centres_are_the_means_of_their_classes(loss: Loss) -> None:
    """Fine-tuning begins where the trained network sees the classes: photos are near their own."""
    embeddings = torch.nn.functional.normalize(torch.eye(3).repeat_interleave(2, 0) + 0.1, dim=1)
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    objective = Objective(loss, [2, 2, 2], 3)
    before = objective(embeddings, labels, epoch=1, seed=0)
    objective.imprint(embeddings, labels)
    (weights,) = objective.parameters()
    centres = torch.nn.functional.normalize(weights.detach().T, dim=1)
    expected = embeddings[::2].repeat_interleave(len(centres) // 3, 0)
    torch.testing.assert_close(centres, expected)
    assert objective(embeddings, labels, epoch=1, seed=0) < before


def test_pairs_have_no_centres() -> None:
    """Losses on pairs and triplets have nothing to imprint."""
    assert not Objective(Contrastive(), [2, 2], 3).has_centres


def test_rare_classes_weigh_more_by_hand() -> None:
    """With 1 and 4 photos: all alike; each class alike (4 to 1); halfway, as 2 to 1."""
    assert class_weights([1, 4], 0.0) is None
    for balance, ratio in ((1.0, 4.0), (0.5, 2.0)):
        weights = class_weights([1, 4], balance)
        assert weights is not None
        assert float(weights[0] / weights[1]) == pytest.approx(ratio)
        assert float(weights[0] + 4 * weights[1]) == pytest.approx(5)
