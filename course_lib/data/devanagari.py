"""Devanagari digits in MNIST's format: drawn from fonts, then bent until they look handwritten."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from course_lib.data.base import DataSet, cached, dataset
from course_lib.data.fonts import DIGITS, FACES, Face, need_glyphs

SHARP = 84  # pixels across while a digit is drawn and bent: three for each pixel of the finished image


def devanagari_digits(device: torch.device | str = "cpu") -> DataSet:
    """Devanagari digits ०-९ in MNIST's format. Synthetic: glyphs of four open fonts, bent at random.

    device: where the tensors live
    returns: images (N, 1, 28, 28) float32 in [0, 1], white on black, labels (N,) int64; 4,000 to train on, 1,000 held
        out, the same number of each class. No person wrote them, and both splits come from the same fonts: a
        classifier that reads them well need not read handwriting.
    Source: fonts Kalam, Mukta, Baloo 2, Noto Sans Devanagari (OFL).
    Taught in: 03_denoising, 04_dimensionality_reduction
    """
    shapes = [(5000, 28, 28), (5000,)]
    # The number in the name of a cache grows with every change of what is drawn.
    x, y = cached("devanagari_digits_1", shapes, lambda: digits(torch.Generator().manual_seed(0)))
    return dataset("Devanagari digits 4,000 + 1,000 (synthetic)", (x[:4000], y[:4000]), (x[4000:], y[4000:]), device)


def glyph(face: Face, character: str) -> np.ndarray:
    """One character in the middle of a black square: (SHARP, SHARP) uint8, ink 255.

    raises: ValueError for one that the font lacks
    """
    need_glyphs(face, character)
    # One glyph needs no shaping, and the basic layout is there in every Pillow.
    font = ImageFont.truetype(face.path(), 72, layout_engine=ImageFont.Layout.BASIC)
    if face.axes:
        font.set_variation_by_axes(list(face.axes))
    left, top, right, bottom = font.getbbox(character)
    corner = ((SHARP - left - right) // 2, (SHARP - top - bottom) // 2)
    image = Image.new("L", (SHARP, SHARP))
    ImageDraw.Draw(image).text(corner, character, fill=255, font=font)
    return np.asarray(image)


def digits(rng: torch.Generator, per_class: int = 500, faces=FACES, characters=DIGITS) -> tuple[np.ndarray, ...]:
    """Digits ०-९ in turn, as if written by many hands.

    returns: images (10 * per_class, 28, 28) uint8, ink 255; labels (10 * per_class,) uint8 0, 1, …, 9, 0, 1, …
    """
    stock = _blur(torch.tensor(np.array([[glyph(face, digit) for digit in characters] for face in faces])) / 255)
    labels = torch.arange(10 * per_class) % 10
    images = []
    for part in labels.split(250):  # a part of this size stays in the processor's cache
        chosen = torch.randint(len(faces), part.shape, generator=rng)
        level = (0.45 + 0.08 * _smooth(len(part), 1, 4, rng)).clamp(0.25, 0.6)  # a pen's pressure along a stroke
        ink = ((_bend(stock[chosen, part][:, None], rng) - level) * 5 + 0.5).clamp(0, 1)
        images.append((_as_mnist(ink, rng) * 255).round().to(torch.uint8))
    return torch.cat(images)[:, 0].numpy(), labels.to(torch.uint8).numpy()


def _blur(ink: Tensor) -> Tensor:
    """A Gaussian blur of 1.5 pixels, (…, SHARP, SHARP): cut at a level, it rounds a printed corner as a pen does."""
    place = torch.arange(SHARP)
    mix = torch.softmax(-(place[:, None] - place).square() / 4.5, dim=1)
    return mix @ ink @ mix.mT


def _smooth(rows: int, channels: int, knots: int, rng: torch.Generator) -> Tensor:
    """Random fields without sharp edges: (rows, channels, SHARP, SHARP), normal at `knots` x `knots` points."""
    # Bicubic interpolation is linear: two products with a small matrix are far faster than F.interpolate of it all.
    between = F.interpolate(torch.eye(knots)[None, None], size=(SHARP, knots), mode="bicubic", align_corners=True)[0, 0]
    return between @ torch.randn(rows, channels, knots, knots, generator=rng) @ between.mT


def _sampled(ink: Tensor, *theta: Tensor, curves: Tensor | float = 0) -> Tensor:
    """`ink` (N, 1, SHARP, SHARP) seen through the affine map of six (N,) numbers, with `curves` added to it."""
    grid = F.affine_grid(torch.stack(theta, dim=1).view(-1, 2, 3), list(ink.shape), align_corners=False)
    return F.grid_sample(ink, grid + curves, align_corners=False)


def _bend(ink: Tensor, rng: torch.Generator) -> Tensor:
    """A random slant, proportion and rotation, then the uneven curves of a hand. Source: Simard et al. (2003)."""
    n = len(ink)
    turn, shear, stretch = torch.randn(3, n, generator=rng).clamp(-2, 2) * torch.tensor([[0.1], [0.14], [0.08]])
    curves = 0.045 * _smooth(n, 2, 5, rng) + 0.012 * _smooth(n, 2, 12, rng)
    cos, sin, zero = turn.cos(), turn.sin(), torch.zeros(n)
    theta = cos * stretch.exp(), shear - sin, zero, sin, cos / stretch.exp(), zero
    return _sampled(ink, *theta, curves=curves.permute(0, 2, 3, 1))


def _as_mnist(ink: Tensor, rng: torch.Generator) -> Tensor:
    """MNIST's frame, (N, 1, 28, 28): the longer side about 20 pixels, the centre of mass about in the middle."""
    place = (torch.arange(SHARP) + 0.5) * 2 / SHARP - 1  # affine_grid's coordinates, from -1 to 1
    profile = torch.stack([ink.sum(dim=2), ink.sum(dim=3)]).view(2, -1, SHARP)  # of the columns, then of the rows
    low = torch.where(profile > 1, place, 1).amin(dim=2)
    high = torch.where(profile > 1, place, -1).amax(dim=2)
    scale = (high - low).amax(dim=0) * 28 / 40 * (1 + 0.04 * torch.randn(len(ink), generator=rng).clamp(-2, 2))
    middle = (profile * place).sum(2) / profile.sum(2) + 0.02 * torch.randn(2, len(ink), generator=rng)
    inside = scale * 24 / 28  # two pixels of every side stay free
    across, down = middle.clamp(high - inside, low + inside)
    zero = torch.zeros_like(scale)
    return F.avg_pool2d(_sampled(ink, scale, zero, across, zero, scale, down), SHARP // 28)
