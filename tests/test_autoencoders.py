"""The autoencoders: exact sizes, and their mathematics against torch.distributions and closed forms."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, kl_divergence

from course_lib.models import autoencoders as ae
from course_lib.train import fit

MODELS = {
    "reference": ae.Autoencoder,
    "linear": ae.LinearAutoencoder,
    "sparse-l1": ae.SparseAutoencoder,
    "sparse-kl": lambda **o: ae.SparseAutoencoder(penalty="kl", **o),
    "convolutional": ae.ConvAutoencoder,
}


def images(n=12, shape=(1, 28, 28), seed=0):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed))


def test_reference_sizes():
    """784-128-32 and back, as the syllabus has it."""
    layers = [m for m in ae.Autoencoder().modules() if isinstance(m, nn.Linear)]
    assert [(m.in_features, m.out_features) for m in layers] == [(784, 128), (128, 32), (32, 128), (128, 784)]
    kinds = [type(m).__name__ for m in [*ae.Autoencoder().encoder, *ae.Autoencoder().decoder]]
    assert kinds == ["Flatten", "Linear", "ReLU", "Linear", "Linear", "ReLU", "Linear", "Sigmoid", "Unflatten"]


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 16, 20)])
def test_shapes_and_learning(make, shape):
    torch.manual_seed(0)
    model, x = make(image=shape), images(shape=shape)
    code = model.encoder(x)
    assert code.ndim == 2
    assert model.decoder(code).shape == x.shape
    assert model(x[:1]).shape == (1, *shape)
    losses = [step.loss for step in fit(model, x, epochs=30, lr=1e-2)]
    assert losses[-1] < 0.95 * losses[0]  # random pixels: there is little to learn, but something


@pytest.mark.parametrize("make", [m for name, m in MODELS.items() if name != "linear"])
def test_pixels_stay_between_0_and_1(make):
    out = make()(10 * torch.randn(4, 1, 28, 28))
    assert out.min() >= 0
    assert out.max() <= 1


def test_squared_error_by_hand():
    x, x_hat = torch.zeros(2, 1, 1, 2), torch.tensor([[[[1.0, 2.0]]], [[[0.0, 3.0]]]])
    assert ae.squared_error(x_hat, x) == pytest.approx((1 + 4 + 0 + 9) / 2)


def test_cross_entropy_is_the_bernoulli_likelihood():
    x, p = images(5).round(), images(5, seed=1)
    expected = -Bernoulli(p).log_prob(x).flatten(1).sum(1).mean()
    assert torch.isclose(ae.cross_entropy(p, x), expected, rtol=1e-5)  # float32 sums over 784 pixels


def test_loss_uses_the_chosen_error():
    x = images()
    model = ae.Autoencoder(error=ae.cross_entropy)
    loss, parts = model.loss(x)
    assert torch.equal(loss, ae.cross_entropy(model(x), x))
    assert parts == {"reconstruction": loss}


def test_kl_penalty_is_the_divergence_of_coins():
    model, code = ae.SparseAutoencoder(penalty="kl", target=0.05), images(9, (7,))
    expected = kl_divergence(Bernoulli(torch.full((7,), 0.05)), Bernoulli(code.mean(0))).sum()
    assert torch.isclose(model._kl(code), expected, rtol=1e-4)


def test_l1_penalty_cannot_be_cheated_by_scaling():
    """Half the code and twice the decoder's columns draw the same picture and must cost the same."""
    model, x = ae.SparseAutoencoder(), images()
    before, parts = model.loss(x)
    with torch.no_grad():
        model.encoder[3].weight *= 0.5
        model.encoder[3].bias *= 0.5
        model.decoder[0].weight *= 2
    after, scaled = model.loss(x)
    assert torch.isclose(before, after, rtol=1e-5)
    assert torch.isclose(parts["sparsity"], scaled["sparsity"], rtol=1e-5)


def test_sparse_loss_adds_up():
    loss, parts = ae.SparseAutoencoder(weight=0.3).loss(images())
    assert torch.isclose(loss, parts["reconstruction"] + 0.3 * parts["sparsity"])


def test_unknown_penalty():
    with pytest.raises(ValueError, match=r"'l0'.*l1"):
        ae.SparseAutoencoder(penalty="l0")


def test_odd_image_size_is_named():
    with pytest.raises(ValueError, match="divisible by 4") as error:
        ae.ConvAutoencoder(image=(1, 30, 30))
    assert "(1, 30, 30)" in str(error.value)


def test_deep_autoencoder_is_784_512_128_2_and_back():
    model = ae.DeepAutoencoder()
    sizes = [[m.in_features for m in half if isinstance(m, torch.nn.Linear)] for half in (model.encoder, model.decoder)]
    assert sizes == [[784, 512, 128], [2, 128, 512]]
    assert isinstance(model.encoder[-1], torch.nn.Linear), "no activation at the code"
    assert model(images()).shape == images().shape


def test_fully_convolutional_model_takes_any_size():
    model = ae.ConvAutoencoder(code=None)
    assert not any(isinstance(module, torch.nn.Linear) for module in model.modules())
    for shape in [(2, 1, 28, 28), (2, 1, 32, 256)]:
        assert model(torch.rand(shape)).shape == shape
    assert model.encoder(torch.rand(1, 1, 28, 28)).numel() == 1568  # twice the image: no bottleneck


@pytest.mark.parametrize("brightness", [0.1, 0.5, 0.9])
def test_untrained_decoder_draws_this_grey(brightness):
    torch.manual_seed(0)
    drawn = ae.ConvAutoencoder(code=None, brightness=brightness)(images(20))
    assert drawn.mean().item() == pytest.approx(brightness, abs=0.03)


@pytest.mark.parametrize("brightness", [0, 1, -0.1])
def test_impossible_brightness(brightness):
    with pytest.raises(ValueError, match=f"brightness={brightness}"):
        ae.ConvAutoencoder(brightness=brightness)


def test_denoising_loss_compares_with_the_clean_image():
    x = images()
    model = ae.Autoencoder()
    loss, parts = ae.DenoisingAutoencoder(model, lambda clean: 1 - clean).loss(x)
    assert torch.equal(loss, ae.squared_error(model(1 - x), x))
    assert parts == {"reconstruction": loss}


def test_denoising_makes_new_noise_in_every_step():
    seen = []

    def corrupt(x):
        seen.append(x + torch.randn_like(x))
        return seen[-1]

    model = ae.DenoisingAutoencoder(ae.Autoencoder(), corrupt)
    model.loss(images())
    model.loss(images())
    assert not torch.equal(*seen)


def test_trained_denoiser_points_along_the_score():
    """For data on a Gaussian the best denoiser is known: x̂ = x̃ · s² / (s² + σ²), so x̂ − x̃ = σ² ∇log p(x̃)."""
    torch.manual_seed(0)
    s, sigma = 1.0, 0.5
    points = s * torch.randn(4000, 2)
    model = ae.DenoisingAutoencoder(ae.PointDenoiser(), lambda x: x + sigma * torch.randn_like(x))
    for _ in fit(model, points, epochs=30, lr=3e-3):
        pass
    noisy = (s**2 + sigma**2) ** 0.5 * torch.randn(2000, 2)
    score = -noisy / (s**2 + sigma**2)
    with torch.no_grad():
        arrows = model(noisy) - noisy
    # 30 epochs of 4,000 points leave a few per cent; an untrained network is off by more than the arrows themselves.
    assert (arrows - sigma**2 * score).square().mean() < 0.1 * (sigma**2 * score).square().mean()


def test_import_is_light_and_needs_no_torchvision():
    """Importing the package loads no torch; importing the models and loops loads no torchvision."""
    code = (
        "import sys; sys.modules['torchvision'] = None; import course_lib; assert 'torch' not in sys.modules;"
        "import torch; from course_lib import data, train; from course_lib.models import autoencoders as a;"
        "x = torch.rand(4, 1, 28, 28);"
        "[list(train.fit(m(), x, epochs=1)) for m in"
        " (a.Autoencoder, a.LinearAutoencoder, a.SparseAutoencoder, a.ConvAutoencoder)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
