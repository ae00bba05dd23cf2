"""A recipe trains as the lesson does: every setting of it is written in the lesson's code."""

import inspect
import re
from ast import literal_eval
from pathlib import Path

import pytest

from course_lib.cli.recipes import RECIPES
from course_lib.loops import fit_gan

LESSONS = Path(__file__).parents[2] / "lessons"
CLAIMED = {
    "01_encoder_decoder": ["translator-gru", "translator-attention"],
    "01b_transformer": ["translator-transformer", "captioning"],
    "02_autoencoder": ["autoencoder", "sparse", "conv-autoencoder"],
    "03_denoising": ["denoiser"],
    "04_dimensionality_reduction": ["map"],
    "05_vae": ["vae"],
    "06_gan": ["gan-basic", "gan-deep", "gan-compact", "gan-generic", "gan-dcgan", "gan-clusters"],
}


@pytest.mark.parametrize("lesson", CLAIMED)
def test_a_recipe_has_the_lessons_settings(lesson):
    code = "\n".join(
        re.findall(r"^```\{code-cell\}.*?^```", (LESSONS / f"{lesson}.md").read_text("utf-8"), re.M | re.S)
    )
    # name=value in calls and in the heads of functions, "name": value in dicts
    found = re.findall(r"(\w+)\"?(?: = |=|: )(\([\d., e-]+\)|\d[\d.e-]*)", code)
    written = {(name, literal_eval(value)) for name, value in found}
    written |= {("steps", int(end) - 1) for end in re.findall(r"range\(1, (\d+)\)", code)}  # of a plain loop
    written |= {(name, parameter.default) for name, parameter in inspect.signature(fit_gan).parameters.items()}
    for name in CLAIMED[lesson]:
        for option, value in RECIPES[name].settings.items():
            assert {(option, value), (name.removeprefix("gan-"), value)} & written, (name, option, value)
