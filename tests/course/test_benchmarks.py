"""The benchmarks measure what they say, and what they found is on the site; the figures need a quiet machine."""

import json
import statistics
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from torch.utils.flop_counter import FlopCounterMode

from course_lib import data
from course_lib.models.vae import VAE

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "docs" / "ext")]
import figures  # noqa: E402
import gan_ablation  # noqa: E402
import growth  # noqa: E402
import long  # noqa: E402
import measure  # noqa: E402
import notebook_cost  # noqa: E402
import one_budget  # noqa: E402
import speed  # noqa: E402
import tutorial  # noqa: E402

RESULTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in measure.RESULTS.glob("*.json")}


def test_runs_take_turns_and_are_timed():
    calls = []
    slow, fast = measure.side_by_side(
        3, lambda: calls.append("slow") or sum(range(3_000_000)), lambda: calls.append("fast")
    )
    assert calls == ["slow", "fast"] * 4  # once before, unmeasured
    assert len(slow) == len(fast) == 3
    assert min(measure.ratios(slow, fast)) > 10  # three million additions against one


@pytest.mark.parametrize(("target", "met"), [("≥ 3", False), ("≥ 2", True), ("≤ 2", True), ("≤ 1.9", False)])
def test_a_target_is_compared_with_the_mean(target, met):
    figure = measure.Figure("x", [1.0, 3.0], target)
    assert figure.met is met
    assert ("met" if met else "missed") in measure.table([figure])
    assert figure.spread == pytest.approx(np.std([1, 3], ddof=1))


def test_the_tutorial_learns_as_much_in_an_epoch_as_we_do():
    """A baseline that learned less would be no baseline. Same model, data, batch size, step size: one seed of noise."""
    digits = data.mnist()
    torch.manual_seed(0)
    epochs = tutorial.autoencoder("packaged")
    for _ in range(3):
        theirs = next(epochs)
    torch.manual_seed(0)
    ours = speed.Autoencoder(*speed.dense())
    speed.bare_fit(ours, digits.train.images, steps=3 * 63)  # 4,000 images in batches of 64
    with torch.no_grad():
        errors = [float(model.loss(digits.test.images)[0]) for model in (theirs, ours)]
    assert errors[0] == pytest.approx(errors[1], rel=0.1)
    assert errors[0] < 0.9 * float(digits.test.images.var(dim=0).sum())  # it did learn: better than the mean image


def test_bare_loops_do_as_many_steps_as_ours(monkeypatch):
    """On all weights, and on as many images in each."""
    x, step, done = data.mnist().train.images[:192], torch.optim.Adam.step, []

    def counted(optimizer):
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        assert all(weight.grad is not None for weight in weights)
        done.append(sum(weight.numel() for weight in weights))
        return step(optimizer)

    monkeypatch.setattr(torch.optim.Adam, "step", counted)

    def model():
        return speed.Autoencoder(*speed.dense())

    def gan():
        return speed.GAN(*speed.pair("deep"))

    for ours, bare in (
        (lambda: list(speed.fit(model(), x, epochs=2)), lambda: speed.bare_fit(model(), x, 6)),
        (lambda: list(speed.fit_gan(gan(), x, steps=6)), lambda: speed.bare_fit_gan(gan(), x, 6)),
    ):
        for loop in (ours, bare):
            with FlopCounterMode(display=False) as counter:
                loop()
            done.append(counter.get_total_flops())
        assert done[: len(done) // 2] == done[len(done) // 2 :]
        assert len(done) >= 2 * (6 + 1)
        done.clear()


@pytest.mark.parametrize(("race", "epochs", "unit"), [(long.gan_race, 1, "steps"), (long.vae_race, 2, "epochs")])
def test_races_end_where_the_reference_is_reached(race, epochs, unit):
    found = race("packaged", 0, epochs)
    assert found["ratio"] == pytest.approx(found["theirs"] / found["ours"])
    assert found["ours"] > 0
    assert found[unit] >= 1
    assert found["target"] > 0


@pytest.mark.parametrize(("name", "length"), [("autoencoder", 2), ("vae", 2), ("gan-clusters", 40)])
def test_every_kind_of_task_of_the_quality_benchmark_learns(name, length):
    """A little training is better than next to none, by the task's own scores."""
    task = long.tasks("packaged")[name]()
    little, more = (task.score(task.train(some, 0)) for some in (1, length))
    assert all(value < little[score] for score, value in more.items()), (little, more)


def test_budgets_become_whole_epochs_or_steps():
    jobs = long.qualities("packaged", {"vae": 7.26, "map": 0.001}, [300, 60], 2)
    assert jobs[0] == ("quality", "packaged", "vae", 60, 435, 0)
    assert len(jobs) == len(set(jobs)) == 8
    assert all(isinstance(job[4], int) and job[4] >= 1 for job in jobs)


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(long, "DONE", tmp_path / "long.jsonl")
    measure.keep(long.DONE, "a", {"x": 1.0})
    with long.DONE.open("a", encoding="utf-8") as lines:
        lines.write('["b", {"x": 2')
    assert measure.finished(long.DONE) == {"a": {"x": 1.0}}


def test_jobs_of_several_seeds_become_one_figure():
    done = {
        json.dumps(["pace", "full", "vae"]): {"per_second": 9.0},
        json.dumps(["gan_race", "full", 0]): {"ratio": 40.0, "ours": 1.0},
        json.dumps(["gan_race", "full", 1]): {"ratio": 20.0, "ours": 2.0},
        json.dumps(["quality", "full", "vae", 60, 540, 0]): {"elbo": 100.0, "iw_nll": 95.0},
    }
    assert long.figures(done) == [
        measure.Figure("elbo_60", [100.0]),
        measure.Figure("gan_race", [40.0, 20.0], "≥ 60"),
        measure.Figure("iw_nll_60", [95.0]),
    ]


def test_a_lesson_that_became_slower_is_reported_and_a_slower_machine_is_not():
    def runs(seconds, yardstick, megabytes):
        return [{"seconds": seconds, "yardstick": yardstick, "megabytes": megabytes}] * 3

    before = {"01": runs(60, 1, 900), "02": runs(60, 1, 900), "03": runs(60, 1, 900), "04": runs(60, 1, 900)}
    now = {"01": runs(130, 2, 900), "02": runs(100, 1, 900), "03": runs(60, 1, 1400), "05": runs(900, 1, 900)}
    assert {name: round(times, 2) for name, times in notebook_cost.slower(now, before).items()} == {
        "02, seconds": 1.67,
        "03, megabytes": 1.56,
    }


def test_the_picture_of_costs_shows_every_point():
    found = {
        name: [(size, growth.Cost([0.1 * (place + 1)] * growth.REPEATS, 500.0)) for place, size in enumerate(points)]
        for name, points in growth.sizes(6000).items()
    }
    picture = growth.picture(found)
    assert len(picture.figure.axes) == 2 * len(found)
    for axis, (name, points) in zip(picture.figure.axes, 2 * list(found.items()), strict=True):
        x, y = axis.lines[0].get_data()
        assert len(x) == len(points), name
        assert axis.get_ylim()[0] < min(y) <= max(y) < axis.get_ylim()[1], name
        assert axis.get_xscale() == axis.get_yscale() == "log"
    assert DEVANAGARI.search(picture.alt)


def test_committed_results_are_whole_and_said_in_both_languages():
    words = tomllib.loads((ROOT / "docs" / "ext" / "figures.toml").read_text(encoding="utf-8"))
    assert set(RESULTS) == {"bench", "in_page", "long", "lessons", "gan_ablation", "one_budget"}
    for name, found in RESULTS.items():
        assert {"cpu", "threads", "python", "torch", "data", "date"} == set(found["machine"]), name
        for figure in found["figures"]:
            plain = figure["name"].removesuffix("_60").removesuffix("_300")
            assert plain in words["names"], figure["name"]
            assert np.isfinite(figure["values"]).all()
    for said in words["names"].values():
        assert set(said) == {"hi", "en"}
        assert DEVANAGARI.search(said["hi"]) or said["hi"] == said["en"]
    assert set(RESULTS["lessons"]["lessons"]) == {path.stem for path in (ROOT / "lessons").glob("[0-9]*.md")}


def test_the_table_of_lesson_06b_says_what_was_measured():
    found = RESULTS["gan_ablation"]
    assert found["images"] == gan_ablation.IMAGES
    assert set(found["runs"]) == set(gan_ablation.CHANGES)
    assert all(len(runs) == len(gan_ablation.SEEDS) for runs in found["runs"].values())
    lesson = (ROOT / "lessons" / "06b_gan_training.md").read_text(encoding="utf-8")
    assert f"{gan_ablation.IMAGES:,}" in lesson
    for table in gan_ablation.table(found["runs"]):
        assert f"\n{table}\n\n" in lesson


def test_the_table_of_lesson_09_says_what_was_measured():
    found = RESULTS["one_budget"]
    wanted = {(row.__name__, times) for row in one_budget.ROWS for times in one_budget.TIMES}
    wanted |= {(row.__name__, 1) for row in one_budget.ONCE}
    seeds = set(one_budget.SEEDS)
    assert {tuple(json.loads(key)) for key in found["runs"]} == {(*one, seed) for one in wanted for seed in seeds}
    assert set(figures.WORDS["models"]) == {name for name, _ in wanted} - {"epsilon", "clean"}
    lesson = (ROOT / "lessons" / "09_gan_vae_diffusion.md").read_text(encoding="utf-8")
    for language in ("hi", "en"):
        for make in (figures.one_budget, figures.one_budget_costs):
            assert f"\n{figures.table(make(language, found))}\n\n" in lesson
    mean = {
        one: statistics.mean(found["runs"][json.dumps([*one, seed])]["frechet"] for seed in seeds) for one in wanted
    }
    for name in ("diffusion", "gan_plain", "told", "gan_bent", "guided"):  # in both languages' table of folklore
        assert lesson.count(f"{mean[name, 1]:.0f} / {mean[name, 10]:.0f}") == 2, name


def test_every_model_of_the_race_draws_digits_and_states_its_costs(monkeypatch):
    """With hardly any training."""
    monkeypatch.setattr(one_budget, "gaussians", lambda codes: lambda: codes[: one_budget.COUNT])
    monkeypatch.setattr(VAE, "log_likelihood", lambda self, x, samples: x.flatten(1).sum(dim=1))
    monkeypatch.setattr(one_budget, "fit", lambda *args, epochs, **options: long.fit(*args, epochs=1, **options))
    monkeypatch.setattr(one_budget, "fit_gan", lambda *args, steps, **options: long.fit_gan(*args, steps=2, **options))
    for row in one_budget.ROWS + one_budget.ONCE:
        made = row(1, 0)
        assert made.images.shape == (1000, 1, 28, 28), row
        assert 0 <= made.images.min() <= made.images.max() <= 1, row
        assert made.weights > 1e5
        assert made.sampling > 0


class Echo(torch.nn.Module):
    """A network that answers with what it is given."""

    def forward(self, x, time, label=None):
        return x


@pytest.mark.parametrize("kind", [one_budget.Epsilon, one_budget.Clean])
def test_whatever_the_network_is_asked_for_x_and_the_noise_follow(kind):
    torch.manual_seed(0)
    x, epsilon = torch.randn(2, 8, 3).clamp(-3, 3)
    model = kind(Echo(), dim=3)
    for t in (1, 300, 990):
        signal, noise = model.signal[t], model.noise[t]
        answer = model.target(x, epsilon, signal, noise)
        clean, heard = model.solved(signal * x + noise * epsilon, answer, signal, noise)
        torch.testing.assert_close(clean, x, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(heard, epsilon, rtol=1e-3, atol=5e-3)
    assert model.sample(5, steps=10).isfinite().all()  # at the last time there is no signal to divide by


def test_changes_of_the_ablation_change_what_they_say():
    """Each pair is told the cluster, but for the plain one; and a change alters the recipe in one place."""
    x, cluster = torch.zeros(4, 1, 28, 28), torch.tensor([0, 1, 2, 49])
    usual = gan_ablation.Change()
    for name, change in gan_ablation.CHANGES.items():
        told = [] if name == "no_clusters" else [cluster]
        gan = change.kind(*change.networks(), latent_dim=gan_ablation.LATENT)
        assert gan.fake(x, *told).shape == x.shape, name
        assert gan.logits(x, *told).shape == (4, 1), name
        assert sum(a != b for a, b in zip(change, usual, strict=True)) == (name not in ("recipe", "no_ema")) + (
            name.startswith("wgan")
        ), name
