"""What the kolam's explorer sends to the browser; tests/browser/test_rangoli_page.py looks at what it draws."""

import numpy as np
import pytest
import torch
from test_explore import kilobytes, run
from torch import nn

from course_lib.classroom.explore.rangoli import Rangoli
from course_lib.data.synthetic_rangoli import eighth


def hand(numbers=406):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, numbers), nn.Tanh())


def test_generator_and_table_arrive():
    generator, starts = hand(), torch.randn(3, 16)
    widget = Rangoli(generator, eighth(), starts, list("abc"))
    sent = np.frombuffer(widget.table, "<u2").reshape(56, 56)
    assert (sent == eighth().numpy()).all()
    assert torch.allclose(torch.tensor(widget.starts), starts, atol=1e-4)
    assert (run(*widget.networks, widget.weights, starts) - generator(starts)).abs().max() < 0.02
    assert (widget.side, widget.sliders, repr(widget)) == (56, 4, "Let the generator draw a kolam")
    assert kilobytes(widget) < 125


def test_what_does_not_belong_together_is_refused():
    for wrong in ((hand(), eighth()[:40], torch.zeros(2, 16)), (hand(405), eighth(), torch.zeros(2, 16))):
        with pytest.raises(ValueError, match="expected"):
            Rangoli(*wrong, ["a", "b"])
    with pytest.raises(ValueError, match="expected"):
        Rangoli(hand(), eighth(), torch.zeros(2, 16), ["a"])
    with pytest.raises(ValueError, match="browser"):
        Rangoli(nn.Sequential(nn.Linear(16, 406), nn.LeakyReLU()), eighth(), torch.zeros(1, 16), ["a"])
