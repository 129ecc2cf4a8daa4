import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.losses import ArcFaceLoss, CosFaceLoss, SubCenterArcFaceLoss
from torch import Tensor

from fieldmark_deep.margins import (
    AdaptiveCosFaceLoss,
    MarginArcFaceLoss,
    dynamic_margins,
    shrink,
)

DEGREE = math.pi / 180


def unit(*degrees: float) -> Tensor:
    """Return vectors of length 1 in the plane, at these angles from the first axis."""
    angles = torch.tensor(degrees) * DEGREE
    return torch.stack([angles.cos(), angles.sin()], 1)


@pytest.mark.parametrize(
    ("cosine", "wanted"),
    [
        (0.0, 1.0),
        (1.0, 1 / 11),
        (-1.0, 1 / 11),
        (0.5, (0.31640625 + 0.1) / 1.1),  # 0.75⁴ = 0.31640625
        (-0.6, (0.16777216 + 0.1) / 1.1),  # 0.64⁴ = 0.16777216
    ],
)
def test_shrink_has_its_values(cosine: float, wanted: float) -> None:
    """h(θ) = ((1 − cos²θ)⁴ + 0.1) / 1.1."""
    assert shrink(torch.tensor(cosine)).item() == pytest.approx(wanted, abs=1e-6)


@given(st.floats(-1, 1))
def test_shrink_has_its_gradient(value: float) -> None:
    """The derivative is −8·c·(1 − c²)³ / 1.1, and autograd agrees with finite differences."""
    cosine = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(shrink(cosine), cosine)
    assert slope.item() == pytest.approx(-8 * value * (1 - value**2) ** 3 / 1.1, abs=1e-9)
    with torch.no_grad():
        ends = shrink(cosine + 1e-6) - shrink(cosine - 1e-6)
    assert slope.item() == pytest.approx(ends.item() / 2e-6, abs=1e-6)


def adaptive(margin: float, scale: float) -> AdaptiveCosFaceLoss:
    """Return the loss of two classes, with centres along the axes."""
    loss = AdaptiveCosFaceLoss(2, 2, margin=margin, scale=scale)
    loss.W.data = torch.eye(2)
    return loss


def test_the_adaptive_margin_is_taken_off_the_own_class() -> None:
    """At 60°, m = 0.28 and s = 2, the logits are 2·(0.5 − 0.28·h) and 2·sin 60°."""
    h = (0.75**4 + 0.1) / 1.1
    own, other = 2 * (0.5 - 0.28 * h), 2 * math.sin(60 * DEGREE)
    found = adaptive(0.28, 2.0)(unit(60), torch.tensor([0]))
    assert found.item() == pytest.approx(math.log(1 + math.exp(other - own)), abs=1e-6)


def test_the_gradient_flows_through_the_margin() -> None:
    """The target's cosine moves its logit by 1 + 8·m·c·(1 − c²)³ / 1.1."""
    cosine = torch.tensor([0.5], requires_grad=True)
    logit = adaptive(0.28, 1.0).modify_cosine_of_target_classes(cosine)
    (slope,) = torch.autograd.grad(logit.sum(), cosine)
    assert slope.item() == pytest.approx(1 + 8 * 0.28 * 0.5 * 0.75**3 / 1.1, abs=1e-6)


def test_the_slope_is_least_where_the_docstring_says() -> None:
    """With m = 0.28 the slope is 0.515 at cos θ = −1/√7, and larger everywhere else."""
    cosines = torch.linspace(-1, 1, 2001, requires_grad=True)
    logits = adaptive(0.28, 1.0).modify_cosine_of_target_classes(cosines)
    (slopes,) = torch.autograd.grad(logits.sum(), cosines)
    assert slopes.min().item() == pytest.approx(0.515, abs=1e-3)
    assert cosines[slopes.argmin()].item() == pytest.approx(-1 / math.sqrt(7), abs=2e-3)


def test_at_a_right_angle_adaptive_is_plain_cosface() -> None:
    """h(90°) = 1."""
    plain = CosFaceLoss(2, 2, margin=0.28, scale=64)
    plain.W.data = torch.eye(2)
    photo, label = unit(90), torch.tensor([0])
    torch.testing.assert_close(adaptive(0.28, 64.0)(photo, label), plain(photo, label))


def test_dynamic_margins_have_their_values() -> None:
    """Counts 1, 16 and 81 have t = 1, 1/2 and 1/3, so m = 0.3, 0.15 and 0.1."""
    margins = dynamic_margins([1, 16, 81], 0.1, 0.3)
    torch.testing.assert_close(margins, torch.tensor([0.3, 0.15, 0.1]))


def test_equally_common_classes_have_the_least_margin() -> None:
    """Where nobody is rarer than another, nobody is pushed further."""
    torch.testing.assert_close(dynamic_margins([5, 5, 5], 0.2, 0.4), torch.full((3,), 0.2))


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_dynamic_margins_fall_with_the_count(counts: list[int]) -> None:
    """Margins stay within their limits, and the rarer of two never has the smaller one."""
    margins = dynamic_margins(counts, 0.2, 0.3284)
    assert float(margins.min()) >= 0.2 - 1e-6
    assert float(margins.max()) <= 0.3284 + 1e-6
    by_count = margins[torch.tensor(counts).argsort(stable=True)]
    assert bool((by_count.diff() <= 1e-7).all())


def arcface(margins: list[float], scale: float = 1.0, centers: int = 1) -> MarginArcFaceLoss:
    """Return the loss of classes in the plane."""
    return MarginArcFaceLoss(torch.tensor(margins), 2, scale, centers)


def test_every_class_has_its_own_margin() -> None:
    """At 60° and 30° from their centres, margins of 10° and 20° make cos 70° and cos 50°."""
    loss = arcface([10 * DEGREE, 20 * DEGREE])
    loss.W.data = torch.eye(2)
    found = loss(unit(60, 60), torch.tensor([0, 1]))
    cos = [math.cos(angle * DEGREE) for angle in (70, 30, 50, 60)]
    first, second = (math.log(1 + math.exp(b - a)) for a, b in ((cos[0], cos[1]), (cos[2], cos[3])))
    assert found.item() == pytest.approx((first + second) / 2, abs=1e-6)


def test_the_target_never_rises_with_the_angle() -> None:
    """Where θ + m passes 180° the logit goes on falling."""
    loss = arcface([0.5, 0.5])
    cosines = torch.linspace(-1, 1, 500)
    loss._targets = torch.full((500,), 0.5)
    assert bool((loss.modify_cosine_of_target_classes(cosines).diff() >= -1e-6).all())


@pytest.mark.parametrize("centers", [1, 3])
def test_equal_margins_are_the_librarys_arcface(centers: int) -> None:
    """With one margin for all, the loss and its gradients are pytorch-metric-learning's."""
    torch.manual_seed(0)
    ours = MarginArcFaceLoss(torch.full((5,), 0.3), 8, 30.0, centers)
    theirs = SubCenterArcFaceLoss(
        num_classes=5, embedding_size=8, margin=0.3 / DEGREE, scale=30, sub_centers=centers
    )
    theirs.W.data = ours.W.data.clone()
    photos, labels = torch.randn(20, 8), torch.arange(20) % 5
    found, wanted = ours(photos, labels), theirs(photos, labels)
    torch.testing.assert_close(found, wanted)
    found.backward()
    wanted.backward()
    torch.testing.assert_close(ours.W.grad, theirs.W.grad)


def test_one_center_is_plain_arcface() -> None:
    """Sub-center ArcFace with one center is ArcFace."""
    ours = MarginArcFaceLoss(torch.full((5,), 0.3), 8, 30.0, 1)
    theirs = ArcFaceLoss(5, 8, margin=0.3 / DEGREE, scale=30)
    theirs.W.data = ours.W.data.clone()
    photos, labels = torch.randn(20, 8), torch.arange(20) % 5
    torch.testing.assert_close(ours(photos, labels), theirs(photos, labels))


@pytest.mark.parametrize("degrees", [0, 180])
def test_gradients_are_finite_on_and_opposite_the_centre(degrees: float) -> None:
    """Where arccos has no derivative, photos and centres still get finite gradients."""
    for loss in (arcface([0.5, 0.5], 64.0), adaptive(0.28, 64.0)):
        loss.W.data = torch.eye(2)
        photo = unit(degrees).requires_grad_()
        value = loss(photo, torch.tensor([0]))
        value.backward()
        assert bool(torch.isfinite(value))
        assert photo.grad is not None
        assert bool(torch.isfinite(photo.grad).all())
        assert bool(torch.isfinite(loss.W.grad).all())
