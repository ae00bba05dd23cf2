"""The pairs of generator and discriminator, and their losses against closed forms and autograd."""

import pytest
import torch
from torch import nn
from torch.distributions import Normal
from torch.nn import functional as F

from course_lib.loops import fit_gan
from course_lib.models.gan import GAN, LOSSES, gradient_penalty, r1_penalty
from course_lib.models.gan_networks import PAIRS, from_tanh, pair, to_tanh

IMAGES = ("basic", "deep", "compact", "dcgan")


def sizes(network):
    """What a student reads in the syllabus: the dense layers' widths and the activations, in order."""
    names = [layer for layer in network if not isinstance(layer, nn.Flatten | nn.Unflatten)]
    return [(m.in_features, m.out_features) if isinstance(m, nn.Linear) else type(m).__name__ for m in names]


def slopes(network):
    return {layer.negative_slope for layer in network if isinstance(layer, nn.LeakyReLU)}


def test_basic_has_the_layers_of_the_syllabus():
    generator, discriminator = pair("basic")
    assert sizes(generator) == [(100, 128), "ReLU", (128, 784), "Tanh"]
    assert sizes(discriminator) == [(784, 128), "LeakyReLU", (128, 1), "Sigmoid"]
    assert slopes(discriminator) == {0.2}


def test_deep_has_the_layers_of_the_syllabus():
    generator, discriminator = pair("deep")
    assert sizes(generator) == [(100, 256), "LeakyReLU", (256, 512), "LeakyReLU", (512, 784), "Tanh"]
    assert sizes(discriminator) == [(784, 512), "LeakyReLU", (512, 256), "LeakyReLU", (256, 1)]
    assert slopes(generator) == slopes(discriminator) == {0.2}


def test_compact_has_the_layers_of_the_syllabus():
    generator, discriminator = pair("compact")
    assert sizes(generator) == [(100, 128), "LeakyReLU", (128, 784), "Tanh"]
    assert sizes(discriminator) == [(784, 128), "LeakyReLU", (128, 1), "Sigmoid"]
    assert slopes(generator) == slopes(discriminator) == {0.2}


def test_generic_takes_any_sizes():
    generator, discriminator = pair("generic", latent_dim=7, x_dim=30)
    fake = generator(torch.randn(5, 7))
    assert fake.shape == (5, 30)
    assert discriminator(fake).shape == (5, 1)


def test_images_go_out_and_in():
    for name in IMAGES:
        for image_shape in ((1, 28, 28), (3, 12, 8)):
            torch.manual_seed(0)
            generator, discriminator = pair(name, latent_dim=9, image_shape=image_shape)
            fake = generator(10 * torch.randn(4, 9))
            assert fake.shape == (4, *image_shape)
            assert -1 <= fake.min() < 0 < fake.max() <= 1
            assert discriminator(fake).shape == (4, 1)


def test_told_the_class_both_networks_answer_for_it_alone():
    """G's first layer adds the class's own column; D's answer is the class's own output."""
    torch.manual_seed(0)
    generator, discriminator = pair("dcgan", latent_dim=5, classes=3)
    z, label, x = torch.randn(6, 5), torch.tensor([0, 1, 2, 0, 1, 2]), torch.randn(6, 1, 28, 28)
    first = generator.network[0]
    assert first.weight.shape == (32 * 7 * 7, 8)
    seen = []
    first.register_forward_hook(lambda module, given, out: seen.append(out))
    assert generator(z, label).shape == (6, 1, 28, 28)
    assert torch.allclose(
        seen[0], F.linear(z, first.weight[:, :5], first.bias) + first.weight[:, 5:].T[label], atol=1e-5
    )
    logits = discriminator(x, label)
    assert logits.shape == (6, 1)
    assert torch.equal(logits[:, 0], torch.stack([discriminator.network(x)[n, c] for n, c in enumerate(label)]))


def test_a_gan_that_is_told_the_class_draws_it():
    """Two classes, black and white: after training, G draws what it is told, and what it is told alone."""
    torch.manual_seed(0)
    label = torch.arange(2).repeat(64)
    x = (2.0 * label - 1).view(-1, 1, 1, 1).expand(-1, 1, 8, 8) * 0.8
    told = GAN(*pair("dcgan", latent_dim=4, image_shape=(1, 8, 8), channels=(8, 4), classes=2), latent_dim=4)
    for _ in fit_gan(told, x, label, steps=150, lr=5e-3, betas=(0.5, 0.99)):
        pass
    brightness = told.generator(told.noise(128), label).mean(dim=(1, 2, 3))
    assert brightness[label == 1].min() > 0.3
    assert brightness[label == 0].max() < -0.3


def test_points_have_no_range():
    generator, discriminator = pair("points", latent_dim=3, hidden=16)
    fake = generator(1000 * torch.randn(50, 3))
    assert fake.shape == (50, 2)
    assert fake.abs().max() > 1
    assert discriminator(fake).shape == (50, 1)


def test_the_convolutional_pair_is_small():
    sizes = [sum(p.numel() for p in network.parameters()) for network in pair("dcgan")]
    assert sizes == [110_481, 10_065]


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="name='big' is none of 'basic', 'deep'"):
        pair("big")
    with pytest.raises(ValueError, match="losses='wgan' is none of 'minimax', 'non_saturating'"):
        GAN(*pair("points"), 2, losses="wgan")


def test_scaling_there_and_back():
    x = torch.linspace(0, 1, 11)
    assert (to_tanh(x).min(), to_tanh(x).max()) == (-1, 1)
    assert torch.allclose(from_tanh(to_tanh(x)), x)
    with pytest.raises(ValueError, match="x ranges from 0 to 255, but pixels go from 0 to 1"):
        to_tanh(255 * x)


def test_noise_is_the_same_for_the_same_seed():
    model = GAN(*pair("points", latent_dim=5), latent_dim=5)
    rng = torch.Generator().manual_seed(0)
    z = model.noise(1000, rng)
    assert z.shape == (1000, 5)
    assert (z.mean().item(), z.std().item()) == pytest.approx((0, 1), abs=0.05)
    assert torch.equal(z, model.noise(1000, rng.manual_seed(0)))


def test_logits_are_what_the_sigmoid_reads():
    for name in PAIRS:
        torch.manual_seed(0)
        model = GAN(*pair(name, latent_dim=9), latent_dim=9)
        x = model.generator(model.noise(8)).detach()
        said, before = model.discriminator(x), model.logits(x)
        assert before.shape == (8, 1)
        ends_in_sigmoid = isinstance(model.discriminator[-1], nn.Sigmoid)
        assert ends_in_sigmoid == (name in ("basic", "compact", "generic"))
        assert torch.equal(said, before.sigmoid() if ends_in_sigmoid else before)


def test_a_probability_in_place_of_a_logit_is_told_where_the_layers_show_it():
    """Training looks past the Sigmoid of a Sequential; past that of a student's own class it cannot."""

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())

    generator, discriminator = pair("points")
    GAN(generator, nn.Sequential(*discriminator, nn.Sigmoid()))
    for blind in (Own(), nn.Sequential(nn.Sequential(*discriminator, nn.Sigmoid()))):
        with pytest.raises(ValueError, match="discriminator ends in a Sigmoid: it gives probabilities"):
            GAN(generator, blind)


def test_cross_entropy_of_probabilities_and_of_logits_agree():
    """The reference recipe's BCE on D's Sigmoid, and the course's loss on logits: same value, same gradients."""
    torch.manual_seed(0)
    model = GAN(*pair("basic"))
    discriminator, logits = model.discriminator, model.logits
    real, fake = torch.rand(2, 16, 1, 28, 28) * 2 - 1
    weights = list(discriminator.parameters())
    ones, zeros = torch.ones(16, 1), torch.zeros(16, 1)
    answers = discriminator(real), discriminator(fake)
    plain = F.binary_cross_entropy(answers[0], ones) + F.binary_cross_entropy(answers[1], zeros)
    ours = LOSSES["minimax"][0](logits(real), logits(fake))
    assert ours.item() == pytest.approx(plain.item(), rel=1e-5)
    for a, b in zip(torch.autograd.grad(plain, weights), torch.autograd.grad(ours, weights), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
    generator_loss = LOSSES["non_saturating"][1](logits(fake))
    assert generator_loss.item() == pytest.approx(F.binary_cross_entropy(answers[1], ones).item(), abs=0.02)


def test_a_discriminator_that_is_sure_still_teaches():
    """A float32 sigmoid rounds to 1 from about 17 on, so a loss on probabilities gives no gradient there."""
    logit = torch.tensor([40.0], requires_grad=True)
    rounded = logit.sigmoid()
    assert rounded.item() == 1
    [gone] = torch.autograd.grad(F.binary_cross_entropy(rounded, torch.zeros(1)), logit)
    [kept] = torch.autograd.grad(LOSSES["minimax"][0](torch.tensor([40.0]), logit), logit)
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
    discriminator, generator = losses
    other = torch.zeros(1, dtype=torch.float64)
    constant = discriminator(other, other) / 2  # equal halves, by symmetry
    return (
        discriminator(logits, other) - constant,
        discriminator(other, logits) - constant,
        generator(logits),
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
    pull = {name: torch.autograd.grad(loss(logit), logit)[0].abs().item() for name, (_, loss) in LOSSES.items()}
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
        loss = LOSSES[name][0](free[real], free[fake])
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
    penalty = r1_penalty(discriminator, real, fake)
    assert penalty.item() == pytest.approx(25 / 2)
    [by_weight] = torch.autograd.grad(penalty, discriminator.weight)
    assert by_weight[0].tolist() == pytest.approx([3, 4])
    assert gradient_penalty(discriminator, real, fake).item() == pytest.approx(16)


def test_penalties_look_where_they_say():
    """D(x) = ½ ‖x‖² has the slope ‖x‖: of the data in one, of places on the way from fake to real in the other."""

    class Bowl(nn.Module):
        def forward(self, x):
            return x.square().flatten(1).sum(dim=1) / 2

    torch.manual_seed(0)
    real, fake = torch.full((20_000, 1, 1, 1), 3.0), torch.full((20_000, 1, 1, 1), 1.0)
    assert r1_penalty(Bowl(), real, fake).item() == pytest.approx(9 / 2)
    # ∫ (s − 1)² over s from 1 to 3, halved
    assert gradient_penalty(Bowl(), real, fake).item() == pytest.approx(4 / 3, abs=0.05)
