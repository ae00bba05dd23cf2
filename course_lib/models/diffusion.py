"""Diffusion models: a denoiser that has learned every strength of noise draws, from noise alone, in small steps."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.models.autoencoders import Loss, Skip


def cosine_schedule(steps: int) -> tuple[Tensor, Tensor]:
    """How much signal and how much noise x_t = signal · x + noise · ε has at times t = 0 … steps, from x to ε.

    returns: signal and noise, (steps + 1,) each in [0, 1], signal² + noise² = 1
    Source: Nichol and Dhariwal (2021), without their offset and clipping. Taught in: 09_gan_vae_diffusion
    """
    angle = torch.linspace(0, math.pi / 2, steps + 1, dtype=torch.float64)
    return angle.cos().float(), angle.sin().float()


class Diffusion(nn.Module):
    """Noise goes in, in every strength; the network answers with v, from which both the clean x and the noise follow.

    network: (x_t (N, dim), time (N,) in [0, 1], label (N,) or None) -> v (N, dim)
    dim: numbers of x, each of about mean 0 and variance 1, as the noise has
    timesteps: into how many times the way from x to noise is divided
    drop: share of the labels that training hides (as −1), so that the network also learns to do without
    Source: Ho et al. (2020); v: Salimans and Ho (2022). Taught in: 09_gan_vae_diffusion
    """

    def __init__(self, network: nn.Module, dim: int, timesteps: int = 1000, drop: float = 0.1):
        super().__init__()
        self.network, self.dim, self.timesteps, self.drop = network, dim, timesteps, drop
        signal, noise = cosine_schedule(timesteps)
        self.register_buffer("signal", signal, persistent=False)
        self.register_buffer("noise", noise, persistent=False)

    def target(self, x: Tensor, epsilon: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
        """What the network is to answer: v, the direction of the turn from x to the noise ε."""
        return signal * epsilon - noise * x

    def solved(self, x_t: Tensor, answer: Tensor, signal: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """The clean x and the noise that follow from x_t and the answer."""
        return signal * x_t - noise * answer, noise * x_t + signal * answer

    def loss(self, x: Tensor, label: Tensor | None = None) -> Loss:
        """x: (N, dim); label: (N,) int64 or None; the mean squared error of the answers, each x at a random time."""
        t = torch.randint(1, self.timesteps + 1, (len(x),), device=x.device)
        if label is not None:
            label = label.where(torch.rand(len(x), device=x.device) >= self.drop, -1)
        signal, noise, epsilon = self.signal[t, None], self.noise[t, None], torch.randn_like(x)
        answer = self.network(signal * x + noise * epsilon, t / self.timesteps, label)
        error = F.mse_loss(answer, self.target(x, epsilon, signal, noise))
        return error, {"error": error}

    def clean_and_noise(self, x_t: Tensor, t: int, label: Tensor | None = None, guidance=1.0) -> tuple[Tensor, Tensor]:
        """What the network takes for the clean x and for the noise in x_t, (N, dim) each.

        guidance: 0 ignores the label, 1 follows it, more goes beyond (classifier-free guidance, Ho and Salimans, 2022)
        """
        time = torch.full((len(x_t),), t / self.timesteps, device=x_t.device)
        answer = self.network(x_t, time, label)
        if label is not None and guidance != 1:
            answer = self.network(x_t, time, torch.full_like(label, -1)).lerp(answer, guidance)
        return self.solved(x_t, answer, self.signal[t], self.noise[t])

    def step(self, x_t: Tensor, t: int, s: int, label=None, guidance=1.0, eta=0.0, rng=None) -> Tensor:
        """From time t to the earlier time s, (N, dim); what the arguments mean stands in `sample`.

        Source: Song et al. (2021), equations 12 and 16; with eta 1 and s = t − 1 Ho et al. (2020), algorithm 2
        """
        clean, epsilon = self.clean_and_noise(x_t, t, label, guidance)
        ratio = self.signal[t] / self.signal[s]  # how much signal this step gives back
        sigma = eta * self.noise[s] / self.noise[t] * (1 - ratio**2).sqrt()
        x_s = self.signal[s] * clean + (self.noise[s] ** 2 - sigma**2).clamp(min=0).sqrt() * epsilon
        return x_s + sigma * torch.randn(x_t.shape, generator=rng).to(x_t) if eta else x_s

    def sample(self, count: int, label=None, steps=20, guidance=1.0, eta=0.0, rng=None) -> Tensor:
        """(count, dim), drawn from noise in a number of steps.

        label: (count,) int64 or None; guidance: as in `clean_and_noise`
        steps: how many of the times are visited, at most all
        eta: how much fresh noise each step adds, 0 none (DDIM), 1 as much as DDPM
        rng: of the CPU, so that all devices begin from the same noise
        """
        x = torch.randn(count, self.dim, generator=rng).to(self.signal)
        times = torch.linspace(self.timesteps, 0, steps + 1).round().int().unique_consecutive().tolist()
        with torch.no_grad():
            for t, s in pairwise(times):
                x = self.step(x, t, s, label, guidance, eta, rng)
        return x


class TimeMLP(nn.Module):
    """A network for `Diffusion` on vectors: residual blocks that are told the time and, with classes, the label.

    dim, width, blocks: numbers of x; of the hidden layers; how many blocks
    classes: how many labels there are, 0 for none; a label of −1 is one that is hidden
    Taught in: 09_gan_vae_diffusion
    """

    def __init__(self, dim: int, width: int = 256, blocks: int = 3, classes: int = 0):
        super().__init__()
        self.register_buffer("frequencies", math.pi / 2 * 2.0 ** torch.arange(8), persistent=False)
        self.read, self.time, self.write = nn.Linear(dim, width), nn.Linear(16, width), nn.Linear(width, dim)
        self.blocks = nn.Sequential(*(_block(width) for _ in range(blocks)))
        self.label = nn.Embedding(classes + 1, width)  # its last row is for hidden labels
        nn.init.zeros_(self.label.weight)  # so that it begins as a network without labels

    def forward(self, x: Tensor, time: Tensor, label: Tensor | None = None) -> Tensor:
        """x: (N, dim); time: (N,) in [0, 1]; label: (N,) int64, −1 for hidden, or None for all hidden."""
        angle = time[:, None] * self.frequencies  # (N, 8)
        hidden = torch.full_like(time, self.label.num_embeddings - 1).long()
        # One beyond the last class must fail, and not be taken for hidden.
        label = hidden if label is None else hidden.where(label < 0, label + (label >= hidden))
        h = self.read(x) + self.time(torch.cat([angle.sin(), angle.cos()], dim=1)) + self.label(label)
        return self.write(F.silu(self.blocks(h)))


def _block(width: int) -> Skip:
    return Skip(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
