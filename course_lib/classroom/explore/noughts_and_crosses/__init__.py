"""The explorer of noughts and crosses: a game against a player that sees nothing but the code of the board."""

import torch
from torch import nn

from course_lib.classroom.explore.base import Explorer, need_shape, script
from course_lib.classroom.explore.pack import dense, output, pack


class NoughtsAndCrosses(Explorer):
    """Play against a network that decides from a code of a few numbers; the code, and what it still knows, are shown.

    encoder: (N, 27) -> (N, K), a board as 27 zeros and ones, three to a square: free, mine, the other's
    decoder: (N, K) -> (N, 27), three scores for each square
    player: (N, K) -> (N, 9), a score for each square; it may begin with a BatchNorm1d without weights of its own
    bits: for each weight, as in `pack`
    raises: ValueError where these do not belong together, or the browser cannot run them
    The page knows the right moves by search: it says when the player errs, and can play them itself.
    Taught in: 04c_applications
    """

    _esm = script("network.js", "page.js", "noughts_and_crosses/noughts_and_crosses.js")
    _css = script("explorers.css", "noughts_and_crosses/noughts_and_crosses.css")

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential, player: nn.Sequential, bits: int = 12):
        codes = output(encoder, torch.zeros(1, 27))
        need_shape("decoder(codes)", output(decoder, codes), 1, 27)
        networks = [pack(network, bits=bits) for network in (encoder, decoder, _folded(player))]
        need_shape("player(codes)", output(_folded(player), codes), 1, 9)
        signs = ("board", "square", "free", "cross", "nought", "turn", "won", "drawn", "lost", "tally", "start")
        choices = ("opponent", "from_code", "perfect", "begin", "you", "machine")
        said = ("code", "memory", "whole", "wrong", "right_move", "erred")
        super().__init__(networks, ("nac_explorer", *(f"nac_{key}" for key in signs + choices + said)))


@torch.no_grad()
def _folded(player: nn.Sequential) -> nn.Sequential:
    """The same player without a BatchNorm1d in front, whose scale and shift the next layer takes over."""
    norm, *layers = player
    if not isinstance(norm, nn.BatchNorm1d) or norm.affine:
        return player
    scale = (norm.running_var + norm.eps).rsqrt()
    first, *rest = layers
    weight = first.weight * scale
    return nn.Sequential(dense(weight, first.bias - weight @ norm.running_mean), *rest)
