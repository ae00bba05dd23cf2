"""What the explorers send to the browser; tests/browser/test_explorers.py looks at what the browser makes of it."""

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import explore
from course_lib.models.autoencoders import Autoencoder, ConvAutoencoder


def unpack(layers, raw):
    """An independent reader of the packed weights."""
    at, network = 0, []
    for layer in layers:
        rows, columns = layer["outputs"], layer["inputs"]
        scales, biases = np.frombuffer(raw, "<f4", 2 * rows, at).reshape(2, rows)
        at += 8 * rows
        whole = np.frombuffer(raw, "<i2", rows * columns, at).reshape(rows, columns)
        at += -(-2 * rows * columns // 4) * 4
        network.append((scales[:, None] * whole, biases, layer["activation"]))
    assert at == len(raw)
    return network


@pytest.mark.parametrize("sizes", [(32, 128, 784), (3, 5, 7)])
def test_packed_decoder_draws_the_same(sizes):
    torch.manual_seed(0)
    first, second, third = sizes
    decoder = nn.Sequential(nn.Linear(first, second), nn.ReLU(), nn.Linear(second, third), nn.Sigmoid())
    with torch.no_grad():
        for layer in (decoder[0], decoder[2]):
            layer.weight *= 3  # as large and as unequal as training makes them: fresh weights would hide the rounding
            layer.weight[:, 0] *= 3
    code = torch.randn(50, first)
    values = code.numpy()
    for weight, bias, activation in unpack(*explore.pack(decoder)):
        values = values @ weight.T + bias
        values = np.maximum(values, 0) if activation == "relu" else 1 / (1 + np.exp(-values))
    assert np.abs(values - decoder(code).detach().numpy()).max() < 1 / 255  # less than one grey level


def test_convolutions_are_refused():
    with pytest.raises(ValueError, match="ConvTranspose2d") as error:
        explore.pack(ConvAutoencoder().decoder)
    assert "browser" in str(error.value)


def test_sliders_follow_the_main_directions():
    torch.manual_seed(0)
    turn = torch.linalg.qr(torch.randn(8, 8))[0]
    codes = torch.randn(5000, 8) * torch.tensor([4.0, 2, 1, 0.5, 0.4, 0.3, 0.2, 0.1]) @ turn + 3
    widget = explore.LatentSliders(Autoencoder(code=8).decoder, codes, codes[:2], names=["0", "1"], directions=2)
    axes = torch.tensor(widget.axes)
    # One unit of a slider is one standard deviation along it.
    assert axes.norm(dim=1).tolist() == pytest.approx([4, 2], rel=0.05)
    assert abs(float(axes[0] @ turn[0])) == pytest.approx(4, rel=0.05)
    assert torch.allclose(torch.tensor(widget.starts), codes[:2], atol=1e-4)
    assert widget.texts["reset"]["hi"]
