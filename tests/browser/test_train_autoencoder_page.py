"""The room of the autoencoder: it trains in Chromium, on a phone's screen, on slow cores, with no network."""

import pytest
import torch
from test_explorers import drag, fits, levels, open_explorer
from workshop import at_step, numbers, one_step, paused, press, slow_phone, until

from course_lib import data
from course_lib.classroom.explore import TrainAutoencoder
from course_lib.classroom.explore.train_autoencoder import pca_errors
from course_lib.classroom.explore.training import some


@pytest.fixture(scope="module")
def widget():
    return TrainAutoencoder(data.mnist())


def test_it_beats_pca_on_a_slow_phone(page, widget):
    """To PCA's error with as many numbers, on digits it never saw; untrained weights are six times off."""
    slow_phone(page)
    open_explorer(page, widget, 390)
    at_step(page, 0)
    _, loss, error, pca, _ = numbers(page)
    assert loss is None
    assert error > 5 * pca
    assert pca == pytest.approx(widget.pca[7], abs=0.06)
    before = levels(page.get_by_role("img", name="above"))
    press(page, "train")
    until(page, "steps, loss, error, pca", "error < pca")
    steps, loss, error, pca, speed = paused(page)
    assert error < pca
    assert speed > 0
    assert not torch.equal(levels(page.get_by_role("img", name="above")), before)
    done = page.locator(".course-tasks li").first
    assert done.get_by_role("img").get_attribute("aria-label").startswith("done")
    assert fits(page) <= 0
    # Paused, it stays where it is; one step is one step.
    press(page, "one step")
    at_step(page, int(steps) + 1)
    # A digit of one's own is rebuilt from its code: ink where it was written, none in the corners.
    pad = page.locator("canvas.course-pad")
    drag(page, pad, (0.5, 0.15), (0.5, 0.5), (0.5, 0.85))
    page.wait_for_function(
        """() => {
          const canvas = [...document.querySelectorAll("figure canvas")].at(-1);
          const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
          return data.some((value, n) => n % 4 === 0 && value > 100);
        }"""
    )
    rebuilt = levels(page.locator("figure canvas").last)[..., 0].float()
    assert rebuilt[8:20, 11:17].mean() > 3 * rebuilt[:, :6].mean()


def test_pca_is_scikit_learns(widget):
    from sklearn.decomposition import PCA

    digits = data.mnist()
    train, held_out = (some(*part).images.flatten(1) for part in ((digits.train, 100), (digits.test, 20)))
    errors = pca_errors(train, held_out)
    for count in (1, 8, 32):
        pca = PCA(count, svd_solver="full").fit(train.double())
        rebuilt = pca.inverse_transform(pca.transform(held_out.double()))
        assert errors[count - 1] == pytest.approx(
            float((held_out - torch.tensor(rebuilt)).square().sum(1).mean()), rel=1e-4
        )


def test_the_same_seed_is_the_same_run_and_a_link_brings_the_settings(page, widget):
    def first_loss():
        at_step(page, 0)
        one_step(page)
        return numbers(page)[1]

    open_explorer(page, widget, 390)
    size, rate, seed = page.get_by_role("slider").all()
    assert [one.get_attribute("aria-valuetext") for one in (size, rate, seed)] == ["8", "5e-3", "0"]
    loss = first_loss()
    press(page, "start again")
    assert first_loss() == loss
    seed.focus()
    page.keyboard.press("ArrowRight")
    assert first_loss() != loss
    size.focus()
    page.keyboard.press("ArrowRight")  # a larger code, another line to beat
    at_step(page, 0)
    assert numbers(page)[3] == pytest.approx(widget.pca[11], abs=0.06)
    assert "nn.Linear(128, 12)" in page.locator("pre").text_content()

    page.evaluate("location.hash = 'room=autoencoder&latent_dim=4&lr=9&seed=3'")
    open_explorer(page, widget, 390)
    told = [one.get_attribute("aria-valuetext") for one in page.get_by_role("slider").all()]
    assert told == ["16", "9e-3", "3"]
    page.evaluate("location.hash = 'room=autoencoder&latent_dim=99&lr=x'")
    open_explorer(page, widget, 390)
    told = [one.get_attribute("aria-valuetext") for one in page.get_by_role("slider").all()]
    assert told == ["8", "5e-3", "0"]
