"""The autoencoders: exact sizes, and their mathematics against torch.distributions and closed forms."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, kl_divergence

from course_lib.loops import fit
from course_lib.models import autoencoders as ae

MODELS = {
    "dense": lambda shape: ae.Autoencoder(*ae.dense(shape)),
    "linear": lambda shape: ae.Autoencoder(*ae.linear(shape)),
    "sparse-l1": lambda shape: ae.SparseAutoencoder(*ae.sparse(shape)),
    "sparse-kl": lambda shape: ae.SparseAutoencoder(*ae.sparse(shape, activation=nn.Sigmoid), penalty="kl"),
    "conv": lambda shape: ae.Autoencoder(*ae.conv(shape)),
}
# The first edition's, which every published figure was measured with.
PARAMETERS = {
    209_968: ae.dense(),
    936_466: ae.dense(hidden=(512, 128), latent_dim=2),
    50_992: ae.linear(),
    218_128: ae.sparse(),
    118_913: ae.conv(),
    16_961: ae.conv(latent_dim=None),
    112_865: (ae.unet(),),
}


def images(n=12, shape=(1, 28, 28), seed=0):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed))


def test_reference_sizes():
    """784-128-32 and back, as the syllabus has it."""
    encoder, decoder = ae.dense()
    widths = [(m.in_features, m.out_features) for m in [*encoder, *decoder] if isinstance(m, nn.Linear)]
    assert widths == [(784, 128), (128, 32), (32, 128), (128, 784)]
    kinds = [type(m).__name__ for m in [*encoder, *decoder]]
    assert kinds == ["Flatten", "Linear", "ReLU", "Linear", "Linear", "ReLU", "Linear", "Unflatten", "Sigmoid"]


def test_several_hidden_layers_are_mirrored_and_the_code_has_no_activation():
    encoder, decoder = ae.dense(hidden=(512, 128), latent_dim=2)
    assert [[m.in_features for m in half if isinstance(m, nn.Linear)] for half in (encoder, decoder)] == [
        [784, 512, 128],
        [2, 128, 512],
    ]
    assert isinstance(encoder[-1], nn.Linear)


def test_parameter_counts():
    for count, pair in PARAMETERS.items():
        assert sum(p.numel() for half in pair for p in half.parameters()) == count


@pytest.mark.parametrize("name", MODELS)
def test_shapes_and_learning(name):
    for shape in [(1, 28, 28), (3, 16, 20)]:
        torch.manual_seed(0)
        model, x = MODELS[name](shape), images(shape=shape)
        code = model.encoder(x)
        assert code.ndim == 2
        assert model.decoder(code).shape == x.shape
        assert model(x[:1]).shape == (1, *shape)
        losses = [report.means["loss"] for report in fit(model, x, epochs=30, lr=1e-2)]
        assert losses[-1] < 0.95 * losses[0]  # random pixels: there is little to learn, but something
        if name != "linear":
            out = model(10 * torch.randn(4, *shape))
            assert 0 <= out.min() <= out.max() <= 1


def test_squared_error_by_hand():
    x, x_hat = torch.zeros(2, 1, 1, 2), torch.tensor([[[[1.0, 2.0]]], [[[0.0, 3.0]]]])
    assert ae.squared_error(x_hat, x) == pytest.approx((1 + 4 + 0 + 9) / 2)


def test_shapes_that_would_broadcast_are_refused():
    """Torch only warns, and compares every image with every other."""
    for x_hat, x in ((torch.zeros(4, 1), torch.zeros(4)), (torch.zeros(4, 784), torch.zeros(1, 784))):
        with pytest.raises(ValueError, match=r"x_hat has shape .* but x has shape"):
            ae.squared_error(x_hat, x)
        with pytest.raises(ValueError, match="target size"):  # this one torch refuses itself
            ae.binary_cross_entropy(x_hat, x)


def test_cross_entropy_is_the_bernoulli_likelihood():
    x, p = images(5).round(), images(5, seed=1)
    expected = -Bernoulli(p).log_prob(x).flatten(1).sum(1).mean()
    assert torch.isclose(ae.binary_cross_entropy(p, x), expected, rtol=1e-5)  # float32 sums over 784 pixels


def test_loss_uses_the_chosen_error():
    x = images()
    model = ae.Autoencoder(*ae.dense(), error=ae.binary_cross_entropy)
    loss, parts = model.loss(x)
    assert torch.equal(loss, ae.binary_cross_entropy(model(x), x))
    assert parts == {"reconstruction": loss}


def test_kl_penalty_is_the_divergence_of_coins():
    model, code = ae.SparseAutoencoder(*ae.sparse(), penalty="kl", target=0.05), images(9, (7,))
    expected = kl_divergence(Bernoulli(torch.full((7,), 0.05)), Bernoulli(code.mean(0))).sum()
    assert torch.isclose(model.kl(code), expected, rtol=1e-4)


def test_l1_penalty_cannot_be_cheated_by_scaling():
    """Half the code and twice the decoder's columns draw the same picture and must cost the same."""
    model, x = ae.SparseAutoencoder(*ae.sparse()), images()
    before, parts = model.loss(x)
    with torch.no_grad():
        model.encoder[3].weight *= 0.5
        model.encoder[3].bias *= 0.5
        model.decoder[0].weight *= 2
    after, scaled = model.loss(x)
    assert torch.isclose(before, after, rtol=1e-5)
    assert torch.isclose(parts["sparsity"], scaled["sparsity"], rtol=1e-5)


def test_no_penalty_can_fall_below_0():
    """Not even with a pair of networks that was made for something else."""
    signed = ae.SparseAutoencoder(*ae.dense())
    assert signed.loss(images())[1]["sparsity"] > 0
    beyond = ae.SparseAutoencoder(*ae.sparse(), penalty="kl")  # a code of ReLUs, far above 1
    with torch.no_grad():
        beyond.encoder[3].bias.fill_(5)
    assert beyond.loss(images())[0].isnan()  # which the loop tells


def test_sparse_loss_adds_up():
    loss, parts = ae.SparseAutoencoder(*ae.sparse(), weight=0.3).loss(images())
    assert torch.isclose(loss, parts["reconstruction"] + 0.3 * parts["sparsity"])


def test_unknown_penalty():
    with pytest.raises(ValueError, match=r"'l0'.*l1"):
        ae.SparseAutoencoder(*ae.sparse(), penalty="l0")


def test_fully_convolutional_model_takes_any_size():
    model = ae.Autoencoder(*ae.conv(latent_dim=None))
    assert not any(isinstance(module, nn.Linear) for module in model.modules())
    for shape in [(2, 1, 28, 28), (2, 1, 32, 256)]:
        assert model(torch.rand(shape)).shape == shape
    assert model.encoder(torch.rand(1, 1, 28, 28)).numel() == 1568  # twice the image: no bottleneck


def test_unet_takes_any_size_and_details_go_around_its_middle():
    network = ae.unet((4, 8))
    for shape in [(2, 1, 28, 28), (2, 1, 32, 256)]:
        assert network(torch.rand(shape)).shape == shape
    skip = next(module for module in network if isinstance(module, ae.Skip))
    x = torch.rand(2, 4, 14, 14)
    assert torch.allclose(skip(x), x + nn.Sequential(*skip)(x))
    with torch.no_grad():
        for layer in skip:
            for weight in layer.parameters():
                weight.zero_()
    assert torch.equal(skip(x), x)


def test_untrained_decoder_draws_this_grey():
    for brightness in (0.1, 0.5, 0.9):
        torch.manual_seed(0)
        drawn = ae.Autoencoder(*ae.conv(latent_dim=None, brightness=brightness))(images(20))
        assert drawn.mean().item() == pytest.approx(brightness, abs=0.03)


def test_denoising_loss_compares_with_the_clean_image():
    x = images()
    model = ae.Autoencoder(*ae.dense())
    loss, parts = ae.DenoisingAutoencoder(model, lambda clean: 1 - clean).loss(x)
    assert torch.equal(loss, ae.squared_error(model(1 - x), x))
    assert parts == {"reconstruction": loss}


def test_denoising_makes_new_noise_in_every_step():
    seen = []

    def corrupt(x):
        seen.append(x + torch.randn_like(x))
        return seen[-1]

    model = ae.DenoisingAutoencoder(ae.Autoencoder(*ae.dense()), corrupt)
    model.loss(images())
    model.loss(images())
    assert not torch.equal(*seen)


def test_trained_denoiser_points_along_the_score():
    """For data on a Gaussian the best denoiser is known: x̂ = x̃ · s² / (s² + σ²), so x̂ − x̃ = σ² ∇log p(x̃)."""
    torch.manual_seed(0)
    s, sigma = 1.0, 0.5
    points = s * torch.randn(4000, 2)
    network = nn.Sequential(nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))
    model = ae.DenoisingAutoencoder(network, lambda x: x + sigma * torch.randn_like(x))
    for _ in fit(model, points, epochs=30, lr=3e-3):
        pass
    noisy = (s**2 + sigma**2) ** 0.5 * torch.randn(2000, 2)
    score = -noisy / (s**2 + sigma**2)
    with torch.no_grad():
        arrows = model(noisy) - noisy
    # 30 epochs of 4,000 points leave a few per cent; an untrained network is off by more than the arrows themselves.
    assert (arrows - sigma**2 * score).square().mean() < 0.1 * (sigma**2 * score).square().mean()


def test_import_is_light_and_needs_no_torchvision():
    """Importing the package loads no torch; the core loads torch, and none of the other rooms or libraries."""
    code = (
        "import sys; sys.modules['torchvision'] = None; import course_lib; assert 'torch' not in sys.modules;"
        "from course_lib import loops; from course_lib.models import gan_networks, transformer, vae, vision;"
        "mine = {name.split('.')[1] for name in sys.modules if name.startswith('course_lib.')};"
        "assert mine == {'loops', 'models', 'need'}, mine; assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
