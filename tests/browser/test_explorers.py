"""The explorers' own JavaScript draws what PyTorch computes: without a kernel, at both widths, by mouse and keys."""

import base64
import json
import math
import re

import pytest
import torch
from ipywidgets import DOMWidget
from skimage.filters import median

from course_lib.classroom import language
from course_lib.classroom.explore import LatentPath, LatentSliders, LatentWalk, NoiseExplorer, Turntable
from course_lib.measures import psnr
from course_lib.models.autoencoders import Autoencoder, conv, dense

PAGE = """<!doctype html><html lang="hi"><meta charset="utf-8"><title>explorer</title>
<style>{css}</style><div id="el"></div>
<script type="module">
const state = {state};
for (const [name, value] of Object.entries({raw}))
  state[name] = new DataView(Uint8Array.from(atob(value), (c) => c.charCodeAt(0)).buffer);
const module = await import(URL.createObjectURL(new Blob([{code}], {{type: "text/javascript"}})));
module.default.render({{ model: {{ get: (key) => state[key] }}, el: document.getElementById("el") }});
document.body.dataset.ready = "yes";
</script></html>"""
CLOSE = {"atol": 1.5 / 255, "rtol": 0}  # one grey level, and the rounding to it


def strong(model, factor=4):
    """The model with weights large enough for a picture with much contrast."""
    with torch.no_grad():
        for layer in (*model.encoder, *model.decoder):
            if hasattr(layer, "weight"):
                layer.weight *= factor
    return model


def open_explorer(page, widget, width=1280):
    own = [name for name in widget.traits(sync=True) if not (name.startswith("_") or hasattr(DOMWidget, name))]
    state = {name: getattr(widget, name) for name in own}
    raw = {name: base64.b64encode(value).decode() for name, value in state.items() if isinstance(value, bytes)}
    page.set_viewport_size({"width": width, "height": 700})
    page.set_content(
        PAGE.format(
            css=str(widget._css),
            state=json.dumps({name: value for name, value in state.items() if name not in raw}),
            raw=json.dumps(raw),
            code=json.dumps(str(widget._esm)),
        )
    )
    page.wait_for_selector("body[data-ready]")


def levels(canvas):
    """All numbers of a canvas: (height, width, 4), from 0 to 255."""
    shape = canvas.evaluate("c => [c.height, c.width, 4]")
    raw = canvas.evaluate(  # as text, for a list of three million numbers would take seconds
        """c => {
          const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          let text = '';
          for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
          return btoa(text);
        }"""
    )
    return torch.frombuffer(bytearray(base64.b64decode(raw)), dtype=torch.uint8).view(shape)


def pixels(page, name="decod"):
    """The picture of that name as grey levels from 0 to 1."""
    return levels(page.get_by_role("img", name=name))[..., 0].float() / 255


def fits(page):
    """How many pixels the page is too wide for its screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def drag(page, canvas, *places):
    """Presses the mouse at the first place of a canvas (shares of its width and height) and draws it over the rest."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    across, down = zip(*((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places), strict=True)
    page.mouse.move(across[0], down[0])
    page.mouse.down()
    for place in zip(across[1:], down[1:], strict=True):
        page.mouse.move(*place, steps=4)
    page.mouse.up()


@pytest.fixture(scope="module")
def sliders():
    """A widget, its decoder and its start codes."""
    torch.manual_seed(0)
    model = strong(Autoencoder(*dense(latent_dim=8)))
    codes = torch.randn(200, 8)
    return LatentSliders(model.decoder, codes, codes[:3], names=["0", "1", "2"], directions=3), model.decoder, codes


@pytest.mark.parametrize("width", [1280, 390])
def test_browser_draws_what_the_decoder_decodes(page, sliders, width):
    widget, decoder, codes = sliders
    open_explorer(page, widget, width)
    assert torch.allclose(pixels(page), decoder(codes[:1])[0, 0].detach(), **CLOSE)

    page.get_by_role("button", name="2", exact=True).click()
    bars = page.get_by_role("slider")
    assert bars.count() == 3
    bars.nth(1).focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")  # ten steps of 0.1
    moved = codes[2] + torch.tensor(widget.axes[1])
    assert torch.allclose(pixels(page), decoder(moved[None])[0, 0].detach(), **CLOSE)
    assert not torch.allclose(pixels(page), decoder(codes[2:3])[0, 0].detach(), **CLOSE)

    page.get_by_role("button", name="back to the start").click()
    assert torch.allclose(pixels(page), decoder(codes[2:3])[0, 0].detach(), **CLOSE)
    assert fits(page) <= 0


def test_everything_has_a_name(page, sliders):
    open_explorer(page, sliders[0])
    for role, name in [
        ("group", "Walk through the latent space"),
        ("img", "what the decoder draws"),
        ("slider", "direction"),
    ]:
        assert name in page.get_by_role(role).first.aria_snapshot()
    assert page.get_by_role("button", name="0", exact=True).get_attribute("aria-pressed") == "true"


@pytest.fixture(scope="module")
def noise():
    """A widget, its denoisers (a dense and a convolutional one) and its clean images, all multiples of 1/255."""
    torch.manual_seed(0)
    convolutional = Autoencoder(*conv(latent_dim=None, channels=(8, 9)))
    models = {"autoencoder": strong(Autoencoder(*dense()), 2), "convolutional": strong(convolutional, 2)}
    images = (torch.rand(3, 1, 7, 7) * 255).round().div(255).kron(torch.ones(4, 4))
    return NoiseExplorer(models, images, ["a", "b", "c"]), models, images


def check_noise(page, models, clean):
    """Compares every picture and its PSNR with what Python makes of the noisy picture; returns the noisy picture."""
    assert torch.equal(pixels(page, "clean image"), clean[0])
    noisy = pixels(page, "with noise")
    results = {"with noise": noisy, "median filter": torch.tensor(median(noisy.numpy(), mode="nearest"))}
    assert torch.equal(pixels(page, "median filter"), results["median filter"])  # only the middle of nine: exact
    for name, model in models.items():
        results[name] = model.decoder(model.encoder(noisy[None, None]))[0, 0].detach()
        assert torch.allclose(pixels(page, name), results[name], **CLOSE)
    for name, result in results.items():
        said = page.get_by_role("figure").filter(has=page.get_by_role("img", name=name)).locator(".course-psnr")
        [number] = re.findall(r"PSNR ([\d.]+) dB", said.inner_text())
        assert float(number) == pytest.approx(psnr(result, clean[0]), abs=0.11)  # one decimal, and rounded pixels
    return noisy


@pytest.mark.parametrize("width", [1280, 390])
def test_noise_explorer_does_what_python_does(page, noise, width):
    widget, models, images = noise
    open_explorer(page, widget, width)
    noisy = check_noise(page, models, images[0])
    assert fits(page) <= 0
    assert page.get_by_role("figure").first.locator(".course-psnr").inner_text() == ""  # the clean image has none

    # The slider keeps the noise and changes its strength: what no bound cut off doubles.
    page.get_by_role("slider").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    stronger = check_noise(page, models, images[0])
    inside = (stronger > 0) & (stronger < 1)
    assert inside.sum() > 100
    added, before = (picture - images[0, 0] for picture in (stronger, noisy))
    assert (added - 2 * before)[inside].abs().max() < 2 / 255

    page.get_by_role("button", name="new noise").focus()
    page.keyboard.press("Enter")
    assert not torch.allclose(check_noise(page, models, images[0]), stronger, atol=0.2)

    page.get_by_role("button", name="b", exact=True).click()
    check_noise(page, models, images[1])


def test_each_kind_of_noise_is_what_the_course_says(page, noise):
    widget, models, images = noise
    open_explorer(page, widget)
    deviations, replaced, white, erased = [], [], [], []
    for _ in range(10):
        page.get_by_role("button", name="Gaussian").click()
        noisy = pixels(page, "with noise")
        inside = (images[0, 0] > 0.4) & (images[0, 0] < 0.6)  # where bounds cut off little
        deviations.append((noisy - images[0, 0])[inside])

        page.get_by_role("button", name="salt and pepper").click()
        noisy = pixels(page, "with noise")
        changed = noisy != images[0, 0]
        assert set(noisy[changed].tolist()) <= {0, 1}
        replaced.append(changed.float().mean())
        white.append(noisy[changed].mean())

        page.get_by_role("button", name="blocks").click()
        noisy = pixels(page, "with noise")
        cells = (noisy == 0).unfold(0, 4, 4).unfold(1, 4, 4).flatten(2).float().mean(dim=2)
        assert set(cells.unique().tolist()) == {0, 1}  # a block is erased whole or left whole
        assert torch.equal(noisy[noisy > 0], images[0, 0][noisy > 0])
        erased.append(cells.mean())
        page.get_by_role("button", name="new noise").click()
    check_noise(page, models, images[0])
    spread = torch.cat(deviations)
    assert spread.mean().abs() < 0.03
    assert 0.25 < spread.std() < 0.32  # 0.3, cut off at 0 and 1
    for shares, share in ((replaced, 0.3), (white, 0.5), (erased, 0.3)):
        assert sum(shares) / len(shares) == pytest.approx(share, abs=0.06)


def test_without_noise_the_noisy_image_is_the_clean_one(page, noise):
    open_explorer(page, noise[0])
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    for kind in ("Gaussian", "salt and pepper", "blocks"):
        page.get_by_role("button", name=kind).click()
        assert torch.equal(pixels(page, "with noise"), pixels(page, "clean image"))
        assert "PSNR ∞ dB" in page.locator("#el").inner_text()


@pytest.fixture(scope="module")
def walk():
    """A widget, its model and the images of its picks; the codes have axes of very different scale."""
    torch.manual_seed(0)
    model = strong(Autoencoder(*dense(latent_dim=2)), 2)
    picks = (torch.rand(3, 1, 7, 7) * 255).round().div(255).kron(torch.ones(4, 4))
    codes = torch.randn(300, 2) * torch.tensor([6.0, 0.5]) + torch.tensor([3.0, 0])
    return LatentWalk(model, codes, torch.arange(300) % 10, picks, ["a", "b", "c"]), model, picks


def point(page):
    """Where the walk stands: (1, 2)."""
    said = page.get_by_role("application").get_attribute("data-code")
    return torch.tensor([[float(number) for number in said.split()]])


def check_walk(page, model):
    """The picture is what the decoder makes of the point, and the sliders say where it is; returns the point."""
    here = point(page)
    assert torch.allclose(pixels(page), model.decoder(here)[0, 0].detach(), **CLOSE)
    for bar, value in zip(page.get_by_role("slider").all(), here[0].tolist(), strict=True):
        said = bar.get_attribute("aria-valuetext")
        assert float(said) == pytest.approx(value, abs=0.51 * 10.0 ** -len(said.partition(".")[2]))
    return here


@pytest.mark.parametrize("width", [1280, 390])
def test_walking_decodes_every_point(page, walk, width):
    widget, model, _ = walk
    open_explorer(page, widget, width)
    assert fits(page) <= 0
    start = check_walk(page, model)
    size = torch.tensor(widget.high) - torch.tensor(widget.low)

    page.get_by_role("application").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    moved = check_walk(page, model)
    steps = (moved - start)[0] / size
    assert steps[0] == pytest.approx(2 * float(steps[1]), rel=0.01)
    assert 0.01 < steps[1] < 0.04

    page.get_by_role("slider").nth(1).focus()
    page.keyboard.press("ArrowDown")
    slid = check_walk(page, model)
    assert slid[0, 0] == moved[0, 0]
    assert slid[0, 1] < moved[0, 1]

    # The pointer: right and up on the canvas are more, by the same share of the map wherever one starts.
    map_ = page.get_by_role("application")
    drag(page, map_, (0.3, 0.7))
    first = check_walk(page, model)
    ink = levels(map_)[..., :3]
    assert ink[588, 235:270].max() < 60  # both bars of the black cross lie under the pointer
    assert ink[571:606, 252].max() < 60
    drag(page, map_, (0.5, 0.5), (0.5, 0.6), (0.7, 0.3))
    second = check_walk(page, model)
    assert ((second - first)[0] / size).tolist() == pytest.approx(
        [0.4 * 840 / 742 * 1.12, 0.4 * 840 / 760 * 1.12], rel=0.02
    )
    drag(page, map_, (0.5, 0.5), (0.999, 0.001))
    corner = check_walk(page, model)
    assert (corner >= torch.tensor(widget.high)).all()  # one can stand beyond the outermost code


def test_a_pick_is_encoded_and_decoded(page, walk):
    widget, model, picks = walk
    open_explorer(page, widget)
    size = torch.tensor(widget.high) - torch.tensor(widget.low)
    for number, name in enumerate("abc"):
        page.get_by_role("button", name=name, exact=True).click()
        assert page.get_by_role("button", name=name, exact=True).get_attribute("aria-pressed") == "true"
        assert torch.equal(pixels(page, "what the encoder gets"), picks[number, 0])
        here = check_walk(page, model)
        code = model.encoder(picks[number : number + 1]).detach()
        assert ((here - code) / size).abs().max() < 0.01  # seven bits a weight
    page.get_by_role("button", name="clear").click()
    assert pixels(page, "what the encoder gets").max() == 0


STROKES = {  # digits as strokes over the pad; the second one small and in a corner
    "seven": [[(0.2, 0.2), (0.8, 0.2), (0.45, 0.85)]],
    "four": [[(0.08, 0.06), (0.05, 0.2), (0.2, 0.2)], [(0.16, 0.08), (0.16, 0.3)]],
}


@pytest.mark.parametrize("width", [1280, 390])
def test_a_drawing_is_brought_to_the_form_of_mnist_and_encoded(page, walk, width):
    widget, model, _ = walk
    open_explorer(page, widget, width)
    pad = page.get_by_role("img", name="write a digit here")
    seen = []
    for strokes in STROKES.values():
        start = point(page)
        for stroke in strokes:
            drag(page, pad, *stroke)
        picture = pixels(page, "what the encoder gets")
        places = torch.arange(28) + 0.5
        inked = [(picture.sum(dim=axis) > 0.25).nonzero().flatten() for axis in (0, 1)]
        lengths = [int(places[-1] - places[0]) + 1 for places in inked]
        assert 19 <= max(lengths) <= 21  # the longer side fills MNIST's box of 20 × 20
        centre = [float((picture.sum(dim=axis) * places).sum() / picture.sum()) for axis in (0, 1)]
        assert centre == pytest.approx([14.5, 14.5], abs=0.15)  # MNIST puts it on pixel 14, not between 13 and 14
        assert picture.max() > 0.95
        assert ((picture > 0.05) & (picture < 0.95)).float().mean() > 0.03  # grey edges

        here = check_walk(page, model)
        code = model.encoder(picture[None, None]).detach()
        assert ((here - code)[0] / (torch.tensor(widget.high) - torch.tensor(widget.low))).abs().max() < 0.02
        assert not torch.equal(here, start)
        seen.append(picture)
        page.get_by_role("button", name="clear").click()
        assert levels(pad)[..., 3].max() == 0
    assert not torch.allclose(*seen, atol=0.5)


def test_a_touch_draws(page, walk):
    open_explorer(page, walk[0])
    pad = page.get_by_role("img", name="write a digit here")
    assert pad.evaluate("c => getComputedStyle(c).touchAction") == "none"  # else the page would scroll instead
    assert page.get_by_role("application").evaluate("c => getComputedStyle(c).touchAction") == "none"
    session = page.context.new_cdp_session(page)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for kind, down in (("touchStart", 40), ("touchMove", 90), ("touchMove", 150), ("touchEnd", None)):
        touches = [] if down is None else [{"x": box["x"] + 98, "y": box["y"] + down}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    page.wait_for_function("document.querySelector('.course-pad').getContext('2d').getImageData(98, 90, 1, 1).data[3]")
    page.wait_for_timeout(100)
    assert pixels(page, "what the encoder gets").sum() > 20


def test_a_wider_map_with_fewer_bits(page):
    torch.manual_seed(0)
    model = strong(Autoencoder(*dense(latent_dim=2)), 2)
    picks = torch.rand(3, 1, 28, 28)
    codes = 0.5 * torch.randn(300, 2)
    codes[1] = torch.tensor([0, 4])
    widget = LatentWalk(model, codes, torch.arange(300) % 10, picks, ["a", "b", "c"], bits=(7, 16), reach=3)
    open_explorer(page, widget)
    map_ = page.get_by_role("application")
    corners = []
    for place in ((0.999, 0.001), (0.11, 0.915)):
        drag(page, map_, (0.5, 0.5), place)
        corners.append(check_walk(page, model)[0])
    # All of the square, and up to the code beyond it.
    assert (corners[0] >= torch.tensor([3, 4])).all()
    assert (corners[1] <= torch.tensor([-3, -3])).all()
    ends = [[float(bar.get_attribute(end)) for end in ("min", "max")] for bar in page.get_by_role("slider").all()]
    assert ends[0] == pytest.approx([-3.36, 3.36], abs=0.1)
    assert ends[1] == pytest.approx([-3.42, 4.42], abs=0.1)


@pytest.fixture(scope="module")
def path():
    """A widget, its decoder, its codes and its images; all pixels of the images are multiples of 1/255."""
    torch.manual_seed(0)
    decoder = strong(Autoencoder(*dense(hidden=(200,), latent_dim=20)), 2).decoder
    codes = torch.randn(3, 20)
    images = (torch.rand(3, 1, 28, 28) * 255).round() / 255
    return LatentPath(decoder, codes, images, ["a", "b", "c"], strongest=[6, 0, 19]), decoder, codes, images


def check_path(page, path, first=0, second=1, share=0.5, offsets=(0, 0, 0)):
    """All four pictures, the buttons and the sliders are as this choice asks; returns the picture of the code."""
    _, decoder, codes, images = path
    assert torch.equal(pixels(page, "first image"), images[first, 0])
    assert torch.equal(pixels(page, "second image"), images[second, 0])
    exact = 255 * ((1 - share) * images[first, 0].double() + share * images[second, 0].double())
    assert (255 * pixels(page, "by mixing pixels") - exact).abs().max() < 0.5 + 1e-4  # nothing but its rounding
    code = (1 - share) * codes[first] + share * codes[second]
    code[[6, 0, 19]] += torch.tensor(offsets, dtype=torch.float32)
    drawn = pixels(page, "through the latent space")
    # Eight bits a weight shift a pixel by a third of a grey level, the worst of 784 by two; then it is rounded.
    error = 255 * (drawn - decoder(code[None])[0, 0].detach())
    assert error.abs().max() < 2.5
    assert error.square().mean().sqrt() < 0.7
    for row, number in (("यहाँ से", first), ("यहाँ तक", second)):
        pressed = page.get_by_role("group", name=row).get_by_role("button", pressed=True)
        assert pressed.all_inner_texts() == ["abc"[number]]
    said = [float(bar.get_attribute("aria-valuetext")) for bar in page.get_by_role("slider").all()]
    assert said == pytest.approx([share, *offsets])
    return drawn


@pytest.mark.parametrize("width", [1280, 390])
def test_path_between_two_digits_does_what_pytorch_does(page, path, width):
    open_explorer(page, path[0], width)
    assert fits(page) <= 0
    start = check_path(page, path)

    share, *offsets = page.get_by_role("slider").all()
    share.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")  # three steps of 0.05
    check_path(page, path, share=0.35)
    page.keyboard.press("Home")
    check_path(page, path, share=0)
    assert torch.equal(pixels(page, "by mixing pixels"), path[3][0, 0])
    page.keyboard.press("End")
    check_path(page, path, share=1)
    assert torch.equal(pixels(page, "by mixing pixels"), path[3][1, 0])
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    assert torch.equal(check_path(page, path), start)

    offsets[0].focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")  # twelve steps of 0.1
    pushed = check_path(page, path, offsets=(1.2, 0, 0))
    assert (pushed - start).abs().max() > 0.05
    offsets[2].focus()
    page.keyboard.press("Home")
    check_path(page, path, offsets=(1.2, 0, -3))  # they add up

    page.get_by_role("button", name="all back to zero").focus()
    page.keyboard.press("Enter")
    assert torch.equal(check_path(page, path), start)


def test_path_keeps_its_sliders_when_another_digit_is_picked(page, path):
    open_explorer(page, path[0])
    page.get_by_role("slider").nth(2).fill("-0.7")
    page.get_by_role("slider").first.fill("0.2")
    page.get_by_role("group", name="यहाँ से").get_by_role("button", name="c").click()
    check_path(page, path, first=2, share=0.2, offsets=(0, -0.7, 0))
    page.get_by_role("group", name="यहाँ तक").get_by_role("button", name="a").focus()
    page.keyboard.press("Enter")
    check_path(page, path, first=2, second=0, share=0.2, offsets=(0, -0.7, 0))
    page.get_by_role("group", name="यहाँ तक").get_by_role("button", name="c").click()
    check_path(page, path, first=2, second=2, share=0.2, offsets=(0, -0.7, 0))  # from a digit to itself
    page.get_by_role("button", name="all back to zero").click()
    check_path(page, path, first=2, second=2, share=0.2)  # the sliders of the code alone go back


def test_path_draws_while_the_slider_is_dragged(page, path):
    open_explorer(page, path[0])
    bar = page.get_by_role("slider").first
    box = bar.bounding_box()
    seen = []
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.6, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        seen.append(check_path(page, path, share=float(bar.get_attribute("aria-valuetext"))))
    page.mouse.up()
    assert not torch.equal(*seen)


def test_path_counts_the_numbers_of_the_code_from_one(page, path):
    open_explorer(page, path[0])
    names = ("share of the way", "number 7 (z₇)", "number 1 (z₁)", "number 20 (z₂₀)")
    for bar, name in zip(page.get_by_role("slider").all(), names, strict=True):
        assert name in bar.aria_snapshot()
    group = page.get_by_role("group", name="add to these numbers of the code (1 = one standard deviation of the prior)")
    assert group.get_by_role("slider").count() == 3
    # Four pictures in a row, and on a phone two and two.
    for width, rows in ((1280, 1), (390, 2)):
        page.set_viewport_size({"width": width, "height": 700})
        places = [figure.bounding_box() for figure in page.get_by_role("figure").all()]
        assert len(places) == 4
        assert len({place["y"] for place in places}) == rows


@pytest.fixture(scope="module")
def cloud():
    """A thousand codes in a ball, drawn as 0, and two far ones: a 1 and a 2."""
    torch.manual_seed(0)
    codes = torch.randn(1000, 3)
    codes = codes / codes.norm(dim=1, keepdim=True) * 2
    far = torch.tensor([[6.0, 2, 3], [-6, -2, -3]])  # opposite, so that the middle of the cloud is the origin
    return Turntable(torch.cat([codes, far]), torch.tensor([0] * 1000 + [1, 2])), far


def place(seen, colour):
    """The middle of the sign of that colour and how many pixels it has, on a canvas as `levels` gives it."""
    target = 255 - torch.tensor([int(colour[at : at + 2], 16) for at in (1, 3, 5)]).float()
    # The farther a sign, the paler: compare the direction away from white.
    rows, columns = (seen[..., :3].amin(dim=2) < 200).nonzero(as_tuple=True)
    away = 255 - seen[rows, columns, :3].float()
    alike = torch.nn.functional.cosine_similarity(away, target[None])
    mine = (alike > 0.999) & (away.norm(dim=1) > 0.5 * target.norm())
    assert mine.sum() > 20
    middle = [(float(part[mine].min()) + float(part[mine].max()) + 1) / 2 for part in (columns, rows)]
    return middle, int(mine.sum())


def expected(code, turn, tilt, radius=7.0):
    """Where a code should lie on the canvas, by the camera's own axes."""
    turn, tilt = math.radians(turn), math.radians(tilt)
    # In the space of the codes, looking from the front (−y) at turn 0.
    right = torch.tensor([math.cos(turn), -math.sin(turn), 0])
    behind = torch.tensor([math.sin(turn), math.cos(turn), 0])
    up = math.cos(tilt) * torch.tensor([0.0, 0, 1]) + math.sin(tilt) * behind
    near = torch.linalg.cross(right, up)
    unit = code / radius  # the farthest code is 1 from the middle
    zoom = 370 / (1 - float(unit @ near) / 3)
    return [420 + zoom * float(unit @ right), 420 - zoom * float(unit @ up)]


def angles(page):
    return [float(bar.get_attribute("aria-valuetext")) for bar in page.get_by_role("slider").all()]


def check_cloud(page, widget, far):
    """The two far codes lie where the angles say; returns the angles."""
    seen = levels(page.get_by_role("application"))
    turn, tilt = angles(page)
    for digit, code in enumerate(far, start=1):
        where = expected(code, turn, tilt)
        middle, _ = place(seen, widget.colours[digit])
        assert middle == pytest.approx(where, abs=5)
    return turn, tilt


@pytest.mark.parametrize("width", [1280, 390])
def test_turntable_turns_by_hand_and_by_keys(page, cloud, width):
    widget, far = cloud
    open_explorer(page, widget, width)
    assert fits(page) <= 0
    start = check_cloud(page, widget, far)
    canvas = page.get_by_role("application")
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    turn, tilt = check_cloud(page, widget, far)
    assert (turn, tilt) == (start[0] + 10, start[1] + 5)

    drag(page, canvas, (0.5, 0.5), (0.7, 0.4))
    dragged = check_cloud(page, widget, far)
    assert dragged[0] > turn + 20  # what is near follows the hand: right …
    assert dragged[1] < tilt - 10  # … and up

    bar = page.get_by_role("slider").nth(1)
    bar.focus()
    page.keyboard.press("End")
    assert check_cloud(page, widget, far)[1] == 90  # from above: what is up is near
    page.get_by_role("button", name="back to the start").click()
    assert check_cloud(page, widget, far) == start


def test_nearer_signs_are_larger_and_drawn_last(page):
    # At turn and tilt 0 the first code hides the second one behind it; two others keep the middle at the origin.
    radius = math.hypot(1.2, 1)
    code = torch.tensor([1.2 * (3 - 1 / radius) / (3 + 1 / radius), -1, 0])
    behind = torch.tensor([1.2, 1, 0])
    codes = torch.stack([code, behind, -code, -behind])
    open_explorer(page, Turntable(codes, torch.tensor([1, 2, 0, 0]), glyphs="■■■"))
    for bar in page.get_by_role("slider").all():
        bar.fill("0")
    canvas = page.get_by_role("application")
    where = expected(code, 0, 0, radius)
    assert where == pytest.approx(expected(behind, 0, 0, radius))
    seen = levels(canvas)[round(where[1]), round(where[0]), :3].float()
    orange, green = (torch.tensor([int(c[at : at + 2], 16) for at in (1, 3, 5)]) for c in ("#D55E00", "#009E73"))
    assert (seen - orange).norm() < 60 < (seen - green).norm()  # a little paler, for it is not the nearest of all
    page.get_by_role("slider").first.fill("30")
    seen = levels(canvas)
    assert place(seen, "#D55E00")[1] > 1.3 * place(seen, "#009E73")[1]


def test_turntable_turns_slowly_when_asked(page, cloud):
    open_explorer(page, cloud[0])
    before = angles(page)
    page.wait_for_timeout(150)
    assert angles(page) == before  # still until asked
    button = page.get_by_role("button", name="turn slowly")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.wait_for_function(f"Number(document.querySelector('input').value) > {before[0] + 2}", timeout=5000)
    button.click()
    after = angles(page)
    page.wait_for_timeout(150)
    assert angles(page) == after
    assert button.get_attribute("aria-pressed") == "false"


def test_a_thousand_codes_turn_smoothly(page, cloud):
    open_explorer(page, cloud[0])
    milliseconds = page.evaluate(
        """() => {
          const bar = document.querySelector('input');
          const one = (turn) => {
            const start = performance.now();
            bar.value = turn;
            bar.dispatchEvent(new Event('input'));
            document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1); // waits until all is drawn
            return performance.now() - start;
          };
          return Array.from({ length: 30 }, (_, turn) => one(turn)).sort((a, b) => a - b)[8];
        }"""
    )
    assert milliseconds < 33, f"{milliseconds:.0f} ms to draw the cloud once"


def test_less_motion_is_respected(page, cloud):
    page.emulate_media(reduced_motion="reduce")
    open_explorer(page, cloud[0])
    assert page.get_by_role("button", name="turn slowly").count() == 0
    assert page.get_by_role("button", name="back to the start").count() == 1


def test_a_screen_reader_meets_names_in_both_languages(page, noise, walk, path, cloud):
    for widget, title, picture, bar in [
        (noise[0], "Add noise, then remove it · Noise डालिए, फिर हटाइए", "साफ़ चित्र", "noise की ताक़त"),
        (walk[0], "Walk on the map of the codes · Codes के नक़्शे पर चलिए", "decoder का चित्र", "पहली संख्या"),
        (path[0], "The path between two digits · दो अंकों के बीच का रास्ता", "latent space से होकर", "रास्ते का हिस्सा"),
        (cloud[0], "Turn the codes around · Codes को घुमाकर देखिए", "तीर वाली keys", "घुमाव"),
    ]:
        open_explorer(page, widget)
        assert page.get_by_role("group", name=title, exact=True).count() == 1
        assert page.get_by_role("img", name=picture).or_(page.get_by_role("application", name=picture)).count() == 1
        assert bar in page.get_by_role("slider").first.aria_snapshot()
        nameless = page.locator("#el").evaluate(
            "e => [...e.querySelectorAll('canvas')].filter((c) => !c.ariaLabel || !c.role).length"
        )
        assert nameless == 0
        # JupyterLab must leave the arrow keys to whatever uses them.
        keyed = page.locator("#el input, #el canvas[tabindex]")
        assert keyed.count() == page.locator("#el [data-lm-suppress-shortcuts]").count()


def test_one_language_alone(page, cloud):
    language.use("hi")
    try:
        codes = torch.randn(9, 3)
        widget = Turntable(codes, torch.arange(9), glyphs="०१२३४५६७८९")
    finally:
        language.use("both")
    open_explorer(page, widget)
    said = page.locator("#el").inner_text()
    assert "धीरे-धीरे घूमने दीजिए" in said
    assert "turn slowly" not in said
    assert page.locator("#el .lang-hi, #el .lang-en").count() == 0  # the page's switch must not hide the only one
