"""The variational autoencoder: each image becomes a distribution of codes, so that new images can be drawn."""

import math

import torch
from torch import Tensor, nn

from course_lib import check
from course_lib.language import message
from course_lib.models import border
from course_lib.models.autoencoders import Autoencoder, Loss, cross_entropy


def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) = −½ (1 + log σ² − μ² − σ²), of every number of the code by itself.

    mu, log_var: (N, K), the mean and the logarithm of the variance
    returns: (N, K) in nats, zero or more; sum over K for a whole code
    raises: ValueError where the shapes differ
    Source: Kingma and Welling (2014), appendix B. Taught in: 05_vae
    """
    check.same_shape(mu=mu, log_var=log_var)
    return -0.5 * (1 + log_var - mu.square() - log_var.exp())


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    """z = μ + σ · ε with ε ~ N(0, 1): chance comes in from outside, so gradients reach μ and σ.

    mu, log_var: (N, K)
    returns: (N, K), drawn anew at each call
    Source: Kingma and Welling (2014). Taught in: 05_vae
    """
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


class VAE(Autoencoder):
    """The autoencoder with one more layer: beside the mean μ, the encoder gives log σ² of every number of the code.

    Images come from codes z ~ N(0, I): `decoder(torch.randn(1, latent))`.
    image: shape (C, H, W) of one image
    hidden: width of the hidden layer
    latent: how many numbers the code has
    beta: how much the KL divergence counts beside the reconstruction; 1 makes the loss an estimate of −ELBO
        where pixels are 0 or 1 and error is `cross_entropy`
    error: the reconstruction term, summed over pixels; `cross_entropy` is −log p(x|z) where pixels are 0 or 1
    Source: Kingma and Welling (2014); beta: Higgins et al. (2017). Taught in: 05_vae
    """

    def __init__(self, *, image=(1, 28, 28), hidden=400, latent=20, beta=1.0, error=cross_entropy):
        super().__init__(image=image, hidden=hidden, code=latent, error=error)
        self.beta = beta
        self.log_var = nn.Linear(hidden, latent)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: (N, C, H, W) in [0, 1]; returns mu and log_var, each (N, latent). `encoder(x)` is mu alone."""
        hidden = self.encoder[:-1](x)
        return self.encoder[-1](hidden), self.log_var(hidden)

    def loss(self, x: Tensor) -> Loss:
        """x: (N, C, H, W) in [0, 1]; returns reconstruction + β · KL, averaged over the images, and both parts."""
        mu, log_var = self.encode(x)
        x_hat = self.decoder(reparameterize(mu, log_var))
        error = self.error(x_hat, x)
        kl = kl_divergence(mu, log_var).sum(dim=1).mean()
        return error + self.beta * kl, {"reconstruction": error, "kl": kl}

    @torch.no_grad()
    def log_likelihood(self, x: Tensor, samples: int = 1) -> Tensor:
        """An estimate, from below on average, of log p(x) of black-and-white images, by importance sampling.

        x: (N, C, H, W) of zeros and ones
        samples: how many codes to draw for an image; 1 estimates the ELBO, more come closer to log p(x) from below
        returns: (N,) in nats; each pixel is taken for a coin of its own, whatever error and beta the training used
        raises: ValueError where x is not black and white, or samples < 1
        Source: Burda et al. (2016). Taught in: 05_vae
        """
        border.images(self, x)
        if not isinstance(samples, int) or samples < 1 or not ((x == 0) | (x == 1)).all():
            raise ValueError(message("error_binary", samples=samples, low=float(x.min()), high=float(x.max())))
        mu, log_var = self.encode(x)
        total = torch.full_like(mu[:, 0], -math.inf)
        for _ in range(samples):
            z = reparameterize(mu, log_var)
            # log p(x|z) + log p(z) − log q(z|x); the constants of both Gaussians cancel.
            ratio = 0.5 * ((z - mu).square() / log_var.exp() + log_var - z.square()).sum(dim=1)
            total = torch.logaddexp(total, ratio - self._surprise(x, z))
        return total - math.log(samples)

    def _surprise(self, x: Tensor, z: Tensor) -> Tensor:
        """−log p(x|z) of each image (N,), from the logits: a sigmoid's rounding would cut it off at some 16 nats."""
        logits = self.decoder[:-2](z).view_as(x)
        return nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(dim=1)


# Lessons print these, so what they refuse stands here.


def _check_sizes(self, *, latent=20, beta=1.0, **_) -> None:
    check.whole("latent", latent)
    check.number("beta", beta, 0)


reparameterize = check.before(reparameterize, lambda mu, log_var: check.same_shape(mu=mu, log_var=log_var))
VAE.__init__ = check.before(VAE.__init__, _check_sizes)
VAE.encode = check.before(VAE.encode, border.images)
