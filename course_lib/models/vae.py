"""The variational autoencoder: each image becomes a distribution of codes, so that new images can be drawn."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import need
from course_lib.models.autoencoders import Autoencoder, Loss, binary_cross_entropy


def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) = −½ (1 + log σ² − μ² − σ²), of every number of the code by itself.

    mu, log_var: (N, latent_dim), the mean and the logarithm of the variance
    returns: (N, latent_dim) in nats, zero or more; sum over a row for a whole code
    Source: Kingma and Welling (2014), appendix B. Taught in: 05_vae
    """
    need.same_shape(mu=mu, log_var=log_var)
    return -0.5 * (1 + log_var - mu.square() - log_var.exp())


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    """z = μ + σ · ε with ε ~ N(0, 1): chance comes in from outside, so gradients reach μ and σ.

    mu, log_var: (N, latent_dim)
    returns: (N, latent_dim), drawn anew at each call
    Source: Kingma and Welling (2014). Taught in: 05_vae
    """
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


class VAE(Autoencoder):
    """The autoencoder with one more layer: beside the mean μ, the encoder gives log σ² of every number of the code.

    Images come from codes z ~ N(0, I): `decoder(torch.randn(1, latent_dim))`; `vae(x)` decodes the mean, without noise.
    encoder, decoder: as `dense` makes them, the encoder's last layer Linear, the decoder's Sigmoid
    beta: how much the KL divergence counts beside the reconstruction; 1 makes the loss an estimate of −ELBO
        where pixels are 0 or 1 and error is `binary_cross_entropy`
    error: the reconstruction term, summed over pixels; `binary_cross_entropy` is −log p(x|z) where pixels are 0 or 1
    Source: Kingma and Welling (2014); beta: Higgins et al. (2017). Taught in: 05_vae
    """

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential, beta=1.0, error=binary_cross_entropy):
        super().__init__(encoder, decoder, error)
        self.beta = beta
        self.log_var = nn.Linear(encoder[-1].in_features, encoder[-1].out_features)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: (N, C, H, W) in [0, 1]; returns mu and log_var, each (N, latent_dim). `encoder(x)` is mu alone."""
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
        Source: Burda et al. (2016). Taught in: 05_vae
        """
        need.binary("x", x)
        mu, log_var = self.encode(x)
        total = torch.full_like(mu[:, 0], -math.inf)
        for _ in range(samples):
            z = reparameterize(mu, log_var)
            # log p(x|z) + log p(z) − log q(z|x); the constants of both Gaussians cancel.
            ratio = 0.5 * ((z - mu).square() / log_var.exp() + log_var - z.square()).sum(dim=1)
            total = torch.logaddexp(total, ratio - self._nll(x, z))
        return total - math.log(samples)

    def _nll(self, x: Tensor, z: Tensor) -> Tensor:
        """−log p(x|z) of each image (N,), from the logits: a sigmoid's rounding would cut it off at some 16 nats."""
        logits = self.decoder[:-1](z)
        return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(dim=1)
