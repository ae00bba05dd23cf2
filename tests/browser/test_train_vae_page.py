"""The room of the VAE: it learns what PyTorch learns, collapses and comes back, and draws new digits at a touch."""

import re

import pytest
import torch
from test_explorers import CLOSE, fits, levels, open_explorer, pixels
from torch import nn
from torch.nn import functional as F
from workshop import LISTENS, SENT, linear, numbers, paused, press, received, run, slow_phone, until

from course_lib import data
from course_lib.classroom.explore import TrainVAE
from course_lib.classroom.explore.training import some
from course_lib.models import vae

FILES = ["serve.js", "digit_run.js", "train_vae/run.js"]
# The test asks the worker for the decoder's weights, which the page never does, and keeps the answer from the page.
HANDED = (
    SENT
    + """
VAERun.prototype.weights = function () {
  return { values: this.decoder.parameters.map(({ values }) => sent(values)) };
};"""
)
NUMBERS = "steps, loss, reconstruction, kl, elbo"


@pytest.fixture(scope="module")
def widget():
    return TrainVAE(data.mnist())


def beta(page, number):
    """The slider's place of that number; from the keyboard, as a student would."""
    bar = page.get_by_role("slider", name=re.compile("β"))
    bar.focus()
    while bar.get_attribute("aria-valuetext") != str(number):
        page.keyboard.press("ArrowRight" if float(bar.get_attribute("aria-valuetext")) < number else "ArrowLeft")


def tasks(page):
    signs = page.locator(".course-tasks li [role=img]").all()
    return [sign.get_attribute("aria-label").startswith("done") for sign in signs]


def decoder(page):
    """The page's decoder in PyTorch, as it is now."""
    values = page.evaluate(
        "() => new Promise((heard) => { window.handed = heard; window.works.postMessage(['weights']); })"
    )
    return nn.Sequential(
        linear(*values[:2], 2, 128), nn.ReLU(), linear(*values[2:], 128, 784), nn.Sigmoid(), nn.Unflatten(1, (28, 28))
    )


def place(page):
    said = page.get_by_role("application").get_attribute("data-code")
    return torch.tensor([float(one) for one in said.split()])


def touch(page, x, y, then=None):
    """A finger on the map at shares of its width and height, drawn on to `then`."""
    box = page.get_by_role("application").bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    if then:
        page.mouse.move(box["x"] + then[0] * box["width"], box["y"] + then[1] * box["height"], steps=8)
    page.mouse.up()


def test_it_learns_on_a_slow_phone_and_any_place_of_the_map_is_a_digit(page, widget):
    """To a bar 30 nats below one and the same picture for every digit; untrained, it is three times as far off."""
    slow_phone(page)
    page.add_init_script(LISTENS)
    page.goto("about:blank")  # where the scripts above begin
    widget.worker += HANDED
    open_explorer(page, widget, 390)
    until(page, NUMBERS, "steps === 0 && elbo > 500")
    empty = levels(page.get_by_role("img", name="64 codes"))
    press(page, "train")
    until(page, NUMBERS, "elbo < 180")
    steps, _, reconstruction, kl, elbo, speed = paused(page)
    assert elbo == pytest.approx(reconstruction + kl, abs=0.2)
    assert kl > 2
    assert speed > 0
    assert tasks(page) == [True, False, False, False]
    assert fits(page) <= 0

    # The manifold is what PyTorch draws from the prior's quantiles, the second number upwards.
    model = decoder(page)
    grid = torch.tensor([[right, up] for up in reversed(widget.quantiles) for right in widget.quantiles])
    drawn = levels(page.get_by_role("img", name="64 codes"))
    tiles = drawn[..., 0].float().div(255).view(8, 28, 8, 28).transpose(1, 2).reshape(64, 28, 28)
    with torch.no_grad():
        assert torch.allclose(tiles, model(grid), **CLOSE)
    assert not torch.equal(drawn, empty)

    def shown(code):
        with torch.no_grad():
            return torch.allclose(pixels(page, "what this code becomes"), model(code[None])[0], **CLOSE)

    def shows(code):
        """Sooner or later: the worker answers when it can."""
        return any(shown(code) or page.wait_for_timeout(100) for _ in range(100))

    middle = place(page)
    assert middle.tolist() == [0, 0]
    assert shows(middle)
    page.get_by_role("application").scroll_into_view_if_needed()
    touch(page, 0.5, 0.5, (0.3, 0.65))
    dragged = place(page)
    assert dragged[0] < -1  # left, and down
    assert dragged[1] < -0.5
    assert shows(dragged)
    assert not shown(middle)
    page.get_by_role("application").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert torch.allclose(place(page), dragged + torch.tensor([0.1, 0.2]), atol=1e-4)
    assert shows(place(page))
    assert page.get_by_role("slider", name="z₂").get_attribute("aria-valuetext") == f"{place(page)[1]:.1f}"

    # New digits from the prior, one at a touch, with no training in between.
    codes = []
    for _ in range(10):
        was = page.get_by_role("application").get_attribute("data-code")
        press(page, "a new digit")
        page.wait_for_function("was => document.querySelector('[data-code]').dataset.code !== was", arg=was)
        codes.append(place(page))
    assert shows(codes[-1])
    ten = levels(page.get_by_role("img", name="last ten"))[..., 0].float().div(255)
    with torch.no_grad():
        expected = model(torch.stack(codes)).view(2, 5, 28, 28).transpose(1, 2).reshape(56, 140)
    assert torch.allclose(ten, expected, **CLOSE)
    assert tasks(page) == [True, False, False, True]
    assert numbers(page)[0] == steps


def test_a_large_beta_collapses_the_code_and_a_smaller_one_brings_it_back(page, widget):
    open_explorer(page, widget, 390)
    press(page, "train")
    until(page, NUMBERS, "steps >= 60 && kl > 2")
    beta(page, 32)
    until(page, NUMBERS, "kl < 0.1")
    assert tasks(page)[1:3] == [True, False]
    beta(page, 0.1)
    until(page, NUMBERS, "kl > 2")
    assert tasks(page)[1:3] == [True, True]


def test_gradients_and_a_whole_run_are_pytorchs(page):
    """The lesson's own loss, from the page's weights, on its batches and its ε; β turns on the way."""
    digits = some(data.mnist().train, 10).images.flatten(1)
    steps, betas = 60, [1.0] * 30 + [4.0] * 30
    got = run(
        page,
        FILES,
        ["VAERun"],
        SENT
        + """
        const train = Float32Array.from(digits.flat(), (one) => Math.round(255 * one) / 255);
        const sheets = { train, test: train.subarray(0, 7840), grid: new Float32Array(2) };
        const run = new VAERun({ beta: 1, lr: 5e-3, seed: 7 }, sheets);
        const parameters = [run.encoder, run.decoder].flatMap((network) => network.parameters);
        const begun = parameters.map(({ values }) => sent(values));
        const [batches, noises, losses] = [[], [], []];
        const { batch, noise } = run;
        run.batch = () => {
          const x = batch.call(run);
          batches.push(sent(x));
          return x;
        };
        run.noise = (rows) => {
          const drawn = noise.call(run, rows);
          noises.push(sent(drawn));
          return drawn;
        };
        let slopes;
        const { adam } = run;
        run.adam = { step: (lr) => {
          slopes ??= parameters.map(({ gradient }) => sent(gradient));
          adam.step(lr);
        } };
        for (const beta of betas) {
          run.change({ beta, lr: 5e-3 });
          losses.push(run.step());
        }
        const { reconstruction, kl } = run.report();
        return { begun, batches, noises, losses, slopes, kl, reconstruction, still: sent(run.still) };""",
        digits=digits,
        betas=betas,
    )
    assert len(got["losses"]) == steps
    layers = [
        linear(*got["begun"][at : at + 2], *size)
        for at, size in zip(range(0, 8, 2), [(784, 128), (128, 4), (2, 128), (128, 784)], strict=True)
    ]
    parameters = [one for layer in layers for one in (layer.weight, layer.bias)]

    def parts(x, noise):
        mu, log_var = layers[1](layers[0](x).relu()).chunk(2, dim=1)
        z = mu + (0.5 * log_var).exp() * noise
        logits = layers[3](layers[2](z).relu())
        error = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        return error, vae.kl_divergence(mu, log_var).sum(dim=1).mean()

    adam = torch.optim.Adam(parameters, lr=5e-3)
    slopes = None
    for batch, noise, beta, told in zip(got["batches"], got["noises"], betas, got["losses"], strict=True):
        error, kl = parts(received(batch, -1, 784), received(noise, -1, 2))
        loss = error + beta * kl
        # Single precision rounds each side in an order of its own, and Adam passes that on from step to step.
        assert told == pytest.approx(loss.item(), rel=1e-4)
        adam.zero_grad()
        loss.backward()
        if slopes is None:
            slopes = [one.grad.clone() for one in parameters]
        adam.step()
    for told, slope in zip(got["slopes"], slopes, strict=True):
        page_slope = received(told, *slope.T.shape).T if slope.dim() == 2 else received(told, -1)
        assert (page_slope - slope).norm() < 1e-4 * slope.norm()
    with torch.no_grad():
        error, kl = parts((digits[:10] * 255).round() / 255, received(got["still"], -1, 2))
    assert (got["reconstruction"], got["kl"]) == pytest.approx((error.item(), kl.item()), rel=1e-3)
    assert got["losses"][-1] < 0.5 * got["losses"][0]  # it did learn


def test_a_link_brings_the_settings_and_the_code_shown_trains(page, widget):
    open_explorer(page, widget, 390)
    page.evaluate("location.hash = 'room=vae&beta=5&lr=9&seed=3'")
    open_explorer(page, widget, 390)
    told = [one.get_attribute("aria-valuetext") for one in page.get_by_role("slider").all()]
    assert told == ["4", "9e-3", "3", "0.0", "0.0"]
    beta(page, 0.5)
    code = page.locator("pre").text_content()
    assert "bce + 0.5 * kl" in code
    known = {
        "nn": nn,
        "F": F,
        "torch": torch,
        "Adam": torch.optim.Adam,
        "digits": some(data.mnist().train, 100).images.flatten(1),
        "epochs": 2,
    }
    torch.manual_seed(0)
    exec(code, known)
    assert known["loss"].item() < 215
    assert known["new_digit"].shape == (1, 784)
