"""The VAE's mathematics, against torch.distributions and against integrals over a grid."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Normal

from course_lib.loops import fit
from course_lib.models.autoencoders import conv, dense, squared_error
from course_lib.models.vae import VAE, kl_divergence, reparameterize


def some(seed=0, shape=(50, 3)):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)


def test_kl_agrees_with_torch_distributions():
    mu, log_var = some()
    expected = torch.distributions.kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0))
    assert torch.allclose(kl_divergence(mu, log_var), expected, rtol=1e-4, atol=1e-5)
    assert (kl_divergence(mu, log_var) >= 0).all()
    assert kl_divergence(torch.zeros(1, 1), torch.zeros(1, 1)) == 0


def test_reparameterize_draws_from_the_right_distribution():
    torch.manual_seed(0)
    mu, log_var = torch.tensor([[3.0, -1.0]]), torch.tensor([[math.log(4.0), math.log(0.01)]])
    z = reparameterize(mu.expand(100_000, -1), log_var.expand(100_000, -1))
    # Five standard errors: of a mean σ/√n, of a standard deviation σ/√(2n).
    assert z.mean(dim=0).tolist() == pytest.approx([3, -1], abs=5 * 2 / 316)
    assert z.std(dim=0).tolist() == pytest.approx([2, 0.1], rel=5 / 447)


def test_gradients_pass_through_the_draw():
    """Of Σ z² they are 2 z for μ and z σ ε for log σ²."""
    mu, log_var = (x.requires_grad_() for x in some())
    z = reparameterize(mu, log_var)
    z.square().sum().backward()
    assert torch.allclose(mu.grad, 2 * z)
    assert torch.allclose(log_var.grad, z * (z - mu), atol=1e-5)


def tiny(latent_dim=1, beta=1.0, weight=3.0):
    """A VAE of 2 × 3 pixels whose decoder says something definite."""
    torch.manual_seed(1)
    model = VAE(*dense((1, 2, 3), (8,), latent_dim), beta=beta)
    with torch.no_grad():
        for layer in model.decoder:
            if isinstance(layer, nn.Linear):
                layer.weight *= weight
    return model


@pytest.mark.parametrize(("hidden", "latent_dim", "image_shape"), [(400, 20, (1, 28, 28)), (7, 2, (3, 8, 5))])
def test_shapes_and_sizes(hidden, latent_dim, image_shape):
    model = VAE(*dense(image_shape, (hidden,), latent_dim))
    x = torch.rand(4, *image_shape)
    mu, log_var = model.encode(x)
    assert mu.shape == log_var.shape == (4, latent_dim)
    assert torch.equal(model.encoder(x), mu)
    assert model.decoder(torch.randn(1, latent_dim)).shape == (1, *image_shape)
    assert torch.equal(model(x), model.decoder(mu))  # a reconstruction uses the mean and no chance
    pixels = math.prod(image_shape)
    expected = pixels * hidden + hidden + 2 * (hidden * latent_dim + latent_dim) + latent_dim * hidden + hidden
    assert sum(p.numel() for p in model.parameters()) == expected + hidden * pixels + pixels


def test_loss_is_reconstruction_plus_beta_kl():
    x = (torch.rand(500, 1, 2, 3) > 0.5).float()
    for beta in (0.0, 1.0, 4.0):
        model = tiny(beta=beta).requires_grad_(False)
        torch.manual_seed(0)
        loss, parts = model.loss(x)
        assert float(loss) == pytest.approx(float(parts["reconstruction"] + beta * parts["kl"]), rel=1e-6)
        mu, log_var = model.encode(x)
        posterior = Normal(mu, (log_var / 2).exp())
        kl = torch.distributions.kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1).mean()
        assert float(parts["kl"]) == pytest.approx(float(kl), rel=1e-4)
        torch.manual_seed(0)
        surprise = -Bernoulli(model.decoder(reparameterize(mu, log_var))).log_prob(x).sum(dim=(1, 2, 3)).mean()
        assert float(parts["reconstruction"]) == pytest.approx(float(surprise), rel=1e-4)


def test_another_error_can_be_chosen():
    x = torch.rand(5, 1, 2, 3)
    model = VAE(*dense((1, 2, 3)), error=squared_error)
    torch.manual_seed(0)
    _, parts = model.loss(x)
    torch.manual_seed(0)
    assert torch.equal(parts["reconstruction"], squared_error(model.decoder(reparameterize(*model.encode(x))), x))


@torch.no_grad()
def true_log_likelihood(model, x):
    """log ∫ p(x|z) p(z) dz as a sum over a fine grid of z: what no encoder has a part in."""
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)[:, None]
    decoder = model.decoder.double()
    logits = decoder[:-1](z).flatten(1)[:, None]  # (4001, 1, 6)
    joint = Bernoulli(logits=logits).log_prob(x.flatten(1).double()).sum(dim=2) + Normal(0.0, 1.0).log_prob(z)
    result = joint.logsumexp(dim=0) + math.log(16 / 4000)
    model.float()
    return result.float()


def test_importance_sampling_reaches_the_integral():
    """From below: the ELBO is a lower bound, and more samples come closer."""
    x = torch.tensor([[(n >> bit) & 1 for bit in range(6)] for n in range(64)]).float().view(64, 1, 2, 3)
    model = tiny()
    truth = true_log_likelihood(model, x)
    assert float(truth.exp().sum()) == pytest.approx(1, abs=1e-4)  # all 64 images there are
    torch.manual_seed(0)
    elbo = torch.stack([model.log_likelihood(x) for _ in range(2000)]).mean(dim=0)
    ten = torch.stack([model.log_likelihood(x, samples=10) for _ in range(200)]).mean(dim=0)
    many = model.log_likelihood(x, samples=5000)
    assert torch.allclose(many, truth, atol=0.1)
    assert elbo.mean() < ten.mean() < truth.mean()
    assert (elbo < truth + 0.05).all()


def test_one_sample_is_the_elbo():
    """In the mean −loss with β = 1; the loss knows the KL in closed form, the estimate draws it."""
    x = (torch.rand(64, 1, 2, 3, generator=torch.Generator().manual_seed(0)) > 0.5).float()
    model = tiny(latent_dim=3)
    torch.manual_seed(0)
    drawn = torch.stack([model.log_likelihood(x) for _ in range(3000)]).mean()
    with torch.no_grad():
        closed = -torch.stack([model.loss(x)[0] for _ in range(3000)]).mean()
    assert float(drawn) == pytest.approx(float(closed), abs=0.02)


def test_confident_pixels_are_counted_in_full():
    """A sigmoid rounds to exactly 1 from a logit of about 17 on; the surprise of −40 must still be 40 nats."""
    model = tiny()
    with torch.no_grad():
        for part in (model.decoder[2].weight, model.log_var.weight, model.encoder[-1].weight):
            part.zero_()
        for part in (model.log_var.bias, model.encoder[-1].bias):  # the posterior is the prior
            part.zero_()
        model.decoder[2].bias.fill_(-40)
    assert model.log_likelihood(torch.ones(1, 1, 2, 3), samples=5).item() == pytest.approx(-6 * 40, rel=1e-4)


def test_what_would_be_silently_wrong_is_refused():
    with pytest.raises(ValueError, match=r"x ranges from 0\.5 to 0\.5, but every pixel must be 0 or 1"):
        tiny().log_likelihood(torch.full((1, 1, 2, 3), 0.5))
    with pytest.raises(ValueError, match=r"mu has shape \(4, 2\), but log_var has shape \(4, 1\)"):
        kl_divergence(torch.zeros(4, 2), torch.zeros(4, 1))


def test_a_likelihood_needs_nothing_of_the_decoder_but_its_sigmoid():
    """Convolutions end in no Unflatten; their Sigmoid's own logarithm is exact where it is not sure."""
    torch.manual_seed(0)
    model = VAE(*conv(channels=(4, 8), latent_dim=3))
    with torch.no_grad():
        for part in (model.log_var, model.encoder[-1]):  # the posterior is the prior
            part.weight.zero_()
            part.bias.zero_()
    x = torch.bernoulli(torch.rand(4, 1, 28, 28))
    torch.manual_seed(0)
    found = model.log_likelihood(x)
    torch.manual_seed(0)
    z = torch.randn(4, 3)
    expected = Bernoulli(model.decoder(z)).log_prob(x).flatten(1).sum(dim=1)
    assert torch.allclose(found, expected, rtol=1e-4)


def test_training_finds_two_kinds_of_image():
    """Stripes in two ways, half each: no model says it in fewer than log 2 nats, and both must be drawn as often."""
    torch.manual_seed(0)
    stripes = torch.tensor([[1.0, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]]).view(2, 1, 2, 3)
    model = VAE(*dense((1, 2, 3), (32,), 2))
    *_, report = fit(model, stripes.repeat(500, 1, 1, 1), epochs=40, lr=5e-3)
    assert (
        math.log(2) < report.means["loss"] < math.log(2) + 0.5
    )  # codes that are Gaussians cannot split the prior cleanly in two
    drawn = model.decoder(torch.randn(1000, 2))
    distance = torch.cdist(drawn.flatten(1), stripes.flatten(1))
    assert (distance.amin(dim=1) < 0.3).float().mean() > 0.75
    assert (distance.argmin(dim=1) == 0).float().mean().item() == pytest.approx(0.5, abs=0.1)
