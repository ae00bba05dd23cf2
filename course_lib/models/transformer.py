"""A small Transformer: attention in place of recurrence, for either half of a Seq2Seq."""

import math

import torch
from torch import Tensor, nn

from course_lib.models.seq2seq import Memory, attention


def positions(length: int, width: int) -> Tensor:
    """Sines and cosines that tell attention, which knows no order, where each vector stands.

    returns: (length, width), width even
    Source: Vaswani et al. (2017). Taught in: 01b_transformer
    """
    place = torch.arange(length)[:, None]
    speed = torch.exp(-math.log(10_000) * torch.arange(0, width, 2) / width)
    return torch.stack([(place * speed).sin(), (place * speed).cos()], dim=-1).flatten(1)


class MultiHeadAttention(nn.Module):
    """Several small attentions side by side, each with its own view of queries, keys and values.

    width: size of the vectors, a multiple of `heads`
    Source: Vaswani et al. (2017). Taught in: 01b_transformer
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """x: (N, T_out, width) asks; memory: (N, T_in, width) answers; mask: (N or 1, T_out or 1, T_in) bool.

        returns: (N, T_out, width), and the weights (N, T_out, T_in), averaged over the heads
        """
        parts = self._split(self.query(x)), self._split(self.key(memory)), self._split(self.value(memory))
        context, weights = attention(*parts, mask[:, None])  # (N, heads, T_out, width / heads)
        return self.out(context.transpose(1, 2).flatten(2)), weights.mean(dim=1)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)  # (N, heads, T, width / heads)


class Block(nn.Module):
    """One layer: self-attention, cross-attention to the encoder (`cross`), feed-forward; each adds to what was there.

    Source: Vaswani et al. (2017); normalised before each step, Xiong et al. (2020). Taught in: 01b_transformer
    """

    def __init__(self, width: int, heads: int, cross: bool = False):
        super().__init__()
        self.self_attention = MultiHeadAttention(width, heads)
        self.cross_attention = MultiHeadAttention(width, heads) if cross else None
        self.feed_forward = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if cross else 2))

    def forward(self, x: Tensor, mask: Tensor, memory: Memory | None = None) -> tuple[Tensor, Tensor | None]:
        """x: (N, T, width); mask: (N or 1, T or 1, T) bool; returns (N, T, width), weights (N, T, T_in) or None."""
        weights = None
        normed = self.norms[0](x)
        x = x + self.self_attention(normed, normed, mask)[0]
        if self.cross_attention is not None:
            context, weights = self.cross_attention(self.norms[1](x), memory.states, memory.mask[:, None])
            x = x + context
        return x + self.feed_forward(self.norms[-1](x)), weights


class TransformerEncoder(nn.Module):
    """Reads vectors all at once: every place looks at all others; the mean of its states is the summary.

    width, heads, layers: size of the vectors, attentions side by side, blocks one after the other
    Source: Vaswani et al. (2017). Taught in: 01b_transformer
    """

    def __init__(self, width: int = 128, heads: int = 4, layers: int = 2):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, vectors: Tensor, mask: Tensor) -> Memory:
        """vectors: (N, T_in, width); mask: (N, T_in) bool, False for padding."""
        x = vectors + positions(*vectors.shape[1:]).to(vectors)
        for block in self.blocks:
            x, _ = block(x, mask[:, None])
        states, share = self.norm(x), mask / mask.sum(dim=1, keepdim=True)
        return Memory(states, mask, (states * share[..., None]).sum(dim=1))


class TransformerDecoder(nn.Module):
    """Every token looks at those before it and at the encoder's states.

    vocab_size: how many tokens there are in the output's vocabulary
    width, heads, layers: as in TransformerEncoder
    Source: Vaswani et al. (2017). Taught in: 01b_transformer
    """

    def __init__(self, vocab_size: int, width: int = 128, heads: int = 4, layers: int = 2):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, width)
        self.blocks = nn.ModuleList(Block(width, heads, cross=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, vocab_size)

    def forward(self, memory: Memory, tokens: Tensor, state: Tensor | None = None):
        """As GRUDecoder; the state is all tokens so far, read again in every step; weights: the last block's."""
        prefix = tokens if state is None else torch.cat([state, tokens], dim=1)  # (N, T)
        x = self.embed(prefix)
        x = x + positions(*x.shape[1:]).to(x)
        # No token looks at a later one. Padding only follows END, so the same mask keeps it out of all that counts.
        causal = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        for block in self.blocks:
            x, weights = block(x, causal[None], memory)
        new = tokens.shape[1]
        return self.out(self.norm(x[:, -new:])), weights[:, -new:], prefix
