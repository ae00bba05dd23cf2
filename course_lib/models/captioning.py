"""Encoders that read images instead of words; any decoder of `seq2seq` or `transformer` can write what they saw."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import check
from course_lib.models.autoencoders import Loss
from course_lib.models.memory import Memory


def convolutions(depth: int = 1, channels: tuple[int, int] = (16, 32)) -> nn.Sequential:
    """Two stride-2 convolutions: (N, depth, H, W) -> (N, channels[1], H / 4, W / 4), for any H and W divisible by 4.

    The encoder of a ConvAutoencoder with code=None has the same layers and can stand in its place.
    Taught in: 01_encoder_decoder
    """
    check.whole("depth", depth)
    check.wholes("channels", channels, 2)
    half = {"kernel_size": 4, "stride": 2, "padding": 1}
    first, second = channels
    return nn.Sequential(nn.Conv2d(depth, first, **half), nn.ReLU(), nn.Conv2d(first, second, **half), nn.ReLU())


class DigitClassifier(nn.Module):
    """Names a single digit: an encoder and one linear layer. A task whose encoder can be reused.

    features: images (N, C, H, W) -> maps with `size` numbers an image, as `convolutions`
    Taught in: 01_encoder_decoder
    """

    def __init__(self, features: nn.Module, *, size: int = 32 * 7 * 7, classes: int = 10):
        super().__init__()
        check.kind("features", features, nn.Module)
        check.whole("size", size)
        check.whole("classes", classes)
        self.features, self.out = features, nn.Linear(size, classes)

    def forward(self, images: Tensor) -> Tensor:
        """images: (N, C, H, W) in [0, 1]; returns logits (N, classes)."""
        check.tensor("images", images, check.IMAGES)
        found = check.through(self.features, images, "images").flatten(1)
        check.tensor("features(images)", found, (len(images), self.out.in_features), like=self.out.weight)
        return self.out(found)

    def loss(self, images: Tensor, labels: Tensor) -> Loss:
        """Cross-entropy in nats; labels: (N,) int64."""
        logits = self(images)
        check.tensor("labels", labels, (len(logits),), like=torch.int64)
        if labels.device.type == "cpu":  # a GPU would have to wait
            check.ids("labels", labels, logits.shape[1])
        error = F.cross_entropy(logits, labels)
        return error, {"cross_entropy": error}


class ImageEncoder(nn.Module):
    """Slides a square window over what `features` found, from left to right, and hands what it sees to a reader.

    features: images (N, C, H, W) -> maps (N, channels, size, columns): `convolutions`, fresh or trained on another
        task, or nn.Identity(), which with a TransformerReader makes a small vision Transformer
    reader: (vectors, real) -> Memory, as GRUReader or TransformerReader
    channels, size: channels of the maps, and their rows, which are also the window's height and width
    step: how far the window moves each time; at first just a digit's width (28 pixels are 7 columns of the maps)
    width: size of every vector, the same as the reader's
    dropout: the share of the maps' numbers that is hidden in each training step, so that none is relied on alone
    Source: after Shi, Bai and Yao (2015); the vision Transformer, Dosovitskiy et al. (2021).
    Taught in: 01_encoder_decoder
    """

    def __init__(self, features: nn.Module, reader: nn.Module, *, channels=32, size=7, step=7, width=128, dropout=0.0):
        super().__init__()
        check.kind("features", features, nn.Module)
        check.kind("reader", reader, nn.Module)
        for name, value in (("channels", channels), ("size", size), ("step", step), ("width", width)):
            check.whole(name, value)
        check.number("dropout", dropout, 0, 1)
        self.features, self.reader = features, reader
        self.window = nn.Conv2d(channels, width, kernel_size=size, stride=step)
        self.drop = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)  # what convolutions make of dark images is far smaller than embedded words

    def forward(self, images: Tensor) -> Memory:
        """images: (N, C, H, W) in [0, 1]; the memory has a state for each place of the window."""
        check.tensor("images", images, check.IMAGES)
        maps = check.through(self.features, images, "images")
        weight = self.window.weight
        channels, size = weight.shape[1:3]
        check.tensor("features(images)", maps, (len(images), channels, size, "columns"), like=weight)
        if maps.shape[3] < size:
            check.tensor("features(images)", maps, (len(images), channels, size, f"columns ≥ {size}"), like=weight)
        seen = self.window(self.drop(maps))  # (N, width, 1, T_in)
        vectors = self.norm(seen[:, :, 0].transpose(1, 2))  # (N, T_in, width)
        return self.reader(vectors, torch.ones_like(vectors[..., 0], dtype=torch.bool))
