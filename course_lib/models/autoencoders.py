"""Autoencoders: an encoder, a decoder, and a loss that compares the output with the input.

Networks are made by functions, most of a pair (encoder, decoder); what is done with a network is a class.
"""

from collections.abc import Callable
from itertools import pairwise
from math import log, prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import need

Loss = tuple[Tensor, dict[str, Tensor]]
Pair = tuple[nn.Sequential, nn.Sequential]


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """‖x − x̂‖²: summed over the pixels of an image, averaged over the images.

    x_hat, x: (N, …) of equal shape; divide by the number of pixels to get the mean squared error (MSE)
    Taught in: 02_autoencoder
    """
    need.same_shape(x_hat=x_hat, x=x)
    return F.mse_loss(x_hat, x, reduction="sum") / len(x)


def binary_cross_entropy(x_hat: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy of pixels in [0, 1], in nats: summed over the pixels, averaged over the images.

    x_hat, x: (N, …) of equal shape, in [0, 1]
    Taught in: 02_autoencoder
    """
    return F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)


def dense(image_shape=(1, 28, 28), hidden=(128,), latent_dim=32) -> Pair:
    """Linear layers with ReLU between them: 784 → 128 → 32 and back, pixels out through a Sigmoid.

    image_shape: (C, H, W) of one image
    hidden, latent_dim: widths of the hidden layers, from the image to the code; how many numbers the code has
    returns: encoder (N, C, H, W) -> (N, latent_dim), decoder (N, latent_dim) -> (N, C, H, W) in [0, 1]
    Source: several hidden layers after Hinton and Salakhutdinov (2006). Taught in: 02_autoencoder
    """
    widths = [prod(image_shape), *hidden, latent_dim]
    encoder, decoder = [nn.Flatten()], []
    for inputs, outputs in pairwise(widths):
        encoder += [nn.Linear(inputs, outputs), nn.ReLU()]
    for inputs, outputs in pairwise(widths[::-1]):
        decoder += [nn.Linear(inputs, outputs), nn.ReLU()]
    encoder, decoder = encoder[:-1], decoder[:-1]  # no ReLU after the last layer
    return nn.Sequential(*encoder), nn.Sequential(*decoder, nn.Unflatten(1, image_shape), nn.Sigmoid())


def linear(image_shape=(1, 28, 28), latent_dim=32) -> Pair:
    """One linear layer each way and no activation: at its best it spans the same subspace as PCA.

    Shapes as in `dense`. Source: Baldi and Hornik (1989). Taught in: 02_autoencoder
    """
    pixels = prod(image_shape)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, latent_dim))
    decoder = nn.Sequential(nn.Linear(latent_dim, pixels), nn.Unflatten(1, image_shape))
    return encoder, decoder


def sparse(image_shape=(1, 28, 28), hidden=128, latent_dim=128, activation=nn.ReLU) -> Pair:
    """A wide code, and a decoder of one layer: whatever a number of the code draws is a column of its weights.

    activation: of the code, ReLU for the penalty "l1", Sigmoid for "kl"; as in `dense`. Taught in: 02_autoencoder
    """
    pixels = prod(image_shape)
    encoder = [nn.Flatten(), nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, latent_dim), activation()]
    decoder = nn.Sequential(nn.Linear(latent_dim, pixels), nn.Unflatten(1, image_shape), nn.Sigmoid())
    return nn.Sequential(*encoder), decoder


def convolutions(in_channels: int = 1, channels: tuple[int, int] = (16, 32)) -> nn.Sequential:
    """Two stride-2 convolutions: (N, C, H, W) -> (N, channels[1], H / 4, W / 4), for any H and W divisible by 4.

    in_channels: C, 1 for grey images. Taught in: 01b_transformer
    """
    first, second = channels
    # Filters of 4 × 4 pixels, stride 2, padding 1: each convolution halves height and width.
    down, further = nn.Conv2d(in_channels, first, 4, 2, 1), nn.Conv2d(first, second, 4, 2, 1)
    return nn.Sequential(down, nn.ReLU(), further, nn.ReLU())


def conv(image_shape=(1, 28, 28), channels=(16, 32), latent_dim: int | None = 32, brightness=0.5) -> Pair:
    """Convolutions instead of the dense layers: the same small filter is used all over the image.

    image_shape, channels: (C, H, W), H and W divisible by 4; feature maps after the two stride-2 convolutions
    latent_dim: how many numbers the code has; None leaves out both dense layers, for any H and W divisible by 4
    brightness: the grey that the untrained decoder draws. Start near the images' own mean (0.1 for digits): from 0.5
        the first steps can push everything to black, and the ReLUs then never come back.
    Taught in: 02_autoencoder
    """
    in_channels, height, width = image_shape
    first, second = channels
    encoder = convolutions(in_channels, channels)
    # A transposed convolution with the same numbers doubles them.
    last = nn.ConvTranspose2d(first, in_channels, 4, 2, 1)
    nn.init.constant_(last.bias, log(brightness / (1 - brightness)))
    decoder = nn.Sequential(nn.ConvTranspose2d(second, first, 4, 2, 1), nn.ReLU(), last, nn.Sigmoid())
    if latent_dim is None:
        return encoder, decoder
    maps = (second, height // 4, width // 4)
    encoder.extend([nn.Flatten(), nn.Linear(prod(maps), latent_dim)])
    return encoder, nn.Sequential(nn.Linear(latent_dim, prod(maps)), nn.ReLU(), nn.Unflatten(1, maps), *decoder)


class Skip(nn.Sequential):
    """Layers with a way around them: x + layers(x). Source: He et al. (2016). Taught in: 03_denoising"""

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def unet(channels=(32, 64), brightness=0.1) -> nn.Sequential:
    """A small U-Net for grey images, H and W divisible by 4: (N, 1, H, W) -> (N, 1, H, W) in (0, 1).

    channels: feature maps at half and at a quarter of the size; brightness: as in `conv`
    Source: Ronneberger et al. (2015). Taught in: 03_denoising
    """
    first, second = channels
    down, further = nn.Conv2d(1, first, 4, 2, 1), nn.Conv2d(first, second, 4, 2, 1)
    up, last = nn.ConvTranspose2d(second, first, 4, 2, 1), nn.ConvTranspose2d(first, 1, 4, 2, 1)
    nn.init.constant_(last.bias, log(brightness / (1 - brightness)))
    deep = Skip(further, nn.ReLU(), Skip(nn.Conv2d(second, second, 3, 1, 1), nn.ReLU()), up)
    return nn.Sequential(down, nn.ReLU(), deep, Skip(nn.Conv2d(first, first, 3, 1, 1), nn.ReLU()), last, nn.Sigmoid())


class Autoencoder(nn.Module):
    """An encoder and a decoder that learn together to give back what came in.

    encoder: x -> code
    decoder: code -> x̂, of x's own shape
    error: what training minimises between x̂ and x
    Taught in: 02_autoencoder
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, error: Callable = squared_error):
        super().__init__()
        self.encoder, self.decoder, self.error = encoder, decoder, error

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, …), images in [0, 1]; returns x̂ of the same shape."""
        return self.decoder(self.encoder(x))

    def loss(self, x: Tensor) -> Loss:
        """x: (N, …); returns the loss and its parts. There are no labels: the target is x."""
        error = self.error(self(x), x)
        return error, {"reconstruction": error}


class SparseAutoencoder(Autoencoder):
    """A wide code of which each image uses only a few numbers.

    penalty: "l1" charges every active number of the code. A plain L1 could be cheated by making the code small and
        the decoder's weights large, so each number is multiplied by the norm of its decoder column.
        "kl" asks every number of a code in (0, 1) to be active in a share `target` of the images.
    weight, target: how much sparsity counts beside the reconstruction, 0 or more; for "kl", between 0 and 1
    Source: Ng, CS294A notes (2011) for "kl". Taught in: 02_autoencoder
    """

    def __init__(self, encoder, decoder, penalty="l1", weight=0.1, target=0.05, error=squared_error):
        super().__init__(encoder, decoder, error)
        need.one_of("penalty", penalty, ("l1", "kl"))
        self.sparsity = self.l1 if penalty == "l1" else self.kl
        self.weight, self.target = weight, target

    def loss(self, x: Tensor) -> Loss:
        """As in Autoencoder, with the sparsity penalty as a second part."""
        code = self.encoder(x)
        error, sparsity = self.error(self.decoder(code), x), self.sparsity(code)
        return error + self.weight * sparsity, {"reconstruction": error, "sparsity": sparsity}

    def l1(self, code: Tensor) -> Tensor:
        """code: (N, latent_dim); returns a scalar."""
        columns = self.decoder[0].weight.norm(dim=0)  # (latent_dim,)
        return (code.abs() * columns).sum(dim=1).mean()

    def kl(self, code: Tensor) -> Tensor:
        """code: (N, latent_dim) in (0, 1); returns a scalar in nats, 0 where every number is active as it should be."""
        active = code.mean(dim=0).clamp(min=1e-6)  # (latent_dim,); above 1 the loss becomes NaN
        p = torch.full_like(active, self.target)
        return (p * (p / active).log() + (1 - p) * ((1 - p) / (1 - active)).log()).sum()


class DenoisingAutoencoder(nn.Module):
    """Trains a model to undo a corruption: noise goes in, the clean image is the target, never the noisy one.

    model: noisy images -> clean ones
    corrupt: makes noisy images of clean ones, anew in every step, so that no noise can be memorised
    Source: Vincent et al. (2008). Taught in: 03_denoising
    """

    def __init__(self, model: nn.Module, corrupt: Callable[[Tensor], Tensor], error: Callable = squared_error):
        super().__init__()
        self.model, self.corrupt, self.error = model, corrupt, error

    def forward(self, noisy: Tensor) -> Tensor:
        """noisy: (N, C, H, W) in [0, 1]; returns x̂ of the same shape."""
        return self.model(noisy)

    def loss(self, x: Tensor) -> Loss:
        """x: clean images (N, C, H, W) in [0, 1]; returns the error between x and x̂, made of a noisy x̃."""
        noisy = self.corrupt(x)
        error = self.error(self(noisy), x)
        return error, {"reconstruction": error}
