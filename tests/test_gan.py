"""The pairs of generator and discriminator, and their losses against closed forms and autograd."""

import pytest
import torch
from torch import nn
from torch.distributions import Normal
from torch.nn import functional as F

from course_lib.metrics import count_parameters
from course_lib.models import gan
from course_lib.models.gan_losses import LOSSES, flat_at_data, unit_slope

IMAGES = ("basic", "deep", "compact", "conv")


def sizes(network):
    """What a student reads in the syllabus: the dense layers' widths and the activations, in order."""
    names = [layer for layer in network if not isinstance(layer, nn.Flatten | nn.Unflatten)]
    return [(m.in_features, m.out_features) if isinstance(m, nn.Linear) else type(m).__name__ for m in names]


def slopes(network):
    return {layer.negative_slope for layer in network if isinstance(layer, nn.LeakyReLU)}


def test_basic_has_the_layers_of_the_syllabus():
    generator, discriminator = gan.pair("basic")
    assert sizes(generator) == [(100, 128), "ReLU", (128, 784), "Tanh"]
    assert sizes(discriminator) == [(784, 128), "LeakyReLU", (128, 1), "Sigmoid"]
    assert slopes(discriminator) == {0.2}


def test_deep_has_the_layers_of_the_syllabus():
    generator, discriminator = gan.pair("deep")
    assert sizes(generator) == [(100, 256), "LeakyReLU", (256, 512), "LeakyReLU", (512, 784), "Tanh"]
    assert sizes(discriminator) == [(784, 512), "LeakyReLU", (512, 256), "LeakyReLU", (256, 1)]
    assert slopes(generator) == slopes(discriminator) == {0.2}


def test_compact_has_the_layers_of_the_syllabus():
    generator, discriminator = gan.pair("compact")
    assert sizes(generator) == [(100, 128), "LeakyReLU", (128, 784), "Tanh"]
    assert sizes(discriminator) == [(784, 128), "LeakyReLU", (128, 1), "Sigmoid"]
    assert slopes(generator) == slopes(discriminator) == {0.2}


def test_generic_takes_any_sizes():
    generator, discriminator = gan.pair("generic", z=7, x=30)
    fake = generator(torch.randn(5, 7))
    assert fake.shape == (5, 30)
    assert discriminator(fake).shape == (5, 1)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("image", [(1, 28, 28), (3, 12, 8)])
def test_images_go_out_and_in(name, image):
    torch.manual_seed(0)
    generator, discriminator = gan.pair(name, z=9, image=image)
    fake = generator(10 * torch.randn(4, 9))
    assert fake.shape == (4, *image)
    assert -1 <= fake.min() < 0 < fake.max() <= 1
    assert discriminator(fake).shape == (4, 1)


def test_points_have_no_range():
    generator, discriminator = gan.pair("points", z=3, hidden=16)
    fake = generator(1000 * torch.randn(50, 3))
    assert fake.shape == (50, 2)
    assert fake.abs().max() > 1
    assert discriminator(fake).shape == (50, 1)


def test_the_convolutional_pair_is_small():
    assert [count_parameters(network) for network in gan.pair("conv")] == [110_481, 10_065]


def test_an_unknown_pair_is_refused_in_both_languages():
    with pytest.raises(ValueError, match=r"pair\('big'\); give one of 'basic', 'deep'") as error:
        gan.pair("big")
    assert "इनमें से एक" in str(error.value)
    with pytest.raises(ValueError, match="divisible"):
        gan.pair("conv", image=(1, 30, 28))


def test_scaling_there_and_back():
    x = torch.linspace(0, 1, 11)
    assert (gan.to_tanh(x).min(), gan.to_tanh(x).max()) == (-1, 1)
    assert torch.allclose(gan.from_tanh(gan.to_tanh(x)), x)


@pytest.mark.parametrize("name", gan.PAIRS)
def test_noise_fits_the_generator(name):
    generator, _ = gan.pair(name, z=5)
    chance = torch.Generator().manual_seed(0)
    z = gan.noise(generator, 1000, chance)
    assert z.shape == (1000, 5)
    assert (z.mean().item(), z.std().item()) == pytest.approx((0, 1), abs=0.05)
    assert torch.equal(z, gan.noise(generator, 1000, chance.manual_seed(0)))
    assert generator(z[:2]).shape[0] == 2


def test_noise_where_the_generator_has_to_say():
    generator = nn.Sequential(nn.Unflatten(1, (6, 1, 1)), nn.ConvTranspose2d(6, 1, 4))
    with pytest.raises(ValueError, match="Sequential has neither a Linear layer nor an attribute z") as error:
        gan.noise(generator, 2)
    assert "noise" in str(error.value).splitlines()[1]
    generator.z = 6
    assert generator(gan.noise(generator, 2)).shape == (2, 1, 4, 4)


@pytest.mark.parametrize("name", gan.PAIRS)
def test_logits_are_what_the_sigmoid_reads(name):
    torch.manual_seed(0)
    generator, discriminator = gan.pair(name)
    x = generator(gan.noise(generator, 8)).detach()
    said, before = discriminator(x), gan.logits(discriminator, x)
    assert before.shape == (8, 1)
    ends_in_sigmoid = isinstance(discriminator[-1], nn.Sigmoid)
    assert ends_in_sigmoid == (name in ("basic", "compact", "generic"))
    assert torch.equal(said, before.sigmoid() if ends_in_sigmoid else before)


def test_cross_entropy_of_probabilities_and_of_logits_agree():
    """The reference recipe's BCE on D's Sigmoid, and the course's loss on logits: same value, same gradients."""
    torch.manual_seed(0)
    _, discriminator = gan.pair("basic")
    real, fake = torch.rand(2, 16, 1, 28, 28) * 2 - 1
    weights = list(discriminator.parameters())
    ones, zeros = torch.ones(16, 1), torch.zeros(16, 1)
    answers = discriminator(real), discriminator(fake)
    plain = F.binary_cross_entropy(answers[0], ones) + F.binary_cross_entropy(answers[1], zeros)
    ours = LOSSES["minimax"].discriminator(gan.logits(discriminator, real), gan.logits(discriminator, fake))
    assert ours.item() == pytest.approx(plain.item(), rel=1e-5)
    for a, b in zip(torch.autograd.grad(plain, weights), torch.autograd.grad(ours, weights), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
    generator_loss = LOSSES["non_saturating"].generator(gan.logits(discriminator, fake))
    assert generator_loss.item() == pytest.approx(F.binary_cross_entropy(answers[1], ones).item(), abs=0.02)


def test_a_discriminator_that_is_sure_still_teaches():
    """A float32 sigmoid rounds to 1 from about 17 on, so a loss on probabilities gives no gradient there."""
    logit = torch.tensor([40.0], requires_grad=True)
    rounded = logit.sigmoid()
    assert rounded.item() == 1
    [gone] = torch.autograd.grad(F.binary_cross_entropy(rounded, torch.zeros(1)), logit)
    [kept] = torch.autograd.grad(LOSSES["minimax"].discriminator(torch.tensor([40.0]), logit), logit)
    assert (gone.item(), kept.item()) == (0, 1)


L = torch.linspace(-6, 6, 49, dtype=torch.float64)
D = 1 / (1 + torch.exp(-L))
ZERO = torch.zeros_like(L)
# For each name: D's loss at a real logit, at a fake one, and G's loss; below, their derivatives by the logit.
VALUES = {
    "minimax": (-D.log(), -(1 - D).log(), (1 - D).log()),
    "non_saturating": (-D.log(), -(1 - D).log(), -D.log()),
    "least_squares": ((L - 1) ** 2 / 2, (L + 1) ** 2 / 2, (L - 1) ** 2 / 2),
    "hinge": (torch.maximum(ZERO, 1 - L), torch.maximum(ZERO, 1 + L), -L),
    "wasserstein": (-L, L, -L),
}
SLOPES = {
    "minimax": (D - 1, D, -D),
    "non_saturating": (D - 1, D, D - 1),
    "least_squares": (L - 1, L + 1, L - 1),
    "hinge": (-1.0 * (L < 1), 1.0 * (L > -1), ZERO - 1),
    "wasserstein": (ZERO - 1, ZERO + 1, ZERO - 1),
}


def terms(losses, logits):
    """The three terms by themselves, each with a constant taken away that the other logit brings in."""
    other = torch.zeros(1, dtype=torch.float64)
    constant = losses.discriminator(other, other) / 2  # equal halves, by symmetry
    return (
        losses.discriminator(logits, other) - constant,
        losses.discriminator(other, logits) - constant,
        losses.generator(logits),
    )


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_the_closed_forms_and_so_are_their_gradients(name):
    for which in range(3):
        for number, place in enumerate(L):
            logit = place[None].clone().requires_grad_()
            value = terms(LOSSES[name], logit)[which]
            value.backward()
            assert value.item() == pytest.approx(VALUES[name][which][number].item(), abs=1e-9)
            assert logit.grad.item() == pytest.approx(SLOPES[name][which][number].item(), abs=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_average_over_the_batch(name):
    logits = L[:, None]
    for which, value in enumerate(terms(LOSSES[name], logits)):
        assert value.shape == ()
        assert value.item() == pytest.approx(VALUES[name][which].mean().item(), abs=1e-9)


def test_a_sure_discriminator_silences_only_the_saturating_generator():
    logit = torch.full((1,), -10.0, requires_grad=True)
    pull = {n: torch.autograd.grad(pair.generator(logit), logit)[0].abs().item() for n, pair in LOSSES.items()}
    assert pull.pop("minimax") < 1e-4
    assert min(pull.values()) > 0.99


@pytest.mark.parametrize("name", ["minimax", "least_squares"])
def test_the_optimal_discriminator(name):
    """A logit for every bin of a line, free to be anything, learns to tell draws of p from draws of q.

    Cross-entropy ends at D = p / (p + q), least squares at the logit (p − q) / (p + q).
    """
    torch.manual_seed(0)
    p, q = Normal(-0.5, 1.0), Normal(0.5, 0.7)
    edges = torch.linspace(-2, 2, 21)
    real, fake = (torch.bucketize(density.sample((50_000,)), edges) for density in (p, q))
    free = torch.zeros(len(edges) + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([free], max_iter=100, line_search_fn="strong_wolfe")

    def expected():
        optimizer.zero_grad()
        loss = LOSSES[name].discriminator(free[real], free[fake])
        loss.backward()
        return loss

    optimizer.step(expected)
    p_bin, q_bin = (density.cdf(edges).diff() for density in (p, q))
    if name == "minimax":
        found, best = free.detach().sigmoid(), p_bin / (p_bin + q_bin)
    else:
        found, best = free.detach(), (p_bin - q_bin) / (p_bin + q_bin)
    assert torch.allclose(found[1:-1], best, atol=0.05)


def test_penalties_of_a_plane():
    """D(x) = 3 x₁ + 4 x₂ has the slope 5 everywhere."""
    discriminator = nn.Linear(2, 1)
    with torch.no_grad():
        discriminator.weight.copy_(torch.tensor([[3.0, 4.0]]))
    real, fake = torch.randn(2, 7, 2)
    penalty = flat_at_data(discriminator, real, fake)
    assert penalty.item() == pytest.approx(25 / 2)
    [by_weight] = torch.autograd.grad(penalty, discriminator.weight)
    assert by_weight[0].tolist() == pytest.approx([3, 4])
    assert unit_slope(discriminator, real, fake).item() == pytest.approx(16)


def test_penalties_look_where_they_say():
    """D(x) = ½ ‖x‖² has the slope ‖x‖: of the data in one, of places on the way from fake to real in the other."""

    class Bowl(nn.Module):
        def forward(self, x):
            return x.square().flatten(1).sum(dim=1) / 2

    torch.manual_seed(0)
    real, fake = torch.full((20_000, 1, 1, 1), 3.0), torch.full((20_000, 1, 1, 1), 1.0)
    assert flat_at_data(Bowl(), real, fake).item() == pytest.approx(9 / 2)
    # ∫ (s − 1)² over s from 1 to 3, halved
    assert unit_slope(Bowl(), real, fake).item() == pytest.approx(4 / 3, abs=0.05)
