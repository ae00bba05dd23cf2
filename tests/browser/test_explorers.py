"""The explorers' own JavaScript draws what PyTorch decodes, without a kernel, at both widths, by keyboard."""

import base64
import json

import pytest
import torch

from course_lib.explore import LatentSliders
from course_lib.models.autoencoders import Autoencoder

PAGE = """<!doctype html><html lang="hi"><meta charset="utf-8"><title>explorer</title>
<style>{css}</style><div id="el"></div>
<script type="module">
const state = {state};
state.weights = new DataView(Uint8Array.from(atob(state.weights), (c) => c.charCodeAt(0)).buffer);
const module = await import(URL.createObjectURL(new Blob([{code}], {{type: "text/javascript"}})));
module.default.render({{ model: {{ get: (key) => state[key] }}, el: document.getElementById("el") }});
document.body.dataset.ready = "yes";
</script></html>"""


@pytest.fixture(scope="module")
def explorer():
    """A widget, its decoder and its start codes; weights large enough for a strong picture."""
    torch.manual_seed(0)
    model = Autoencoder(code=8)
    with torch.no_grad():
        for layer in (model.decoder[0], model.decoder[2]):
            layer.weight *= 4
    codes = torch.randn(200, 8)
    return LatentSliders(model.decoder, codes, codes[:3], names=["0", "1", "2"], directions=3), model.decoder, codes


def open_explorer(page, widget, width):
    state = {name: getattr(widget, name) for name in ("layers", "starts", "names", "axes", "side", "texts", "language")}
    state["weights"] = base64.b64encode(widget.weights).decode()
    page.set_viewport_size({"width": width, "height": 700})
    page.set_content(PAGE.format(css=str(widget._css), state=json.dumps(state), code=json.dumps(str(widget._esm))))
    page.wait_for_selector("body[data-ready]")


def pixels(page):
    """The canvas as grey levels from 0 to 1."""
    grey = page.locator("canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0)"
    )
    return torch.tensor(grey).float().view(28, 28) / 255


@pytest.mark.parametrize("width", [1280, 390])
def test_browser_draws_what_the_decoder_decodes(page, explorer, width):
    widget, decoder, codes = explorer
    open_explorer(page, widget, width)
    close = {"atol": 1.5 / 255, "rtol": 0}  # one grey level, and the rounding to it
    assert torch.allclose(pixels(page), decoder(codes[:1])[0, 0].detach(), **close)

    page.get_by_role("button", name="2", exact=True).click()
    sliders = page.get_by_role("slider")
    assert sliders.count() == 3
    sliders.nth(1).focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")  # ten steps of 0.1
    moved = codes[2] + torch.tensor(widget.axes[1])
    assert torch.allclose(pixels(page), decoder(moved[None])[0, 0].detach(), **close)
    assert not torch.allclose(pixels(page), decoder(codes[2:3])[0, 0].detach(), **close)

    page.get_by_role("button", name="back to the start").click()
    assert torch.allclose(pixels(page), decoder(codes[2:3])[0, 0].detach(), **close)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} px too wide for a screen of {width} px"


def test_everything_has_a_name(page, explorer):
    open_explorer(page, explorer[0], 1280)
    for role, name in [
        ("group", "Walk through the latent space"),
        ("img", "what the decoder draws"),
        ("slider", "direction"),
    ]:
        assert name in page.get_by_role(role).first.aria_snapshot()
    assert page.get_by_role("button", name="0", exact=True).get_attribute("aria-pressed") == "true"
