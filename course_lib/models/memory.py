"""What passes from an encoder to a decoder, and what neither of them takes; see `check`."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import check
from course_lib.language import message


class Memory(NamedTuple):
    """What an encoder hands to a decoder.

    states: (N, T_in, width), a vector for each place of the input
    real: (N, T_in) bool, False where the place is only padding
    summary: (N, width), one vector for the whole input, however long it is
    """

    states: Tensor
    real: Tensor
    summary: Tensor


class TokenEmbedding(nn.Embedding):
    """A vector of its own for every token: (N, T) int64 -> (N, T, width).

    raises: ValueError for a number that no token has
    Taught in: 01_encoder_decoder
    """

    def __init__(self, tokens: int, width: int):
        check.whole("tokens", tokens, 3)  # PAD, START and END at least
        check.whole("width", width)
        super().__init__(tokens, width)

    def forward(self, ids: Tensor) -> Tensor:
        """ids: (N, T) int64, from 0 to tokens − 1."""
        check.tensor("tokens", ids, ("N", "T"), like=torch.int64)
        try:
            return super().forward(ids)
        except IndexError:
            check.ids("tokens", ids, self.num_embeddings)
            raise


def check_places(vectors: Tensor, real: Tensor, like: Tensor) -> None:
    """What a reader takes: vectors (N, T_in, width), and of each row the real places first, then padding.

    like: a weight of the reader, (…, width)
    raises: ValueError for anything else
    """
    check.tensor("vectors", vectors, ("N", "T_in", like.shape[-1]), like=like)
    check.tensor("real", real, vectors.shape[:2], like=torch.bool)
    if real.device.type == "cpu":  # a GPU would have to wait
        bad = ~real[:, 0] | (real[:, 1:] & ~real[:, :-1]).any(dim=1)
        if bad.any():
            raise ValueError(message("error_padding", bad=int(bad.sum())))


def check_step(decoder: nn.Module, memory: Memory, tokens: Tensor, state: Tensor | None = None) -> None:
    """What a decoder takes, all for the same N inputs.

    raises: ValueError for anything else
    """
    weight = decoder.embed.weight
    width = weight.shape[1]
    check.kind("memory", memory, Memory)
    check.tensor("memory.states", memory.states, ("N", "T_in", width), like=weight)
    count, places, _ = memory.states.shape
    check.tensor("memory.real", memory.real, (count, places), like=torch.bool)
    check.tensor("memory.summary", memory.summary, (count, width), like=weight)
    check.tensor("tokens", tokens, (count, "T_out"), like=torch.int64)
    if state is not None and hasattr(decoder, "gru"):
        check.tensor("state", state, (count, width), like=weight)
    elif state is not None:
        check.tensor("state", state, (count, "T"), like=torch.int64)


def check_attention(query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None = None) -> None:
    """raises: ValueError for what does not fit together, or a query that may look nowhere"""
    check.tensor("query", query, (..., "T_out", "d"))
    *lead, asked, size = query.shape
    check.tensor("key", key, (*lead, "T_in", size), like=query)
    check.tensor("value", value, (*lead, key.shape[-2], "e"), like=query)
    if allowed is None:
        return
    wanted = (*lead, asked, key.shape[-2])
    check.tensor("allowed", allowed, (...,), like=torch.bool)
    pairs = zip(reversed(allowed.shape), reversed(wanted), strict=False)
    if allowed.ndim > len(wanted) or any(given not in (1, needed) for given, needed in pairs):
        check.tensor("allowed", allowed, wanted, like=torch.bool)
    if allowed.device.type == "cpu":  # a GPU would have to wait
        bad = ~allowed.any(dim=-1)
        if bad.any():
            raise ValueError(message("error_allowed", bad=int(bad.sum())))


def check_pair(model: nn.Module, source: Tensor, target: Tensor) -> None:
    """raises: ValueError for inputs and outputs that are not as many"""
    check.tensor("source", source, like=getattr(source, "dtype", None))
    check.tensor("target", target, (len(source), "T_out"), like=torch.int64)
