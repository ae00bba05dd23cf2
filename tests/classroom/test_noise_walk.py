"""What the walk through the noise levels records and sends; tests/browser/test_noise_walk_page.py looks at its page."""

import math
import re

import pytest
import torch
from test_explore import kilobytes, run, strong, unpack
from torch import nn

from course_lib.classroom.explore import NoiseWalk, walk
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.diffusion import Diffusion, TimeMLP


def decoder_of(black=0):
    """32 → 128 → 784 with fresh weights; the first `black` pixels stay black, as the border of a trained one."""
    torch.manual_seed(0)
    decoder = Autoencoder(*dense(latent_dim=32)).decoder
    with torch.no_grad():
        decoder[2].weight[:black], decoder[2].bias[:black] = 0, -20
    return decoder


def a_walk(decoder, samples=3, times=5, **change):
    noisy, clean = torch.randn(2, samples, times, 32, generator=torch.Generator().manual_seed(1))
    return NoiseWalk(decoder, **{"noisy": noisy, "clean": clean, "noise": torch.linspace(1, 0, times)} | change)


@pytest.mark.parametrize("bits", [7, 10])
def test_codes_and_decoder_arrive(bits):
    [decoder] = strong(decoder_of(black=138))
    noisy, clean = 2 + 3 * torch.randn(2, 4, 6, 32, generator=torch.Generator().manual_seed(2))
    noise = torch.tensor([1, 0.9876, 0.7, 0.5, 0.25, 0])
    widget = NoiseWalk(decoder, noisy, clean, noise, bits=bits)
    layers, [rows] = widget.networks
    *_, (_, sent, _) = unpack([*layers, rows], widget.weights)
    codes = torch.stack([noisy, clean])
    assert (sent.view(2, 4, 6, 32) - codes).abs().max() < codes.abs().max() / 4000
    assert widget.noise == pytest.approx(noise.tolist())

    size = 8 * len(sent) + sent.numel() * 12 // 8
    drawn = torch.zeros(len(sent), 784)
    drawn[:, widget.used] = run(layers, widget.weights[:-size], sent[:, :, 0, 0])
    error = 255 * (drawn - decoder(codes.flatten(0, 2)).flatten(1))
    assert error.square().mean().sqrt() < 2.0 ** (9 - bits)


def test_only_pixels_that_some_picture_of_the_walk_draws_are_sent():
    decoder = decoder_of()
    with torch.no_grad():
        decoder[2].weight[:9], decoder[2].bias[:9] = 0, -20
        for pixel in range(3):
            decoder[0].weight[pixel], decoder[0].bias[pixel] = 0, -9 * 2
            decoder[0].weight[pixel, pixel] = 9  # alive only where this number is above 2 …
            decoder[2].weight[pixel, pixel] = 9  # … and then this pixel lights up
    noisy, clean = torch.zeros(2, 3, 5, 32)
    noisy[2, 0, 0] = clean[0, 4, 1] = 3
    noisy[1, 2, 2] = 1.9
    before = torch.get_rng_state()
    assert a_walk(decoder, noisy=noisy, clean=clean).used == [0, 1, *range(9, 784)]
    assert torch.equal(torch.get_rng_state(), before)  # the lesson's own random numbers stay as they were


def test_a_lessons_walk_stays_small():
    # The lesson's decoder leaves a third of the pixels black; fresh weights leave none.
    assert kilobytes(a_walk(decoder_of(black=260), samples=10, times=21)) < 150
    assert kilobytes(a_walk(decoder_of(), samples=10, times=21)) < 193


MISFITS = [  # and the two shapes of the refusal
    ({"noisy": torch.zeros(3, 4, 32)}, "(3, 4, 32)", "(3, 5, 32)"),
    ({"noisy": torch.zeros(3, 32)}, "(3, 32)", "(3, 5, 32)"),
    ({"clean": torch.zeros(2, 5, 32)}, "(2, 5, 32)", "(3, 5, 32)"),
    ({"clean": torch.zeros(3, 5, 31)}, "(3, 5, 31)", "(3, 5, 32)"),
    ({"decoder": nn.Sequential(nn.Linear(32, 784), nn.Sigmoid())}, "(1, 784)", "(1, 1, 784, 784)"),
]


@pytest.mark.parametrize(("change", "shape", "expected"), MISFITS)
def test_what_would_be_drawn_wrong_is_refused(change, shape, expected):
    said = f"has shape {shape}; expected {expected}.\n"
    with pytest.raises(ValueError, match=re.escape(said) + f".*आकार {re.escape(shape)}"):
        a_walk(**{"decoder": decoder_of()} | change)


def test_double_numbers_and_gradients_are_welcome():
    codes = torch.randn(2, 5, 32, dtype=torch.float64, requires_grad=True)
    assert a_walk(decoder_of().double(), noisy=codes, clean=codes).side == 28


def seeded():
    return torch.Generator().manual_seed(3)


@pytest.mark.parametrize("steps", [1, 7, 20])
def test_the_walk_ends_where_sample_does(steps):
    torch.manual_seed(0)
    diffusion = Diffusion(TimeMLP(6, width=16, classes=10), dim=6, timesteps=100)
    nn.init.normal_(diffusion.network.label.weight)  # untrained, labels say nothing
    label = torch.arange(4)
    noisy, clean, noise = walk(diffusion, 4, steps, label, guidance=2.0, rng=seeded())
    assert noisy.shape == clean.shape == (4, steps + 1, 6)
    assert torch.equal(noisy[:, 0], torch.randn(4, 6, generator=seeded()))
    expected = diffusion.sample(4, label, steps, guidance=2.0, rng=seeded())
    assert torch.equal(noisy[:, -1], expected)
    assert torch.equal(clean[:, -1], expected)
    assert not torch.equal(expected, walk(diffusion, 4, steps, rng=seeded())[0][:, -1])  # label and guidance count
    assert noise.tolist() == pytest.approx(
        [math.sin(math.pi / 2 * (1 - n / steps)) for n in range(steps + 1)], abs=0.01
    )


def test_the_walk_to_the_only_point_there_is_goes_straight():
    """Where all data is one point, the network that knows it takes it for clean at once, and keeps to one noise."""
    point = torch.tensor([2.0, -1])

    class Knows(nn.Module):
        def forward(self, x, time, label=None):
            signal, noise = torch.cos(time * math.pi / 2)[:, None], torch.sin(time * math.pi / 2)[:, None]
            return signal * (x - signal * point) / noise.clamp(min=1e-9) - noise * point

    noisy, clean, noise = walk(Diffusion(Knows(), dim=2), 5, 8, rng=seeded())
    torch.testing.assert_close(clean, point.expand(5, 9, 2), atol=1e-4, rtol=0)
    signal = (1 - noise**2).clamp(min=0).sqrt()
    straight = signal[:, None] * point + noise[:, None] * noisy[:, :1]
    torch.testing.assert_close(noisy, straight, atol=1e-3, rtol=0)
