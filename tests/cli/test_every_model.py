"""`python -m course_lib.cli.train` trains every lesson's models as the lessons do, measures them and writes them."""

import math

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_model

from course_lib import __version__
from course_lib.cli import recipes
from course_lib.cli.train import main
from course_lib.models.gan import GAN


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_model_is_trained_measured_and_written(name, little_data, tmp_path, capsys):
    file = tmp_path / "weights.safetensors"
    recipe, task = recipes.RECIPES[name], recipes.RECIPES[name].task("packaged", torch.device("cpu"))
    trained = main([name, "--steps" if "steps" in recipe.settings else "--epochs", "2", "--out", str(file)])
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    english, hindi = capsys.readouterr().out.splitlines()[-2:]
    assert str(file) in hindi
    figure = float(english.split(": ")[1].split(". The")[0])
    assert math.isfinite(figure)
    assert figure == pytest.approx(task.measure(trained), rel=1e-3)  # printed with four digits
    with safe_open(file, "pt") as kept:
        told = kept.metadata()
    assert told.items() >= {"model": name, "seed": "0", "course_lib": __version__}.items()

    torch.manual_seed(0)
    fresh = recipe.make(task)
    network, learned = (m.generator if isinstance(m, GAN) else m for m in (fresh, trained))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    load_model(network, file)  # strict: no name may be missing or left over
    learned = getattr(getattr(trained, "average", learned), "module", learned)  # what a GAN draws with
    assert all(torch.equal(value, learned.state_dict()[key]) for key, value in network.state_dict().items())
    assert any(not torch.equal(value, before[key]) for key, value in network.state_dict().items())
