"""Autoencoders: an encoder, a decoder, and a loss that compares the output with the input."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import check
from course_lib.language import message
from course_lib.models import border

Loss = tuple[Tensor, dict[str, Tensor]]


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """‖x − x̂‖²: summed over the pixels of an image, averaged over the images.

    x_hat, x: (N, …) of equal shape
    returns: a scalar; divide by the number of pixels to get the mean squared error (MSE)
    raises: ValueError where the shapes differ
    Taught in: 02_autoencoder
    """
    check.same_shape(x_hat=x_hat, x=x)
    return F.mse_loss(x_hat, x, reduction="sum") / len(x)


def cross_entropy(x_hat: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy of pixels in [0, 1]: summed over the pixels, averaged over the images.

    x_hat, x: (N, …) of equal shape, in [0, 1]
    returns: a scalar in nats
    raises: ValueError where the shapes differ, or (on the CPU; a GPU would have to wait) for other pixels
    Taught in: 02_autoencoder
    """
    check.same_shape(x_hat=x_hat, x=x)
    if x.device.type == "cpu":
        check.between("x", x, 0, 1)
        check.between("x_hat", x_hat, 0, 1)
    return F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)


class Autoencoder(nn.Module):
    """The reference autoencoder: 784 → 128 → ReLU → 32 and back, pixels out through a sigmoid.

    image: shape (C, H, W) of one image
    hidden: width of the hidden layer
    code: how many numbers the code has
    error: what training minimises between x̂ and x
    Taught in: 02_autoencoder
    """

    def __init__(self, *, image=(1, 28, 28), hidden=128, code=32, error=squared_error):
        super().__init__()
        pixels = math.prod(image)
        self.error = error
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(pixels, hidden),
            nn.ReLU(),
            nn.Linear(hidden, code),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, hidden),
            nn.ReLU(),
            nn.Linear(hidden, pixels),
            nn.Sigmoid(),
            nn.Unflatten(1, image),
        )

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, C, H, W) in [0, 1]; returns x̂ of the same shape."""
        return self.decoder(self.encoder(x))

    def loss(self, x: Tensor) -> Loss:
        """x: (N, C, H, W) in [0, 1]; returns the loss and its parts. There are no labels: the target is x."""
        error = self.error(self(x), x)
        return error, {"reconstruction": error}


class DeepAutoencoder(Autoencoder):
    """Several hidden layers in each half: 784 → 512 → 128 → code and back in the same steps.

    hidden: widths of the hidden layers, from the image to the code
    Source: after Hinton and Salakhutdinov (2006). Taught in: 04_dimensionality_reduction
    """

    def __init__(self, *, image=(1, 28, 28), hidden=(512, 128), code=2, error=squared_error):
        check.wholes("hidden", hidden)
        super().__init__(image=image, code=code, error=error)
        widths = [math.prod(image), *hidden, code]
        self.encoder = nn.Sequential(nn.Flatten(), *self._dense(widths))
        self.decoder = nn.Sequential(*self._dense(widths[::-1]), nn.Sigmoid(), nn.Unflatten(1, image))

    @staticmethod
    def _dense(widths: Sequence[int]) -> list[nn.Module]:
        """Linear layers of these widths with ReLU between them."""
        return [layer for sizes in pairwise(widths) for layer in (nn.Linear(*sizes), nn.ReLU())][:-1]


class LinearAutoencoder(Autoencoder):
    """One linear layer each way and no activation: at its best it spans the same subspace as PCA.

    Source: Baldi and Hornik (1989). Taught in: 02_autoencoder
    """

    def __init__(self, *, image=(1, 28, 28), code=32, error=squared_error):
        super().__init__(image=image, code=code, error=error)
        pixels = math.prod(image)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, code))
        self.decoder = nn.Sequential(nn.Linear(code, pixels), nn.Unflatten(1, image))


class SparseAutoencoder(Autoencoder):
    """A wide code of which each image uses only a few numbers.

    penalty: "l1" charges every active number of the code. A plain L1 could be cheated by making the code small and
        the decoder's weights large, so each number is multiplied by the norm of its decoder column; the decoder is
        a single layer, or the large weights could hide in the next one.
        "kl" asks every number of the code, squeezed into (0, 1), to be active in a share `target` of the images.
    weight: how much sparsity counts beside the reconstruction, 0 or more
    target: for "kl", between 0 and 1
    raises: ValueError for another penalty, weight or target
    Source: Ng, CS294A notes (2011) for "kl". Taught in: 02_autoencoder
    """

    def __init__(self, *, image=(1, 28, 28), code=128, penalty="l1", weight=0.1, target=0.05, **options):
        super().__init__(image=image, code=code, **options)
        if not isinstance(penalty, str) or penalty not in ("l1", "kl"):
            raise ValueError(message("error_penalty", penalty=repr(penalty)))
        check.number("weight", weight, 0)
        check.number("target", target, 0, 1, above=True, below=True)
        self.penalty, self.weight, self.target = penalty, weight, target
        self.encoder.append(nn.ReLU() if penalty == "l1" else nn.Sigmoid())
        self.decoder = nn.Sequential(nn.Linear(code, math.prod(image)), nn.Sigmoid(), nn.Unflatten(1, image))

    def loss(self, x: Tensor) -> Loss:
        """As in Autoencoder, with the sparsity penalty as a second part."""
        border.images(self, x)
        code = self.encoder(x)
        error = self.error(self.decoder(code), x)
        sparsity = self._l1(code) if self.penalty == "l1" else self._kl(code)
        return error + self.weight * sparsity, {"reconstruction": error, "sparsity": sparsity}

    def _l1(self, code: Tensor) -> Tensor:
        columns = self.decoder[0].weight.norm(dim=0)  # (code,)
        return (code * columns).sum(dim=1).mean()

    def _kl(self, code: Tensor) -> Tensor:
        share = code.mean(dim=0).clamp(1e-6, 1 - 1e-6)  # (code,) in (0, 1)
        p = torch.full_like(share, self.target)
        return (p * (p / share).log() + (1 - p) * ((1 - p) / (1 - share)).log()).sum()


class ConvAutoencoder(Autoencoder):
    """Convolutions instead of the dense layers: the same small filter is used all over the image.

    channels: feature maps after the first and the second stride-2 convolution
    code: how many numbers the code has; None leaves out both dense layers, so that nothing but the feature maps
        lies between the halves: no bottleneck, and any H and W that divide by 4
    brightness: the grey that the untrained decoder draws, between 0 and 1. Start near the images' own mean (0.1 for
        digits): from 0.5 the first steps can push everything to black, and the ReLUs then never come back.
    raises: ValueError where H or W does not divide by 4, or for another brightness
    Taught in: 02_autoencoder, 03_denoising
    """

    def __init__(self, *, image=(1, 28, 28), channels=(16, 32), code=32, brightness=0.5, error=squared_error):
        super().__init__(image=image, code=1, error=error)
        depth, height, width = image
        if height % 4 or width % 4:
            raise ValueError(message("error_divide", image=image))
        check.wholes("channels", channels, 2)
        check.whole("code", 1 if code is None else code)
        check.number("brightness", brightness, 0, 1, above=True, below=True)
        first, second = channels
        grid = (second, height // 4, width // 4)
        half = {"kernel_size": 4, "stride": 2, "padding": 1}  # each layer halves (or doubles) height and width
        last = nn.ConvTranspose2d(first, depth, **half)
        with torch.no_grad():
            last.bias.fill_(math.log(brightness / (1 - brightness)))
        self.encoder = nn.Sequential(
            nn.Conv2d(depth, first, **half), nn.ReLU(), nn.Conv2d(first, second, **half), nn.ReLU()
        )
        self.decoder = nn.Sequential(nn.ConvTranspose2d(second, first, **half), nn.ReLU(), last, nn.Sigmoid())
        if code is not None:
            self.encoder.extend([nn.Flatten(), nn.Linear(math.prod(grid), code)])
            self.decoder = nn.Sequential(
                nn.Linear(code, math.prod(grid)), nn.ReLU(), nn.Unflatten(1, grid), *self.decoder
            )
        self.image = image if code is not None else (depth, "H", "W")

    def forward(self, x: Tensor) -> Tensor:
        """As in Autoencoder; without a code, any H and W that divide by 4."""
        check.tensor("x", x, ("N", *self.image), like=border.weight(self))
        if x.shape[2] % 4 or x.shape[3] % 4:
            raise ValueError(message("error_divide", image=tuple(x.shape[1:])))
        return super().forward(x)


class DenoisingAutoencoder(nn.Module):
    """Trains a model to undo a corruption: noise goes in, the clean image is the target, never the noisy one.

    model: takes noisy images, returns clean ones; has `error(x_hat, x)`, as every autoencoder here (only this error
        counts in the loss: penalties of the model's own, such as sparsity, do not)
    corrupt: makes noisy images of clean ones, anew in every step, so that no noise can be memorised
    Source: Vincent et al. (2008). Taught in: 03_denoising
    """

    def __init__(self, model: nn.Module, corrupt: Callable[[Tensor], Tensor]):
        super().__init__()
        self.model, self.corrupt = model, corrupt

    def forward(self, noisy: Tensor) -> Tensor:
        """noisy: (N, C, H, W) in [0, 1]; returns x̂ of the same shape."""
        return self.model(noisy)

    def loss(self, x: Tensor) -> Loss:
        """x: clean images (N, C, H, W) in [0, 1]; returns the model's error between x and x̂, made of a noisy x̃."""
        noisy = self.corrupt(x)
        error = self.model.error(self(noisy), x)
        return error, {"reconstruction": error}


class PointDenoiser(nn.Sequential):
    """For points on a plane, where one can see what a denoiser does: 2 → hidden → hidden → 2.

    Taught in: 03_denoising
    """

    error = staticmethod(squared_error)

    def __init__(self, hidden: int = 128):
        check.whole("hidden", hidden)
        super().__init__(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2))

    def forward(self, x: Tensor) -> Tensor:
        """x: (…, 2); returns the same shape."""
        check.tensor("x", x, (..., 2), like=border.weight(self))
        return super().forward(x)


# Lessons print these two, so what they refuse stands here.
Autoencoder.__init__ = check.before(Autoencoder.__init__, border.sizes)
Autoencoder.forward = check.before(Autoencoder.forward, border.images)
DenoisingAutoencoder.__init__ = check.before(DenoisingAutoencoder.__init__, border.parts)
