"""A student's answer may be anything: every check says so in both languages, and takes none of it for right."""

import importlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from course_lib.classroom import exercises
from course_lib.classroom.exercises import Exercise, denoising, denoising_at_work, questions, quiz, vae
from course_lib.models.autoencoders import dense
from course_lib.models.vae import VAE

FOLDER = Path(exercises.__file__).parent
LESSONS = ("start_here", *sorted(path.stem for path in FOLDER.glob("*.toml")))
EXERCISES = {
    f"{lesson}-{name}": exercise
    for lesson in LESSONS
    for name, exercise in vars(importlib.import_module(f"course_lib.classroom.exercises.{lesson}")).items()
    if isinstance(exercise, Exercise)
}
UNTRAINED = VAE(*dense(hidden=(20,), latent_dim=20))
# course_lib.loops has torch count subnormal numbers as 0, and hypothesis will not draw what it cannot represent.
FLOATS = st.floats(allow_subnormal=False)
NUMBERS = FLOATS | st.integers() | st.booleans()
TENSORS = st.builds(
    lambda shape, dtype, fill: torch.full(shape, fill).to(dtype),
    st.lists(st.integers(0, 5), max_size=4),
    st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.uint8, torch.bool]),
    st.sampled_from([0.0, 1.0, -3.0]),
)
LAYERS = st.sampled_from([nn.Identity(), nn.Linear(3, 3), nn.Flatten(), nn.Linear(784, 2), nn.Sequential(), nn.Linear])
ODD = st.sampled_from([None, {}, {1}, object(), len, np.zeros((5, 4)), torch.full((7, 2), torch.nan)])
THINGS = NUMBERS | st.text(max_size=3) | TENSORS | LAYERS | ODD
ANSWERS = THINGS | st.tuples(THINGS, THINGS) | st.lists(THINGS, max_size=3)


SIMULATED = cache(denoising_at_work.simulated_ecg)


@pytest.fixture(autouse=True)
def _nothing_is_trained(monkeypatch):
    """These answers are wrong whatever a model draws or reaches, so the seconds of training are saved."""
    monkeypatch.setattr(vae, "_trained", lambda: UNTRAINED)
    monkeypatch.setattr(denoising, "_at_strong_noise", lambda strength: 20.0)
    monkeypatch.setattr(denoising_at_work, "simulated_ecg", SIMULATED)


@pytest.mark.parametrize("name", EXERCISES)
# A function's fixture may serve all examples: it sets the same each time.
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWERS)
def test_any_answer_is_found_wrong_in_both_languages(name, answer):
    outcome = EXERCISES[name].check(lambda *_: answer)
    assert outcome.status == "wrong", outcome.said.en
    assert DEVANAGARI.search(outcome.said.hi)
    assert "Traceback" not in outcome.said.en


def test_a_check_given_no_function_says_what_it_needs():
    for name, exercise in EXERCISES.items():
        outcome = exercise.check(torch.zeros(2, 3))
        assert outcome.status == "error", name
        assert "check(my_function); got Tensor (2, 3) float32" in outcome.said.en
        assert DEVANAGARI.search(outcome.said.hi)


def test_only_what_the_student_wrote_is_said_to_have_stopped():
    def used_up(answer):
        return answer() + "1"  # the check's own line, which no number survives

    def stops():
        return 1 / 0

    exercise = Exercise(used_up, stops, [])
    assert exercise.check(lambda: "1").status == "correct"
    assert exercise.check(stops).said.en.startswith("Your code stopped: ZeroDivisionError: division by zero")
    outcome = exercise.check(lambda: [torch.zeros(2, 3), None])
    assert outcome.status == "wrong"
    assert "returned, (Tensor (2, 3) float32, NoneType), does not work here: TypeError" in outcome.said.en


@given(n=st.integers().filter(lambda n: n not in (1, 2, 3)) | FLOATS | st.text() | st.just([1]))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_no_other_hint_is_there(n):
    with pytest.raises(ValueError, match="There is no hint") as error:
        EXERCISES["autoencoder-loss"].hint(n)
    assert DEVANAGARI.search(str(error.value))
    assert str(n) in str(error.value)


@pytest.mark.parametrize("ask", [questions, quiz])
# Left to itself, Hypothesis tries names that it finds in the code under test: some of them are lessons.
@given(
    lesson=st.text().filter(lambda name: name not in LESSONS)
    | st.sampled_from(["../exercises/vae", "vae.toml", None, 5, ["vae"]])
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_quiz_of_no_lesson(ask, lesson):
    with pytest.raises(ValueError, match="autoencoder, autoencoder_at_work, denoising") as error:
        ask(lesson)
    assert repr(lesson) in str(error.value)
    assert DEVANAGARI.search(str(error.value))
