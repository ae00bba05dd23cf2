"""An interrupted run goes on to the weights of an uninterrupted one; a state that does not fit is refused."""

import itertools

import pytest
import torch
from torch import nn

from course_lib.cli.checkpoint import train_from
from course_lib.loops import fit, fit_gan
from course_lib.models.autoencoders import dense
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import pair
from course_lib.models.vae import VAE

IMAGES = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(1))
FIT = {"epochs": 5, "batch_size": 16, "lr": 1e-3}


def small(seed=0):
    """Draws codes and drops inputs in every step, so that torch's own random numbers have to go on as well."""
    torch.manual_seed(seed)
    model = VAE(*dense((1, 8, 8), (16,), latent_dim=4))
    model.encoder.insert(0, nn.Dropout(0.2))
    return model


def game(seed=0):
    """With BatchNorm, and an average that counts its steps."""
    torch.manual_seed(seed)
    return GAN(*pair("dcgan", latent_dim=4, image_shape=(1, 8, 8), channels=(8, 4)), latent_dim=4, ema=0.5)


@pytest.mark.parametrize(
    ("make", "loop", "options"),
    [(small, fit, FIT), (game, fit_gan, {"steps": 14, "batch_size": 16, "lr": 1e-3, "betas": (0.5, 0.9), "every": 3})],
)
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(make, loop, options, tmp_path):
    whole, file = make(), tmp_path / "state"
    reports = list(loop(whole, IMAGES, **options))
    list(itertools.islice(train_from(file, {}, make(), IMAGES, **options), 2))
    resumed = make(seed=7)  # its own weights do not matter where there is a state
    assert list(train_from(file, {}, resumed, IMAGES, **options)) == reports[2:]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    assert list(tmp_path.iterdir()) == [file]


def test_the_state_of_another_run_or_a_damaged_one_is_refused_and_left_alone(tmp_path):
    file, model = tmp_path / "state", small(seed=7)
    list(itertools.islice(train_from(file, {"lr": 1e-3}, small(), IMAGES, **FIT), 1))
    whole, before = file.read_bytes(), small(seed=7).state_dict()
    with pytest.raises(ValueError, match=r"there lr=0\.001, here lr=0.5") as error:
        list(train_from(file, {"lr": 0.5}, model, IMAGES, **FIT))
    assert str(file) in str(error.value)
    assert "मिटा दीजिए" in str(error.value)
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    torch.save({"a": torch.zeros(3)}, tmp_path / "foreign")
    for damaged in (flipped, whole[:-9], b"", b"hello", (tmp_path / "foreign").read_bytes()):
        file.write_bytes(damaged)
        with pytest.raises(ValueError, match="Delete it, or choose another --out"):
            list(train_from(file, {"lr": 1e-3}, model, IMAGES, **FIT))
        assert file.read_bytes() == damaged
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_what_cannot_be_written_leaves_the_last_state(tmp_path, monkeypatch):
    file = tmp_path / "state"
    reports = train_from(file, {}, small(), IMAGES, **FIT)
    next(reports)
    kept = file.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="Free some space"):
        next(reports)
    assert file.read_bytes() == kept
    assert list(tmp_path.iterdir()) == [file]
