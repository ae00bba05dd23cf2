"""Encoders that read images instead of words; any decoder of this package can write what they saw."""

import torch
from torch import Tensor, nn

from course_lib.models.seq2seq import Memory


def convolutions(depth: int = 1, channels: tuple[int, int] = (16, 32)) -> nn.Sequential:
    """Two stride-2 convolutions: (N, depth, H, W) -> (N, channels[1], H / 4, W / 4), for any H and W divisible by 4.

    The encoder of a ConvAutoencoder with code=None has the same layers and can stand in its place.
    Taught in: 01_encoder_decoder
    """
    half = {"kernel_size": 4, "stride": 2, "padding": 1}
    first, second = channels
    return nn.Sequential(nn.Conv2d(depth, first, **half), nn.ReLU(), nn.Conv2d(first, second, **half), nn.ReLU())


class ImageEncoder(nn.Module):
    """Looks at an image, cuts what it found into columns and hands them, from left to right, to a reader.

    features: images (N, C, H, W) -> maps (N, channels, rows, columns): `convolutions`, fresh or trained on another
        task; or for a vision Transformer a single nn.Conv2d that takes each patch of the image as a whole
    reader: (vectors, real) -> Memory, as GRUReader or TransformerReader
    size: channels · rows of the maps
    width: size of every vector, the same as the reader's
    Source: after Shi, Bai and Yao (2015); patches, Dosovitskiy et al. (2021). Taught in: 01_encoder_decoder
    """

    def __init__(self, features: nn.Module, reader: nn.Module, *, size: int = 32 * 7, width: int = 128):
        super().__init__()
        self.features, self.reader = features, reader
        self.column = nn.Sequential(nn.Linear(size, width), nn.ReLU())

    def forward(self, images: Tensor) -> Memory:
        """images: (N, C, H, W) in [0, 1]; the memory has a state for each column of the maps."""
        maps = self.features(images)  # (N, channels, rows, columns)
        columns = self.column(maps.permute(0, 3, 1, 2).flatten(2))  # (N, columns, width)
        return self.reader(columns, torch.ones_like(columns[..., 0], dtype=torch.bool))
