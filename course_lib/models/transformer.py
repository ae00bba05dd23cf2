"""A small Transformer: attention in place of recurrence, for either half of a Seq2Seq."""

import math

import torch
from torch import Tensor, nn

from course_lib import check
from course_lib.models.memory import Memory, TokenEmbedding, check_places, check_step
from course_lib.models.seq2seq import attention


def positions(length: int, width: int) -> Tensor:
    """Sines and cosines that tell attention, which knows no order, where each vector stands.

    returns: (length, width), width even
    raises: ValueError for an odd width
    Source: Vaswani et al. (2017). Taught in: 01_encoder_decoder
    """
    check.whole("length", length)
    check.whole("width", width)
    if width % 2:
        check.refuse("width", width, "2, 4, 6 …")
    place = torch.arange(length)[:, None]
    speed = torch.exp(-math.log(10_000) * torch.arange(0, width, 2) / width)
    return torch.stack([(place * speed).sin(), (place * speed).cos()], dim=-1).flatten(1)


class MultiHeadAttention(nn.Module):
    """Several small attentions side by side, each with its own view of queries, keys and values.

    width: size of the vectors, a multiple of `heads`
    Source: Vaswani et al. (2017). Taught in: 01_encoder_decoder
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        check.whole("width", width)
        check.whole("heads", heads)
        if width % heads:
            check.refuse("width", width, f"{heads}, {2 * heads}, {3 * heads} …")
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor, memory: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """x: (N, T_out, width) asks; memory: (N, T_in, width) answers; allowed: (N or 1, T_out or 1, T_in) bool.

        returns: (N, T_out, width), and the weights (N, T_out, T_in), averaged over the heads
        """
        check.tensor("x", x, ("N", "T_out", self.query.in_features), like=self.query.weight)
        check.tensor("memory", memory, (len(x), "T_in", self.query.in_features), like=self.query.weight)
        check.tensor("allowed", allowed, ("N", "T_out", memory.shape[1]), like=torch.bool)
        parts = self._split(self.query(x)), self._split(self.key(memory)), self._split(self.value(memory))
        mixed, weights = attention(*parts, allowed[:, None])  # (N, heads, T_out, width / heads)
        return self.out(mixed.transpose(1, 2).flatten(2)), weights.mean(dim=1)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)  # (N, heads, T, width / heads)


class Block(nn.Module):
    """One layer: look at each other, look at the encoder's states (`cross`), think; each step adds to what was there.

    Source: Vaswani et al. (2017); normalised before each step, Xiong et al. (2020). Taught in: 01_encoder_decoder
    """

    def __init__(self, width: int, heads: int, cross: bool = False):
        super().__init__()
        self.look_around = MultiHeadAttention(width, heads)
        self.look_back = MultiHeadAttention(width, heads) if cross else None
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if cross else 2))

    def forward(self, x: Tensor, allowed: Tensor, memory: Memory | None = None) -> tuple[Tensor, Tensor | None]:
        """x: (N, T, width); allowed: (N or 1, T or 1, T) bool; returns (N, T, width), weights (N, T, T_in) or None."""
        check.tensor("x", x, ("N", "T", self.norms[0].weight.shape[0]), like=self.norms[0].weight)
        if self.look_back is not None:
            check.kind("memory", memory, Memory)
            check.tensor("memory.real", memory.real, (len(x), "T_in"), like=torch.bool)
        weights = None
        normed = self.norms[0](x)
        x = x + self.look_around(normed, normed, allowed)[0]
        if self.look_back is not None:
            looked, weights = self.look_back(self.norms[1](x), memory.states, memory.real[:, None])
            x = x + looked
        return x + self.think(self.norms[-1](x)), weights


class TransformerReader(nn.Module):
    """Reads vectors all at once: every place looks at all others; the mean of its states is the summary.

    width, heads, layers: size of the vectors, attentions side by side, blocks one after the other
    Source: Vaswani et al. (2017). Taught in: 01_encoder_decoder
    """

    def __init__(self, width: int = 128, *, heads: int = 4, layers: int = 2):
        super().__init__()
        _check_sizes(width, layers)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, vectors: Tensor, real: Tensor) -> Memory:
        """vectors: (N, T_in, width); real: (N, T_in) bool, False for padding."""
        check_places(vectors, real, like=self.norm.weight)
        x = vectors + positions(*vectors.shape[1:]).to(vectors)
        for block in self.blocks:
            x, _ = block(x, real[:, None])
        states, share = self.norm(x), real / real.sum(dim=1, keepdim=True)
        return Memory(states, real, (states * share[..., None]).sum(dim=1))


class TransformerDecoder(nn.Module):
    """Every token looks at those before it and at the encoder's states.

    tokens: how many tokens there are in the output's vocabulary
    width, heads, layers: as in TransformerReader
    Source: Vaswani et al. (2017). Taught in: 01_encoder_decoder
    """

    def __init__(self, tokens: int, *, width: int = 128, heads: int = 4, layers: int = 2):
        super().__init__()
        _check_sizes(width, layers)
        self.embed = TokenEmbedding(tokens, width)
        self.blocks = nn.ModuleList(Block(width, heads, cross=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, tokens)

    def forward(self, memory: Memory, tokens: Tensor, state: Tensor | None = None):
        """As GRUDecoder; here the state is simply all tokens so far, which are read again in every step."""
        prefix = tokens if state is None else torch.cat([state, tokens], dim=1)  # (N, T)
        x = self.embed(prefix)
        x = x + positions(*x.shape[1:]).to(x)
        # No token looks at a later one. Padding only follows END, so the same mask keeps it out of all that counts.
        past = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        for block in self.blocks:
            x, weights = block(x, past[None], memory)
        new = tokens.shape[1]
        return self.out(self.norm(x[:, -new:])), weights[:, -new:], prefix


def _check_sizes(width: int, layers: int) -> None:
    positions(1, width)  # refuses a width that has none
    check.whole("layers", layers)


TransformerDecoder.forward = check.before(TransformerDecoder.forward, check_step)  # not inside: lessons print it
