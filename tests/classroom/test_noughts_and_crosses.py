"""What NoughtsAndCrosses sends to the browser; tests/browser/test_noughts_and_crosses_page.py looks at what it does."""

import json

import pytest
import torch
from test_explore import unpack
from torch import nn
from torch.nn import functional as F

from course_lib.classroom.explore import NoughtsAndCrosses
from course_lib.data import noughts_and_crosses


def halves(k=8):
    torch.manual_seed(0)
    return (
        nn.Sequential(nn.Linear(27, 16), nn.ReLU(), nn.Linear(16, k)),
        nn.Sequential(nn.Linear(k, 16), nn.ReLU(), nn.Linear(16, 27)),
    )


def player(k=8, first=True):
    """A player whose BatchNorm1d has seen codes of an uneven scale."""
    torch.manual_seed(1)
    norm = nn.BatchNorm1d(k, affine=False, momentum=None)
    norm(torch.randn(500, k) * torch.arange(1.0, k + 1) + 3)
    layers = nn.Linear(k, 16), nn.ReLU(), nn.Linear(16, 9)
    return nn.Sequential(norm, *layers).eval() if first else nn.Sequential(*layers)


def sent(widget, number):
    """The layers of one network as the browser gets them: [(layer, weight, bias)]."""
    before = sum(size(layer) for layers in widget.networks[:number] for layer in layers)
    layers = widget.networks[number]
    return unpack(layers, widget.weights[before : before + sum(map(size, layers))])


def size(layer):
    return 8 * layer["outputs"] + -(-layer["outputs"] * layer["inputs"] * layer["bits"] // 32) * 4


@pytest.mark.parametrize("first", [True, False])
def test_the_browser_gets_the_same_player(first):
    encoder, decoder = halves()
    whole = player(first=first)
    widget = NoughtsAndCrosses(encoder, decoder, whole, bits=16)
    x = F.one_hot(noughts_and_crosses.positions().boards[::50], 3).flatten(1).float()
    with torch.no_grad():
        codes = encoder(x)
        for number, (network, given) in enumerate([(encoder, x), (decoder, codes), (whole, codes)]):
            values = given
            for place, (_, weight, bias) in enumerate(sent(widget, number)):
                values = F.linear(values, weight[:, :, 0, 0], bias)
                if place + 1 < len(widget.networks[number]):
                    values = values.relu()
            assert torch.allclose(values, network(given), atol=2e-3)


def test_its_state_is_plain_and_small():
    widget = NoughtsAndCrosses(*halves(), player())
    assert json.loads(json.dumps([widget.networks, widget.texts])) == [widget.networks, widget.texts]
    torch.manual_seed(0)
    wide = nn.Sequential(nn.Linear(27, 128), nn.ReLU(), nn.Linear(128, 8))
    back = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 27))
    moves = nn.Sequential(
        nn.BatchNorm1d(8, affine=False), nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 9)
    ).eval()
    assert len(NoughtsAndCrosses(wide, back, moves).weights) < 60_000


def test_what_does_not_belong_together_is_refused():
    encoder, decoder = halves()
    with pytest.raises(ValueError, match="player"):
        NoughtsAndCrosses(encoder, decoder, nn.Sequential(nn.Linear(8, 10)))
    with pytest.raises(ValueError, match="decoder"):
        NoughtsAndCrosses(encoder, nn.Sequential(nn.Linear(8, 9)), player())
