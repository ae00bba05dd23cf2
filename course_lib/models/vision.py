"""Encoders that read images instead of words; any decoder of `seq2seq` or `transformer` can write what they saw."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.models.autoencoders import Loss
from course_lib.models.seq2seq import Memory


class DigitClassifier(nn.Module):
    """Names a single digit: an encoder and one linear layer. A task whose encoder can be reused.

    features: images (N, C, H, W) -> maps with `size` numbers an image, as `convolutions`
    Taught in: 01b_transformer
    """

    def __init__(self, features: nn.Module, size: int = 32 * 7 * 7, classes: int = 10):
        super().__init__()
        self.features, self.out = features, nn.Linear(size, classes)

    def forward(self, images: Tensor) -> Tensor:
        """images: (N, C, H, W) in [0, 1]; returns logits (N, classes)."""
        return self.out(self.features(images).flatten(1))

    def loss(self, images: Tensor, labels: Tensor) -> Loss:
        """Cross-entropy in nats; labels: (N,) int64."""
        error = F.cross_entropy(self(images), labels)
        return error, {"cross_entropy": error}


class ImageEncoder(nn.Module):
    """Slides a square window over what `features` found, from left to right, and hands what it sees to an encoder.

    features: images (N, C, H, W) -> maps (N, channels, size, columns): `convolutions`, fresh or trained on another
        task, or nn.Identity(), which with a TransformerEncoder makes a small vision Transformer
    encoder: (vectors, mask) -> Memory, as GRUEncoder or TransformerEncoder
    channels, size: channels of the maps, and their rows, which are also the window's height and width
    step: how far the window moves each time, less than a digit's width (28 pixels are 7 columns of the maps)
    width: size of every vector, the same as the encoder's
    dropout: the share of the maps' numbers that is hidden in each training step, so that none is relied on alone
    Source: after Shi, Bai and Yao (2015); vision Transformer, Dosovitskiy et al. (2021). Taught in: 01b_transformer
    """

    def __init__(self, features: nn.Module, encoder: nn.Module, channels=32, size=7, step=2, width=128, dropout=0.0):
        super().__init__()
        self.features, self.encoder = features, encoder
        self.window = nn.Conv2d(channels, width, kernel_size=size, stride=step)
        self.drop = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)  # what convolutions make of dark images is far smaller than embedded words

    def forward(self, images: Tensor) -> Memory:
        """images: (N, C, H, W) in [0, 1]; the memory has a state for each place of the window."""
        seen = self.window(self.drop(self.features(images)))  # (N, width, 1, T_in)
        vectors = self.norm(seen.squeeze(2).transpose(1, 2))  # (N, T_in, width)
        return self.encoder(vectors, torch.ones_like(vectors[..., 0], dtype=torch.bool))
