"""What the explorers send to the browser; tests/browser/test_explorers.py looks at what the browser makes of it."""

import base64
import json
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.classroom import explore, language
from course_lib.classroom.language import Text
from course_lib.models.autoencoders import Autoencoder, Skip, conv, dense, unet

HALF = {"kernel_size": 4, "stride": 2, "padding": 1}


def unpack(layers, raw):
    """An independent reader of the packed weights: (layer, weight (outputs, inputs, kernel, kernel), bias) of each."""
    at, network = 0, []
    for layer in layers:
        rows, bits = layer["outputs"], layer["bits"]
        shape = (rows, layer["inputs"], layer["kernel"], layer["kernel"])
        scales, biases = np.frombuffer(raw, "<f4", 2 * rows, at).reshape(2, rows)
        at += 8 * rows
        count = int(np.prod(shape))
        size = -(-count * bits // 32) * 4
        stream = np.unpackbits(np.frombuffer(raw, np.uint8, size, at), count=count * bits, bitorder="little")
        at += size
        unsigned = stream.reshape(count, bits) @ (1 << np.arange(bits))
        signed = np.where(unsigned < 2 ** (bits - 1), unsigned, unsigned - 2**bits).astype(np.float32)
        network.append((layer, torch.tensor(scales[:, None, None, None] * signed.reshape(shape)), torch.tensor(biases)))
    assert at == len(raw)
    return network


def run(layers, raw, x):
    """What the packed network makes of x, by PyTorch's functions."""
    came = []
    for layer, weight, bias in unpack(layers, raw):
        came.append(x)
        if layer["kind"] == "linear":
            x = F.linear(x.flatten(1), weight[:, :, 0, 0], bias)
        elif layer["kind"] == "conv":
            x = F.conv2d(x, weight, bias, layer["stride"], layer["padding"])
        else:
            x = F.conv_transpose2d(x, weight.swapaxes(0, 1), bias, layer["stride"], layer["padding"])
        x = {"none": lambda v: v, "relu": F.relu, "sigmoid": F.sigmoid, "tanh": F.tanh}[layer["activation"]](x)
        x = x + came[layer["add"]] if "add" in layer else x
        x = x.reshape(-1, *layer["shape"]) if "shape" in layer else x
    return x


def strong(*parts):
    """The same networks with weights as large and as unequal as training makes them: fresh ones hide the rounding."""
    with torch.no_grad():
        for layer in (layer for part in parts for layer in part):
            if hasattr(layer, "weight"):
                layer.weight *= 3
                layer.weight[:, 0] *= 3
    return parts


@pytest.mark.parametrize("sizes", [(32, 128, 784), (3, 5, 7)])
def test_packed_decoder_draws_the_same(sizes):
    torch.manual_seed(0)
    first, second, third = sizes
    [decoder] = strong(nn.Sequential(nn.Linear(first, second), nn.ReLU(), nn.Linear(second, third), nn.Sigmoid()))
    code = torch.randn(50, first)
    error = run(*explore.pack(decoder), code) - decoder(code)
    assert error.abs().max() < 1 / 255  # less than one grey level


def test_packed_convolutions_draw_the_same():
    torch.manual_seed(0)
    encoder, decoder = strong(
        nn.Sequential(nn.Conv2d(1, 4, **HALF), nn.ReLU(), nn.Conv2d(4, 6, 3, stride=2), nn.Tanh()),
        nn.Sequential(nn.ConvTranspose2d(6, 4, 4, stride=2), nn.ReLU(), nn.ConvTranspose2d(4, 1, **HALF), nn.Sigmoid()),
    )
    x = torch.rand(5, 1, 28, 28)
    layers, raw = explore.pack(encoder, decoder)
    assert [layer["kind"] for layer in layers] == ["conv", "conv", "transposed", "transposed"]
    drawn = run(layers, raw, x)
    assert drawn.shape == x.shape
    assert (drawn - decoder(encoder(x))).abs().max() < 1 / 255


def test_dense_layers_and_convolutions_mix():
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(1, 4, **HALF), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 3))
    decoder = nn.Sequential(nn.Linear(3, 4 * 49), nn.ReLU(), nn.Unflatten(1, (4, 7, 7)), nn.ConvTranspose2d(4, 1, 4, 4))
    x = torch.rand(5, 1, 28, 28)
    assert (run(*explore.pack(encoder, decoder), x) - decoder(encoder(x))).abs().max() < 1 / 255


def test_a_way_around_layers_is_taken_in_the_browser_too():
    torch.manual_seed(0)
    network = unet((4, 6))
    strong(network[:2], network[2], network[3:])
    x = torch.rand(5, 1, 28, 28)
    layers, raw = explore.pack(network)
    assert [layer.get("add") for layer in layers] == [None, None, 2, 1, 4, None]
    assert (run(layers, raw, x) - network(x)).abs().max() < 1 / 255
    widget = explore.NoiseExplorer({"mine": network}, x[:2], ["a", "b"])
    assert widget.networks == [layers]


@pytest.mark.parametrize("bits", [2, 7, 16])
def test_bits_bound_the_error_of_each_weight(bits):
    torch.manual_seed(0)
    layer = nn.Linear(33, 5)
    [(_, weight, bias)] = unpack(*explore.pack(nn.Sequential(layer), bits=bits))
    largest = layer.weight.abs().amax(dim=1)
    error = (weight[:, :, 0, 0] - layer.weight).abs().amax(dim=1)
    assert (error <= 0.501 * largest / (2 ** (bits - 1) - 1)).all()
    assert torch.equal(bias, layer.bias)


CANNOT_RUN = [
    [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)],
    [nn.Conv2d(4, 4, 3, groups=2)],
    [nn.Conv2d(1, 4, 3, dilation=2)],
    [nn.Conv2d(1, 4, (3, 5))],
    [nn.Conv2d(1, 4, 3, padding="same")],
    [nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect")],
    [nn.ConvTranspose2d(1, 4, 3, stride=2, output_padding=1)],
    [nn.Linear(3, 3), nn.ReLU(), nn.Sigmoid()],
    [nn.ReLU()],
    [nn.Linear(3, 3), nn.Flatten(2)],
    [nn.Linear(3, 3), nn.Dropout()],
    [nn.Linear(3, 3), Skip(nn.Linear(3, 3)), nn.ReLU()],
    [nn.Linear(3, 3), Skip()],
    [Skip(nn.Linear(3, 3), Skip(nn.Linear(3, 3)))],
]


def test_what_the_browser_cannot_run_is_refused():
    for layers in CANNOT_RUN:
        with pytest.raises(ValueError, match=r"(?s)browser.*Linear, Conv2d") as error:
            explore.pack(nn.Sequential(*layers))
        assert type(layers[-1]).__name__ in str(error.value)
    with pytest.raises(ValueError, match="bits=17 is none of 2, 3"):
        explore.pack(nn.Sequential(nn.Linear(2, 2)), bits=17)


def test_sliders_follow_the_main_directions():
    torch.manual_seed(0)
    turn = torch.linalg.qr(torch.randn(8, 8))[0]
    codes = torch.randn(5000, 8) * torch.tensor([4.0, 2, 1, 0.5, 0.4, 0.3, 0.2, 0.1]) @ turn + 3
    widget = explore.LatentSliders(
        Autoencoder(*dense(latent_dim=8)).decoder, codes, codes[:2], names=["0", "1"], directions=2
    )
    axes = torch.tensor(widget.axes)
    # One unit of a slider is one standard deviation along it.
    assert axes.norm(dim=1).tolist() == pytest.approx([4, 2], rel=0.05)
    assert abs(float(axes[0] @ turn[0])) == pytest.approx(4, rel=0.05)
    assert torch.allclose(torch.tensor(widget.starts), codes[:2], atol=1e-4)
    assert widget.texts["reset"]["hi"]


def kilobytes(widget):
    """The widget's whole state as a notebook keeps it: JSON, and base64 for bytes; its JavaScript and CSS too."""
    state = widget.get_state().values()
    return sum(len(base64.b64encode(v) if isinstance(v, bytes) else json.dumps(v, default=str)) for v in state) / 1000


def walk():
    torch.manual_seed(0)
    picks = torch.rand(10, 1, 28, 28)
    labels = torch.arange(1000) % 10
    return explore.LatentWalk(
        Autoencoder(*dense(latent_dim=2)), torch.randn(1000, 2), labels, picks, list("0123456789")
    )


def test_explorers_stay_small():
    torch.manual_seed(0)
    small = Autoencoder(*conv(latent_dim=None))  # 17,000 weights
    noise = explore.NoiseExplorer({"autoencoder": small}, torch.rand(10, 1, 28, 28), list("0123456789"))
    turntable = explore.Turntable(torch.randn(1000, 3), torch.arange(1000) % 10)
    assert kilobytes(noise) < 85
    assert kilobytes(walk()) < 390
    assert kilobytes(turntable) < 32


def test_walk_leaves_out_the_black_border_and_nothing_else():
    torch.manual_seed(0)
    model = Autoencoder(*dense(latent_dim=2))
    with torch.no_grad():
        model.decoder[2].bias.view(28, 28)[:4] = -20  # these rows stay black
        model.decoder[2].weight.view(28, 28, -1)[:4] = 0
    codes, picks = torch.randn(50, 2), torch.rand(3, 1, 28, 28)
    widget = explore.LatentWalk(model, codes, torch.arange(50) % 10, picks, list("abc"))
    assert widget.used == list(range(4 * 28, 784))
    encoder, decoder = widget.networks
    size = len(widget.weights) - 4 * (2 * 672 + 2 * 128) - (672 * 128 + 128 * 2) * 12 // 8
    picks[:, :, :4] = 0  # ink on the border would be lost, so there is none
    drawn = torch.zeros(50, 784)
    drawn[:, widget.used] = run(decoder, widget.weights[size:], codes)
    assert (drawn - model.decoder(codes).flatten(1)).abs().max() < 1 / 255
    near = run(encoder, widget.weights[:size], picks.flatten(1)[:, widget.used])
    assert (near - model.encoder(picks)).abs().max() < 0.01 * (codes.max() - codes.min())


def test_walk_trades_bits_for_size():
    torch.manual_seed(0)
    model = Autoencoder(*dense(latent_dim=2))
    codes, labels, picks = torch.randn(50, 2), torch.arange(50) % 10, torch.rand(3, 1, 28, 28)
    usual, small = (explore.LatentWalk(model, codes, labels, picks, list("abc"), **o) for o in ({}, {"bits": (5, 8)}))
    assert [layer["bits"] for layers in usual.networks for layer in layers] == [7, 7, 12, 12]
    assert [layer["bits"] for layers in small.networks for layer in layers] == [5, 5, 8, 8]
    weights = 784 * 128 + 128 * 2
    assert len(usual.weights) - len(small.weights) == pytest.approx(weights * (2 + 4) / 8, abs=16)


def test_walk_reaches_beyond_the_codes():
    torch.manual_seed(0)
    model = Autoencoder(*dense(latent_dim=2))
    with torch.no_grad():
        model.decoder[0].weight[0] = torch.tensor([4.0, 0])
        model.decoder[0].bias[0] = -8  # alive only where the first number is above 2 …
        model.decoder[2].weight[:9], model.decoder[2].bias[:9] = 0, -20
        model.decoder[2].weight[0, 0] = 9  # … and then pixel 0 lights up; eight others never do
    codes = torch.randn(50, 2).clamp(-1.5, 1.5)
    codes[0] = torch.tensor([0.5, -4])
    labels, picks = torch.arange(50) % 10, torch.rand(3, 1, 28, 28)
    usual, wide = (explore.LatentWalk(model, codes, labels, picks, list("abc"), reach=reach) for reach in (None, 3))
    assert usual.low == codes.amin(dim=0).tolist()
    assert usual.used == list(range(9, 784))
    assert wide.used == [0, *range(9, 784)]  # a pixel that only the rest of the map draws
    assert (wide.low, wide.high) == ([-3, -4], [3, 3])  # the square, and the code beyond it
    whole = torch.tensor(np.frombuffer(wide.codes, "<u2").reshape(50, 2).astype(np.float32)) / 65535
    low, high = torch.tensor(wide.low), torch.tensor(wide.high)
    assert (low + (high - low) * whole - codes).abs().max() < 1e-4


def decoder_of_twenty(black=0):
    """20 → 200 → 784 with fresh weights; the first `black` pixels stay black, as the border of a trained one does."""
    torch.manual_seed(0)
    model = Autoencoder(*dense(hidden=(200,), latent_dim=20))
    with torch.no_grad():
        model.decoder[2].weight[:black], model.decoder[2].bias[:black] = 0, -20
    return model.decoder


def path(decoder, strongest=(6, 0, 19), bits=8, codes=None):
    torch.manual_seed(1)
    codes = torch.randn(10, 20) if codes is None else codes
    return explore.LatentPath(decoder, codes, torch.rand(10, 1, 28, 28), list("0123456789"), strongest, bits)


def test_path_stays_small():
    # A decoder trained for 40 epochs on 4,000 digits leaves 138 pixels black; fresh weights leave none.
    assert kilobytes(path(decoder_of_twenty(black=138))) < 225
    assert kilobytes(path(decoder_of_twenty())) < 265
    assert kilobytes(path(decoder_of_twenty(), bits=7)) < 238


@pytest.mark.parametrize("bits", [7, 8, 10])
def test_path_draws_what_the_decoder_draws(bits):
    [decoder] = strong(decoder_of_twenty(black=138))
    widget = path(decoder, bits=bits)
    assert widget.used == list(range(138, 784))
    codes = torch.tensor(widget.codes)
    some = 0.5 * codes[torch.randint(10, (500,))] + 0.5 * codes[torch.randint(10, (500,))]
    some[:, widget.strongest] += 6 * torch.rand(500, 3) - 3
    drawn = torch.zeros(500, 784)
    drawn[:, widget.used] = run(*widget.networks, widget.weights, some)
    error = 255 * (drawn - decoder(some).flatten(1))
    # With 8 bits one grey level, and half of it with each bit more; the worst of 400,000 pixels is far out.
    typical = error.square().mean().sqrt()
    assert typical < 2.0 ** (8 - bits)
    assert error.abs().max() < 20 * 2.0 ** (8 - bits)


def test_path_keeps_the_pixels_that_only_the_sliders_or_chance_draw():
    decoder = decoder_of_twenty()
    with torch.no_grad():
        decoder[2].weight[:9], decoder[2].bias[:9] = 0, -20
        for pixel, number in enumerate((6, 4)):
            decoder[0].weight[pixel] = 0
            decoder[0].weight[pixel, number] = 9
            decoder[0].bias[pixel] = -9 * 2  # alive only where this number is above 2 …
            decoder[2].weight[pixel, pixel] = 9  # … and then this pixel lights up
    before = torch.get_rng_state()
    widget = explore.LatentPath(decoder, torch.zeros(2, 20), torch.zeros(2, 1, 28, 28), ["a", "b"], [6])
    assert widget.used == [0, 1, *range(9, 784)]
    assert torch.equal(torch.get_rng_state(), before)  # the lesson's own random numbers stay as they were


def test_path_sends_what_it_was_given():
    codes = torch.randn(10, 20, generator=torch.Generator().manual_seed(2), requires_grad=True)
    widget = path(decoder_of_twenty(), torch.tensor([6, 0, 19]), codes=codes)
    assert torch.allclose(torch.tensor(widget.codes), codes, atol=1e-4)
    assert widget.strongest == [6, 0, 19]
    assert len(widget.images) == 10 * 784
    assert repr(widget) == "The path between two digits"


def small(**sizes):
    return Autoencoder(*dense((1, 8, 8), (5,), **sizes))


MISFITS = [  # and a word of the refusal
    (lambda: explore.Turntable(torch.zeros(9, 4), torch.zeros(9, dtype=int)), "codes has shape (9, 4)"),
    (lambda: explore.Turntable(torch.zeros(9, 3), torch.zeros(8, dtype=int)), "expected (8, 3)"),
    (lambda: explore.Turntable(torch.zeros(9, 3), torch.full((9,), 10)), "labels=10 is none of 0, 1"),
    (lambda: sliders(names=["0"]), "starts has shape (2, 20); expected (1, 20)"),
    (lambda: sliders(decoder=nn.Sequential(nn.Linear(20, 64), nn.Sigmoid())), "decoder(codes) has shape (1, 64)"),
    (lambda: some_path(codes=torch.zeros(3, 20)), "codes has shape (3, 20); expected (2, 20)"),
    (lambda: some_path(images=torch.zeros(2, 1, 9, 9)), "images has shape (2, 1, 9, 9); expected (2, 1, 8, 8)"),
    (lambda: some_path(images=255 * torch.ones(2, 1, 8, 8)), "images ranges from 255"),
    (lambda: some_path(names=["a"]), "expected (1, 20)"),
    (lambda: some_path(decoder=Autoencoder(*conv((1, 8, 8), latent_dim=20)).decoder), "cannot run"),
    (lambda: some_walk(picks=torch.zeros(2, 1, 9, 9)), "picks has shape (2, 1, 9, 9); expected (2, 1, 8, 8)"),
    (lambda: some_walk(model=Autoencoder(*conv((1, 8, 8), latent_dim=2))), "cannot run"),
    (lambda: explore.NoiseExplorer({"pca": small()}, torch.zeros(2, 1, 8, 9), ["a", "b"]), "(2, 1, 8, 9)"),
    (lambda: explore.NoiseExplorer({"pca": small()}, torch.zeros(2, 1, 8, 8), ["a"]), "expected (1, 1, 8, 8)"),
]


def test_what_would_be_drawn_wrong_is_refused():
    for make, said in MISFITS:
        with pytest.raises(ValueError, match=re.escape(said)):
            make()


def sliders(**change):
    given = {"decoder": small(latent_dim=20).decoder, "codes": torch.randn(30, 20), "starts": torch.zeros(2, 20)}
    return explore.LatentSliders(**given | {"names": ["a", "b"]} | change)


def some_path(**change):
    given = {"decoder": small(latent_dim=20).decoder, "codes": torch.zeros(2, 20), "images": torch.zeros(2, 1, 8, 8)}
    return explore.LatentPath(**given | {"names": ["a", "b"], "strongest": [0]} | change)


def some_walk(**change):
    given = {"model": small(latent_dim=2), "codes": torch.randn(9, 2), "labels": torch.arange(9)}
    return explore.LatentWalk(**given | {"picks": torch.zeros(2, 1, 8, 8), "pick_names": ["a", "b"]} | change)


def test_double_numbers_are_welcome():
    double = torch.float64
    decoder = small(latent_dim=20).decoder.to(double)
    assert sliders(decoder=decoder, codes=torch.randn(30, 20, dtype=double)).side == 8
    assert some_path(decoder=decoder, codes=torch.zeros(2, 20, dtype=double)).side == 8
    codes, picks = torch.randn(9, 2, dtype=double), torch.zeros(2, 1, 8, 8, dtype=double)
    assert some_walk(model=small(latent_dim=2).to(double), codes=codes, picks=picks, reach=3).side == 8
    model = small(latent_dim=2).to(double)
    assert explore.NoiseExplorer({"pca": model}, torch.zeros(2, 1, 8, 8), ["a", "b"]).side == 8


def test_codes_arrive_exactly_enough():
    codes = torch.randn(50, 3) * torch.tensor([10, 1, 0.1]) + 5
    widget = explore.Turntable(codes, torch.arange(50) % 10)
    whole = torch.tensor(np.frombuffer(widget.codes, "<u2").reshape(50, 3).astype(np.float32)) / 65535
    low, high = torch.tensor(widget.low), torch.tensor(widget.high)
    assert ((low + (high - low) * whole - codes).abs() <= (high - low) / 65535).all()
    assert list(widget.labels) == [n % 10 for n in range(50)]


def test_titles_and_language():
    model = Autoencoder(*dense(latent_dim=2))
    images = torch.rand(2, 1, 28, 28)
    both = explore.NoiseExplorer({Text("मेरा", "mine"): model, "linear": model}, images, ["a", "b"], bits=8)
    assert both.titles == [{"hi": "मेरा", "en": "mine"}, {"hi": "linear autoencoder", "en": "linear autoencoder"}]
    assert both.language == "both"
    titles = [repr(both), repr(walk()), repr(explore.Turntable(torch.randn(9, 3), torch.arange(9)))]
    assert titles == ["Add noise, then remove it", "Walk on the map of the codes", "Turn the codes around"]
    language.use("hi")
    try:
        assert walk().language == "hi"
    finally:
        language.use("both")
